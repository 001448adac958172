import { existsSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createRepository,
  HERE,
  install,
  installedIn,
  LAYERS,
  MINOR,
  python,
  venv,
  VERSION,
} from './support/environments';
import { Repository } from './support/repository';
import { run } from './support/run';
import { buildWheels } from './support/wheels';

jest.setTimeout(120_000);

/** What the application's Python prints, once it is built. */
async function printed(repository: Repository, ...args: string[]): Promise<string> {
  await repository.buildWell('app');
  return printedNow(repository, args);
}

/** The same, of the environment as it is; with variables. */
async function printedNow({ root }: Repository, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = { cwd: root, env: { ...process.env, ...env }, input: '' };
  const { code, output } = await run(venv({ root }, 'app', 'bin', 'python'), args, options);
  if (code !== 0) throw new Error(output);
  return output;
}

/** Works with a uv that runs some lines of a shell before, which has the real one in the variable UV. */
async function withUv<T>(repository: Repository, lines: readonly string[], work: () => Promise<T>): Promise<T> {
  const uv = process.env.UV ?? '';
  const path = join(repository.root, '.nx-uv');
  writeFileSync(path, ['#!/bin/sh', `UV='${uv}'`, ...lines, 'exec "$UV" "$@"', ''].join('\n'), { mode: 0o755 });
  process.env.UV = path;
  try {
    return await work();
  } finally {
    process.env.UV = uv;
    rmSync(path);
  }
}

