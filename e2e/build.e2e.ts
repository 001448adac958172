import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createLayers,
  HERE,
  installedIn,
  LAYERS,
  MINOR,
  NO_UV,
  python,
  renameWorkspace,
  venv,
  VERSION,
  WITH_UV,
} from './support/environments';
import { PackageIndex } from './support/package-index';
import { run } from './support/run';
import { buildWheels } from './support/wheels';
import { runFolder, Workspace } from './support/workspace';

jest.setTimeout(300_000);

/** As a user does, with uv. */
async function install(workspace: Workspace, layer: string, ...args: string[]): Promise<void> {
  const place = ['--quiet', '--no-config', '--python', venv(workspace, layer)];
  const { code, output } = await run(WITH_UV.UV, ['pip', ...args, ...place], {
    cwd: workspace.root,
    env: workspace.env,
  });
  if (code !== 0) throw new Error(output);
}

describe('layers that are built', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await createLayers();
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    await workspace.commitAll('Lock');
  });

  it('have their own packages each, lower ones first, and nothing is to be done a second time', async () => {
    const output = await workspace.succeed(['run', 'app:build']);
    expect(output).toContain('app-app@1: built in layers/app/.venv, 1 package of its own\n');
    expect(Object.fromEntries(['py', 'a', 'b', 'app'].map((layer) => [layer, installedIn(workspace, layer)]))).toEqual({
      py: ['core'],
      a: ['alpha'],
      b: ['beta'],
      app: ['gamma'],
    });
    expect(await workspace.git('status', '--short')).toBe('');

    const again = await workspace.succeed(['run', 'app:build'], NO_UV);
    expect(again.match(/: nothing to do$/gm)).toHaveLength(4);
  });

  it('have locks that uv installs by itself, as venvstacks has it do', async () => {
    const lock = join(workspace.root, 'layers/b/requirements/pylock.framework-b.toml');
    const place = ['--target', 'installed', '--python', venv(workspace, 'b')];
    const install = ['pip', 'install', '--quiet', '--no-config', ...place, '--requirements', lock];
    const installed = await run(WITH_UV.UV, install, { cwd: workspace.root, env: workspace.env });
    expect(installed).toEqual({ code: 0, output: '' });
    expect(workspace.list('installed').filter((name) => name.endsWith('.py'))).toEqual(['beta.py']);
    workspace.remove('installed');
  });

  it('are refused where packages may differ from the lock; once locked, they are changed in place', async () => {
    // What a user adds, as for tests, is no part of the lock, and stays.
    const pip = ['pip', 'install', '--quiet', '--no-index', '--find-links', join(workspace.root, 'wheels')];
    await run(WITH_UV.UV, [...pip, '--python', venv(workspace, 'app'), 'delta'], {
      cwd: workspace.root,
      env: workspace.env,
    });
    workspace.write({ 'layers/app/layer.toml': LAYERS['layers/app/layer.toml'].replace('"gamma"', '') });

    expect(await workspace.fail(['run', 'app:build'], NO_UV)).toMatch(
      /app-app: its lock is stale: requirement gamma removed\n +Lock it first: npx nx run app:lock\n/,
    );
    expect(installedIn(workspace, 'app')).toEqual(['delta', 'gamma']);

    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    await workspace.succeed(['run', 'app:build'], WITH_UV);
    expect(installedIn(workspace, 'app')).toEqual(['delta']);
    await workspace.git('checkout', '--', '.');
    await workspace.succeed(['run', 'app:build'], WITH_UV);
    expect(installedIn(workspace, 'app')).toEqual(['delta', 'gamma']);
  });

  it('are built again where that was interrupted', async () => {
    const uv = join(workspace.root, '.nx-uv');
    const count = join(workspace.root, '.nx-uv-calls');
    // Ends in the middle of installing.
    writeFileSync(
      uv,
      `#!/bin/sh\ncase "$*" in *"pip install"*) echo x >> '${count}'; kill -9 $PPID; exit 1 ;; esac\nexec '${WITH_UV.UV}' "$@"\n`,
    );
    chmodSync(uv, 0o755);
    execFileSync('rm', ['-rf', venv(workspace, 'app')]);
    const killed = await workspace.nx(['run', 'app:build', '--output-style=static'], { UV: uv });
    expect(killed.code).not.toBe(0);
    expect(existsSync(count)).toBe(true);
    expect(installedIn(workspace, 'app')).toEqual([]);
    const output = await workspace.succeed(['run', 'app:build'], WITH_UV);
    expect(output).toContain('app-app@1: built in layers/app/.venv, 1 package of its own\n');
    expect(installedIn(workspace, 'app')).toEqual(['gamma']);
    // Half of a package: uv would take it for installed.
    const stamp = venv(workspace, 'app', 'nx-venvstacks.json');
    const { fingerprint: _, ...unfinished } = JSON.parse(readFileSync(stamp, 'utf8')) as { fingerprint: string };
    writeFileSync(stamp, JSON.stringify(unfinished));
    execFileSync('rm', [venv(workspace, 'app', 'lib', `python${MINOR}`, 'site-packages', 'gamma.py')]);
    await workspace.succeed(['run', 'app:build'], WITH_UV);
    await workspace.succeed(['run', 'app:python', '--', '-c', 'import gamma'], NO_UV);
    execFileSync('rm', ['-f', uv, count]);
  });
});

describe('an application', () => {
  it('has the very files of its lock, also where only those changed and no version', async () => {
    const layer = LAYERS['layers/app/layer.toml'];
    const workspace = await createLayers({
      'layers/py/layer.toml': LAYERS['layers/py/layer.toml'].replace(`["${HERE}"]`, `["${HERE}", "win_arm64"]`),
      'layers/app/layer.toml': layer.replace(
        '"gamma"',
        `"gamma==1.0; sys_platform != 'win32'", "gamma==2.0; sys_platform == 'win32'", "delta; sys_platform == 'win32'"`,
      ),
    });
    const wheels = join(workspace.root, 'wheels');
    await buildWheels(wheels, [{ name: 'gamma', version: '2.0' }]);
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    expect(await workspace.succeed(['run', 'app:build'], WITH_UV)).toContain('app/.venv, 1 package of its own\n');
    await buildWheels(wheels, [{ name: 'gamma', version: '1.0' }], {
      gamma: { 'extra.py': Buffer.from('EXTRA = 1\n').toString('base64') },
    });
    // A user's own, though other platforms have it from the lock.
    await install(workspace, 'app', 'install', '--no-index', '--find-links', 'wheels', 'delta');
    await workspace.succeed(['run', 'app:upgrade', '--reset'], WITH_UV);
    await workspace.succeed(['run', 'app:python', '--', '-c', 'import extra, delta'], WITH_UV);
  });

  it('follows its stack: packages and modules that move or go, another Python below, another place', async () => {
    const script = Buffer.from('[console_scripts]\ngamma = gamma:run\n').toString('base64');
    const code = Buffer.from('import sys\ndef run():\n    print("gamma of", sys.prefix)\n').toString('base64');
    const workspace = await createLayers();
    await buildWheels(join(workspace.root, 'wheels'), [{ name: 'gamma', version: '1.0' }], {
      gamma: { 'gamma-1.0.dist-info/entry_points.txt': script, 'gamma/__init__.py': code },
    });
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    await workspace.succeed(['run', 'app:launch'], WITH_UV);

    workspace.write({
      'layers/b/layer.toml': LAYERS['layers/b/layer.toml'].replace('"beta"', '"beta", "gamma"'),
      'layers/app/layer.toml': LAYERS['layers/app/layer.toml'].replace('"report"', '"summary.py"'),
      'layers/app/summary.py': 'import gamma, sys\nprint("summary with", gamma.__file__)\n',
    });
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    expect(await workspace.succeed(['run', 'app:launch'], WITH_UV)).toContain(`summary with ${venv(workspace, 'b')}`);
    expect([installedIn(workspace, 'app'), installedIn(workspace, 'b')]).toEqual([[], ['beta', 'gamma']]);
    expect(existsSync(venv(workspace, 'app', 'bin', 'gamma'))).toBe(false);
    const find = 'import importlib.util as u; print([n for n in ("report", "summary", "helper") if u.find_spec(n)])';
    expect(await workspace.succeed(['run', 'app:python', '--', '-c', find], NO_UV)).toContain(
      "['summary', 'helper']\n",
    );

    // All that stands on it is made anew, with what is found in place of the one that is declared.
    const toml = LAYERS['layers/py/layer.toml'].replace(VERSION, `${MINOR}.99`);
    workspace.write({ 'layers/py/layer.toml': toml });
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    const launched = await workspace.succeed(['run', 'app:launch'], { ...WITH_UV, UV_PYTHON_DOWNLOADS: 'never' });
    expect(launched.match(/: built in layers\//g)).toHaveLength(4);
    expect(launched).toContain('summary with ');

    const moved = renameWorkspace(workspace, `${workspace.root} moved`);
    const output = await moved.succeed(['run', 'app:build'], { ...WITH_UV, UV_PYTHON_DOWNLOADS: 'never' });
    expect(output.match(/: built in layers\//g)).toHaveLength(4);
    const own = venv(moved, 'b');
    const said = await run(join(own, 'bin', 'gamma'), [], { cwd: moved.root, env: moved.env });
    expect(said).toEqual({ code: 0, output: `gamma of ${own}\n` });
  });

  it('of a private index is built with its credentials, of which nothing is kept or shown', async () => {
    const password = 'correct-horse-battery';
    const folder = mkdtempSync(join(runFolder(), 'wheels-'));
    await buildWheels(folder, [{ name: 'core', version: '1.0' }]);
    const wheel = readFileSync(join(folder, 'core-1.0-py3-none-any.whl'));
    const index = await PackageIndex.start([{ name: 'core', version: '1.0', wheel }], `reader:${password}`);
    try {
      const workspace = Workspace.create({
        'layers/py/layer.toml': LAYERS['layers/py/layer.toml'],
        'venvstacks.uv.toml': `[[index]]\nname = "company"\nurl = "${index.url}"\ndefault = true\n`,
      });
      const own = {
        ...WITH_UV,
        UV_CACHE_DIR: join(workspace.root, '.nx/uv-cache'),
        UV_INDEX_COMPANY_USERNAME: 'reader',
      };
      await workspace.succeed(['run', 'py:lock'], { ...own, UV_INDEX_COMPANY_PASSWORD: password });

      const refused = await workspace.fail(['run', 'py:build'], {
        ...own,
        UV_INDEX_COMPANY_PASSWORD: 'wrong-password',
      });
      expect(refused).toMatch(/^py: uv could not install the packages of the lock:\n[^]*401 Unauthorized/m);
      expect(refused).not.toContain('wrong-password');
      const output = await workspace.succeed(['run', 'py:build'], { ...own, UV_INDEX_COMPANY_PASSWORD: password });
      expect(installedIn(workspace, 'py')).toEqual(['core']);
      expect(output).not.toContain(password);
      const said = await run('grep', ['-rlE', `${password}|wrong-password`, workspace.root], { cwd: '/', env: own });
      expect(said.output).toBe('');
    } finally {
      await index.stop();
    }
  });

  it('of a venvstacks.toml is built beside its lock, of which it is no part', async () => {
    const runtime = `[[runtimes]]\nname = "py"\npython_implementation = "cpython@${VERSION}"\nplatforms = ["${HERE}"]\nrequirements = ["core"]\n`;
    const application =
      '[[applications]]\nname = "tool"\nruntime = "py"\nrequirements = ["gamma"]\nlaunch_module = "tool.py"\nversioned = true\n';
    const workspace = await createLayers({
      'stack/venvstacks.toml': `${runtime}\n${application}`,
      'stack/venvstacks.uv.toml': 'no-index = true\nfind-links = ["../wheels"]\n',
      'stack/tool.py': 'import core, gamma, sys\nprint("ran", core.VERSION, gamma.VERSION, sys.argv[1:])\n',
      'nx.json': JSON.stringify({
        analytics: false,
        plugins: [{ plugin: 'nx-venvstacks', options: { projectName: '{stack}-{name}' } }],
      }),
    });
    await workspace.succeed(['run', 'stack-tool:lock'], WITH_UV);
    await workspace.commitAll('Lock');
    expect(await workspace.succeed(['run', 'stack-tool:launch', '--', 'x'], WITH_UV)).toContain("ran 1.0 1.0 ['x']\n");
    expect(workspace.list('stack/requirements/app-tool')).toContain('.venv');
    expect(await workspace.git('status', '--short')).toBe('');
    expect(await workspace.succeed(['run', 'stack-tool:lock'], NO_UV)).toContain('stack-tool:lock  [local cache]');
    await workspace.succeed(['run', 'stack-tool:lock-check'], NO_UV);
  });
});

describe('an environment that others have a hand in', () => {
  const imports = (workspace: Workspace, code: string) =>
    workspace.succeed(['run', 'app:python', '--', '-c', code], WITH_UV);

  it('has what the lock says again, and keeps what is a user’s own', async () => {
    const workspace = await createLayers({
      'layers/app/layer.toml': LAYERS['layers/app/layer.toml'].replace('"gamma"', ''),
    });
    const marked = { 'mark.py': Buffer.from('').toString('base64') };
    const releases = ['core', 'gamma', 'own'].map((name) => ({ name, version: name === 'core' ? '2.0' : '1.0' }));
    await buildWheels(join(workspace.root, '.nx/other'), releases, { gamma: marked });
    const other = ['--no-index', '--find-links', '.nx/other'];
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    await workspace.succeed(['run', 'app:build'], WITH_UV);

    // The same version of what is locked later, another one of what is below.
    await install(workspace, 'app', 'install', ...other, 'core==2.0', 'gamma', 'own');
    const core = 'import core, own; print("core", core.VERSION, core.__file__)';
    expect(await imports(workspace, core)).toContain(`core 1.0 ${venv(workspace, 'py')}`);
    workspace.write({ 'layers/app/layer.toml': LAYERS['layers/app/layer.toml'] });
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    const mark = 'import gamma, importlib.util as u; print("mark", u.find_spec("mark"))';
    expect(await imports(workspace, mark)).toContain('mark None\n');
    expect(installedIn(workspace, 'app')).toEqual(['gamma', 'own']);

    // Where it cannot be made what it is to be, nothing of the user's is lost.
    const delta = join(workspace.root, 'wheels/delta-1.0-py3-none-any.whl');
    workspace.write({
      'layers/app/layer.toml': LAYERS['layers/app/layer.toml'].replace('"gamma"', '"gamma", "delta"'),
    });
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    renameSync(delta, `${delta}.away`);
    await install(workspace, 'app', 'uninstall', 'gamma');
    expect(await workspace.fail(['run', 'app:build'], WITH_UV)).toContain(
      'app-app: uv could not install the packages of the lock:\n',
    );
    renameSync(`${delta}.away`, delta);
    await imports(workspace, 'import gamma, delta, own');
    expect((await workspace.succeed(['run', 'app:build'], NO_UV)).match(/: nothing to do$/gm)).toHaveLength(4);

    // As if somebody had made it with another Python.
    const config = venv(workspace, 'py', 'pyvenv.cfg');
    writeFileSync(
      config,
      readFileSync(config, 'utf8').replace(`version_info = ${VERSION}`, `version_info = ${MINOR}.99`),
    );
    const anew = await workspace.succeed(['run', 'app:build'], WITH_UV);
    expect(anew.match(/: built in layers\/(?:a|b|app)\//g)).toHaveLength(3);
  });

  it('is built once where several ask for it at the same time', async () => {
    const workspace = await createLayers();
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    const launches = [1, 2, 3].map(() => workspace.nx(['run', 'app:launch', '--output-style=static'], WITH_UV, ''));
    for (const { code, output } of await Promise.all(launches))
      expect(`${code} ${code === 0 ? '' : output}`).toBe('0 ');
  });

  it('keeps files that a package had in common with one that left the lock', async () => {
    const both = (packages: string) => LAYERS['layers/app/layer.toml'].replace('"gamma"', packages);
    const workspace = await createLayers({ 'layers/app/layer.toml': both('"gamma", "delta"') });
    const common = { 'common/__init__.py': Buffer.from('').toString('base64') };
    const releases = ['gamma', 'delta'].map((name) => ({ name, version: '1.0' }));
    await buildWheels(join(workspace.root, 'wheels'), releases, { gamma: common, delta: common });
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    await workspace.succeed(['run', 'app:build'], WITH_UV);
    workspace.write({ 'layers/app/layer.toml': both('"gamma"') });
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    await imports(workspace, 'import common');
    expect(installedIn(workspace, 'app')).toEqual(['gamma']);
  });
});

describe('a layer', () => {
  it('whose Python is another patch release is built with a warning, of another minor not at all', async () => {
    const env = { ...WITH_UV, UV_PYTHON_DOWNLOADS: 'never' };
    const other = `${MINOR}.99`;
    const toml = (version: string) => LAYERS['layers/py/layer.toml'].replace(VERSION, version);
    const workspace = await createLayers({ 'layers/py/layer.toml': toml(other) });
    await workspace.succeed(['run', 'py:lock'], env);
    expect(await workspace.succeed(['run', 'py:build'], env)).toMatch(
      new RegExp(
        `cpython|py: built in layers/py/\\.venv, 1 package of its own\\n +Python is ${MINOR}\\.\\d+, and ${other} is declared`,
      ),
    );

    workspace.write({ 'layers/py/layer.toml': toml('3.99.0') });
    await workspace.succeed(['run', 'py:lock'], env);
    expect(await workspace.fail(['run', 'py:build'], env)).toMatch(
      /py: uv could not find cpython 3\.99\.0, nor download it:\n[^]*Install Python 3\.99\.0, or another 3\.99; uv finds those on PATH\./,
    );
  });

  it('that is not for this machine is skipped, and one whose .venv is another tool’s is left alone', async () => {
    const elsewhere = HERE === 'win_arm64' ? 'win_amd64' : 'win_arm64';
    const workspace = await createLayers({
      'layers/py/layer.toml': LAYERS['layers/py/layer.toml'].replace(HERE, `${HERE}", "${elsewhere}`),
      'layers/a/layer.toml': `${LAYERS['layers/a/layer.toml']}platforms = ["${elsewhere}"]\n`,
      'layers/py/.venv/mine.txt': 'mine',
    });
    await workspace.succeed(['run', 'a:lock'], WITH_UV);
    expect(await workspace.fail(['run', 'py:build'], WITH_UV)).toMatch(
      /py: there is an environment already that was not built by this: .*\.venv\n +Move or remove it\./,
    );
    expect(readFileSync(venv(workspace, 'py', 'mine.txt'), 'utf8')).toBe('mine');
    workspace.remove('layers/py/.venv');
    expect(await workspace.succeed(['run', 'a:build'], WITH_UV)).toContain(
      `framework-a: not built\n  it is for ${elsewhere}, and this machine is ${HERE}\n`,
    );
    expect(await workspace.fail(['run', 'a:python', '--', '-c', '1'], WITH_UV)).toContain(
      'framework-a: it cannot run here: ',
    );
  });
});

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('shared libraries of lower layers', () => {
  it('are found by extension modules above, but for those that dynlib_exclude leaves out', async () => {
    // Any will do: one of Python's own, by another name.
    const library = python('import _json; print(_json.__file__)');
    const bytes = readFileSync(library).toString('base64');
    const workspace = await createLayers({
      'layers/a/layer.toml': `${LAYERS['layers/a/layer.toml']}dynlib_exclude = ["libs/libhidden*"]\n`,
      'layers/app/report/__main__.py':
        'import ctypes, sys\nfor name in sys.argv[1:]:\n    try:\n        ctypes.CDLL(name)\n        print(name, "loaded")\n    except OSError:\n        print(name, "missing")\n',
    });
    await buildWheels(join(workspace.root, 'wheels'), [{ name: 'alpha', version: '1.0', requires: ['core'] }], {
      alpha: { 'alpha/libs/libshared.so.1': bytes, 'alpha/libs/libhidden.so': bytes, 'alpha/libs/notes.so.txt': '' },
    });
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    await workspace.succeed(['run', 'app:build'], WITH_UV);
    const names = ['libshared.so.1', 'libhidden.so'];
    const output = await workspace.succeed(['run', 'app:launch', '--', ...names], NO_UV);
    expect(output).toContain('libshared.so.1 loaded\nlibhidden.so missing\n');
    // By itself, too, as an editor starts it; and what it starts in turn.
    const code = `import subprocess, sys; subprocess.run([sys.executable, "-m", "report", ${names.map((name) => `"${name}"`).join(', ')}])`;
    const direct = (at: Workspace, text: string, variables: NodeJS.ProcessEnv = {}) =>
      run(venv(at, 'app', 'bin', 'python'), ['-c', text], { cwd: at.root, env: { ...process.env, ...variables } });
    const shared = { code: 0, output: 'libshared.so.1 loaded\nlibhidden.so missing\n' };
    expect(await direct(workspace, code)).toEqual(shared);
    // As where it is deployed: behind what the user has, and once, whoever starts whom.
    const show =
      'import os, subprocess, sys; subprocess.run([sys.executable, "-c", "import os; print(os.environ[\'LD_LIBRARY_PATH\'])"])';
    const libraries = venv(workspace, 'a', 'share', 'venv', 'dynlib');
    expect((await direct(workspace, show, { LD_LIBRARY_PATH: '/own' })).output).toBe(`/own:${libraries}\n`);

    await run(WITH_UV.UV, ['venv', '--quiet', '--allow-existing', venv(workspace, 'app')], {
      cwd: workspace.root,
      env: workspace.env,
    });
    await workspace.succeed(['run', 'app:build'], WITH_UV);
    expect(await direct(workspace, code)).toEqual(shared);

    const moved = renameWorkspace(workspace, `${workspace.root}:moved`);
    expect(await moved.succeed(['run', 'app:build'], WITH_UV)).toContain(
      '\n  shared libraries of lower layers are not found: the path of the workspace has a colon',
    );
    const back = renameWorkspace(moved, workspace.root);
    await back.succeed(['run', 'app:build'], WITH_UV);
    expect(await direct(back, code)).toEqual(shared);

    // Without any below, it is the Python itself again.
    const layer = `${LAYERS['layers/a/layer.toml']}dynlib_exclude = ["lib*"]\n`;
    back.write({ 'layers/a/layer.toml': layer });
    await back.succeed(['run', 'app:lock'], WITH_UV);
    const none = await back.succeed(['run', 'app:launch', '--', ...names], WITH_UV);
    expect(none).toContain('libshared.so.1 missing\nlibhidden.so missing\n');
    expect(lstatSync(venv(back, 'app', 'bin', 'python')).isSymbolicLink()).toBe(true);
  });
});