function renamed(repository: Repository, root: string): Repository {
  renameSync(repository.root, root);
  return Repository.at(root, repository.cache);
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
/** A program that a package brings. */
const SCRIPT = '[console_scripts]\ngamma = gamma:run\n';
const CODE = 'import sys\ndef run():\n    print("gamma of", sys.prefix)\n';

const app = (from: string, to: string) => LAYERS['layers/app/layer.toml'].replace(from, to);

describe('an environment', () => {
  it('has the very files of its lock, also where only those changed and no version', async () => {
    const repository = await createRepository({
      'layers/py/layer.toml': LAYERS['layers/py/layer.toml'].replace(`["${HERE}"]`, `["${HERE}", "win_arm64"]`),
      'layers/app/layer.toml': app(
        '"gamma"',
        `"gamma==1.0; sys_platform != 'win32'", "gamma==2.0; sys_platform == 'win32'", "delta; sys_platform == 'win32'"`,
      ),
    });
    const wheels = join(repository.root, 'wheels');
    await buildWheels(wheels, [{ name: 'gamma', version: '2.0' }]);
    await repository.lockWell(['app']);
    expect(await repository.buildWell('app')).toContain('app/.venv, 1 package of its own\n');
    await buildWheels(wheels, [{ name: 'gamma', version: '1.0' }], {
      gamma: { 'extra.py': Buffer.from('EXTRA = 1\n').toString('base64') },
    });
    // A user's own, though other platforms have it from the lock.
    await install(repository, 'app', 'install', '--no-index', '--find-links', 'wheels', 'delta');
    await repository.upgradeWell({ reset: true });
    await printed(repository, '-c', 'import extra, delta');
  });

  it('follows its stack: packages and modules that move or go, another Python below, another place', async () => {
    const repository = await createRepository();
    await buildWheels(join(repository.root, 'wheels'), [{ name: 'gamma', version: '1.0' }], {
      gamma: { 'gamma-1.0.dist-info/entry_points.txt': base64(SCRIPT), 'gamma/__init__.py': base64(CODE) },
    });
    await repository.lockWell(['app']);
    await printed(repository, '-m', 'report');

    repository.write({
      'layers/b/layer.toml': LAYERS['layers/b/layer.toml'].replace('"beta"', '"beta", "gamma"'),
      'layers/app/layer.toml': app('"report"', '"summary.py"'),
      'layers/app/summary.py': 'import gamma, sys\nprint("summary with", gamma.__file__)\n',
    });
    await repository.lockWell(['app']);
    expect(await printed(repository, '-m', 'summary')).toContain(`summary with ${venv(repository, 'b')}`);
    expect([installedIn(repository, 'app'), installedIn(repository, 'b')]).toEqual([[], ['beta', 'gamma']]);
    expect(existsSync(venv(repository, 'app', 'bin', 'gamma'))).toBe(false);
    // Not on environments that are of other locks than those below have by now.
    repository.write({ 'layers/py/layer.toml': LAYERS['layers/py/layer.toml'].replace('"core"', '"core", "delta"') });
    await repository.lockWell(['app']);
    expect(await repository.build('app', { excludeTaskDependencies: true })).toEqual({
      success: false,
      output: 'app-app: the lower layer framework-b is not built from its lock\n  Build it first: npx nx run b:build\n',
    });
    const find = 'import importlib.util as u; print([n for n in ("report", "summary", "helper") if u.find_spec(n)])';
    expect(await printed(repository, '-c', find)).toBe("['summary', 'helper']\n");

    // All that stands on it is made anew, with what is found in place of the one that is declared.
    repository.write({ 'layers/py/layer.toml': LAYERS['layers/py/layer.toml'].replace(VERSION, `${MINOR}.99`) });
    await repository.lockWell(['app']);
    expect((await repository.buildWell('app')).match(/: built in layers\//g)).toHaveLength(4);
    expect(await printed(repository, '-m', 'summary')).toContain('summary with ');

    const moved = renamed(repository, `${repository.root} moved`);
    expect((await moved.buildWell('app')).match(/: built in layers\//g)).toHaveLength(4);
    const own = venv(moved, 'b');
    const said = await run(join(own, 'bin', 'gamma'), [], { cwd: moved.root, env: process.env });
    expect(said).toEqual({ code: 0, output: `gamma of ${own}\n` });
  });

  it('has what the lock says, and keeps what is a user’s own, whatever other tools did', async () => {
    const repository = await createRepository({ 'layers/app/layer.toml': app('"gamma"', '') });
    const marked = { 'mark.py': Buffer.from('').toString('base64') };
    const releases = ['core', 'gamma', 'own'].map((name) => ({ name, version: name === 'core' ? '2.0' : '1.0' }));
    await buildWheels(join(repository.root, 'other'), releases, { gamma: marked });
    await repository.lockWell(['app']);
    await repository.buildWell('app');

    // The same version of what is locked later, another one of what is below.
    await install(repository, 'app', 'install', '--no-index', '--find-links', 'other', 'core==2.0', 'gamma', 'own');
    const core = 'import core, own; print("core", core.VERSION, core.__file__)';
    expect(await printed(repository, '-c', core)).toContain(`core 1.0 ${venv(repository, 'py')}`);
    repository.write({ 'layers/app/layer.toml': LAYERS['layers/app/layer.toml'] });
    await repository.lockWell(['app']);
    const mark = 'import gamma, importlib.util as u; print("mark", u.find_spec("mark"))';
    expect(await printed(repository, '-c', mark)).toBe('mark None\n');
    expect(installedIn(repository, 'app')).toEqual(['gamma', 'own']);

    // Where it cannot be made what it is to be, nothing of the user's is lost.
    const site = `lib/python${MINOR}/site-packages`;
    const delta = join(repository.root, 'wheels/delta-1.0-py3-none-any.whl');
    repository.write({ 'layers/app/layer.toml': app('"gamma"', '"gamma", "delta"') });
    await repository.lockWell(['app']);
    renameSync(delta, `${delta}.away`);
    await install(repository, 'app', 'uninstall', 'gamma');
    const failed = await repository.build('app');
    expect(failed.success).toBe(false);
    expect(failed.output).toContain('app-app: uv could not install the packages of the lock:\n');
    renameSync(`${delta}.away`, delta);
    await printed(repository, '-c', 'import gamma, delta, own');
    expect((await repository.buildWell('app')).match(/: nothing to do$/gm)).toHaveLength(4);
    // Nor where uv is ended, with half of a package that it would take for installed.
    await install(repository, 'app', 'uninstall', 'gamma');
    const ended = await withUv(
      repository,
      [
        'case "$*" in *"pip install"*)',
        '  "$UV" "$@"',
        `  rm '${venv(repository, 'app', site, 'gamma.py')}'`,
        '  kill -9 $$',
        'esac',
      ],
      () => repository.build('app'),
    );
    expect(ended.output).toContain("app-app: uv did not end by itself: 'uv pip' was ended by the signal SIGKILL");
    await printed(repository, '-c', 'import gamma, delta, own');

    writeFileSync(venv(repository, 'app', site, '_nx_venvstacks.py'), '');
    await printed(repository, '-c', 'import core, report');

    rmSync(venv(repository, 'app', site), { recursive: true });
    writeFileSync(venv(repository, 'app', site), 'no folder');
    await printed(repository, '-c', 'import gamma, delta');

    // As if somebody had made it with another Python.
    const config = venv(repository, 'py', 'pyvenv.cfg');
    const other = readFileSync(config, 'utf8').replace(`version_info = ${VERSION}`, `version_info = ${MINOR}.99`);
    writeFileSync(config, other);
    expect((await repository.buildWell('app')).match(/: built in layers\/(?:a|b|app)\//g)).toHaveLength(3);
  });

  it('stays as it is where another one cannot be made, for the branch that it is of', async () => {
    const repository = await createRepository();
    await repository.lockWell(['py']);
    repository.commit('Lock');
    await repository.buildWell('py');
    await install(repository, 'py', 'install', '--no-index', '--find-links', 'wheels', 'delta');
    repository.write({ 'layers/py/layer.toml': LAYERS['layers/py/layer.toml'].replace(VERSION, `${MINOR}.99`) });
    await repository.lockWell(['py']);
    const failed = await withUv(repository, ['case "$1" in venv) exit 2 ;; esac'], () => repository.build('py'));
    expect(failed.output).toContain(`py: uv could not find cpython ${MINOR}.99, nor download it:`);
    repository.git('checkout', '--', '.');
    expect(await repository.buildWell('py')).toContain('py: nothing to do\n');
    expect(installedIn(repository, 'py')).toEqual(['core', 'delta']);
  });

  it('keeps files that a package had in common with one that left the lock', async () => {
    const repository = await createRepository({ 'layers/app/layer.toml': app('"gamma"', '"gamma", "delta"') });
    const common = { 'common/__init__.py': Buffer.from('').toString('base64') };
    const releases = ['gamma', 'delta'].map((name) => ({ name, version: '1.0' }));
    await buildWheels(join(repository.root, 'wheels'), releases, { gamma: common, delta: common });
    await repository.lockWell(['app']);
    await repository.buildWell('app');
    repository.write({ 'layers/app/layer.toml': LAYERS['layers/app/layer.toml'] });
    await repository.lockWell(['app']);
    await printed(repository, '-c', 'import common');
    expect(installedIn(repository, 'app')).toEqual(['gamma']);
  });
});

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('shared libraries of lower layers', () => {
  it('are found by extension modules above, but for those that dynlib_exclude leaves out', async () => {
    // Any will do: one of Python's own, by another name.
    const library = python('import _json; print(_json.__file__)');
    const bytes = readFileSync(library).toString('base64');
    const repository = await createRepository({
      'layers/a/layer.toml': `${LAYERS['layers/a/layer.toml']}dynlib_exclude = ["libs/libhidden*", "lib{shared,other}*"]\n`,
      'layers/app/report/__main__.py':
        'import ctypes, sys\nfor name in sys.argv[1:]:\n    try:\n        ctypes.CDLL(name)\n        print(name, "loaded")\n    except OSError:\n        print(name, "missing")\n',
    });
    const releases = [
      { name: 'alpha', version: '1.0', requires: ['core'] },
      { name: 'gamma', version: '1.0' },
    ];
    await buildWheels(join(repository.root, 'wheels'), releases, {
      alpha: {
        'alpha/libs/libshared.so': bytes,
        'alpha/libs/libversioned.so.1': bytes,
        'alpha/libs/libhidden.so': bytes,
      },
      gamma: { 'gamma-1.0.dist-info/entry_points.txt': base64(SCRIPT), 'gamma/__init__.py': base64(CODE) },
    });
    await repository.lockWell(['app']);
    // As where it is deployed: venvstacks has none whose name ends with a version.
    const report = ['-m', 'report', 'libshared.so', 'libversioned.so.1', 'libhidden.so'];
    const shared = 'libshared.so loaded\nlibversioned.so.1 missing\nlibhidden.so missing\n';
    expect(await printed(repository, ...report)).toBe(shared);
    const script = await run(venv(repository, 'app', 'bin', 'gamma'), [], { cwd: repository.root, env: process.env });
    expect(script).toEqual({ code: 0, output: `gamma of ${venv(repository, 'app')}\n` });
    // And of what it starts in turn: behind what the user has, as where it is deployed, and once.
    const command = JSON.stringify(report).slice(1, -1);
    expect(
      await printed(repository, '-c', `import subprocess, sys; subprocess.run([sys.executable, ${command}])`),
    ).toBe(shared);
    const show = 'import os; print(os.environ["LD_LIBRARY_PATH"])';
    const showInTurn = `import subprocess, sys; subprocess.run([sys.executable, "-c", '${show}'])`;
    const libraries = venv(repository, 'a', 'share', 'venv', 'dynlib');
    expect(await printedNow(repository, ['-c', showInTurn], { LD_LIBRARY_PATH: '/own' })).toBe(`/own:${libraries}\n`);

    // Another tool may put the Python itself in place of what tells the loader.
    const place = ['venv', '--quiet', '--allow-existing', venv(repository, 'app')];
    await run(process.env.UV ?? '', place, { cwd: repository.root, env: process.env });
    expect(await printed(repository, ...report)).toBe(shared);

    const moved = renamed(repository, `${repository.root}:moved`);
    expect(await moved.buildWell('app')).toContain(
      '\n  shared libraries of lower layers are not found: the path of the workspace has a colon',
    );
    const back = renamed(moved, repository.root);
    expect(await printed(back, ...report)).toBe(shared);

    // Without any below, it is the Python itself again.
    back.write({ 'layers/a/layer.toml': `${LAYERS['layers/a/layer.toml']}dynlib_exclude = ["lib*"]\n` });
    await back.lockWell(['app']);
    expect(await printed(back, ...report)).toBe(shared.replaceAll('loaded', 'missing'));
    expect(lstatSync(venv(back, 'app', 'bin', 'python')).isSymbolicLink()).toBe(true);
  });
});
