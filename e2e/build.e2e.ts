import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { machinePlatform } from '../packages/nx-venvstacks/src/build/platform';
import { PackageIndex } from './support/package-index';
import { run } from './support/run';
import { buildWheels } from './support/wheels';
import { blocksOf, sectionOf } from './support/transcript';
import { CUTOFF, runFolder, tasksIn, Workspace } from './support/workspace';

jest.setTimeout(300_000);

/** Whoever asks for uv fails: shows that nobody does. */
const NO_UV = { UV: './there-is-no-uv' };

const python = (code: string): string => execFileSync('python3', ['-c', code], { encoding: 'utf8' }).trim();
const VERSION = python('import platform; print(platform.python_version())');
const MINOR = VERSION.split('.').slice(0, 2).join('.');
const HERE = machinePlatform() ?? '';

/** Says where it runs, with what, and which layer each module comes from. */
const REPORT = `
import json, sys
import alpha, beta, core, helper

print(json.dumps({
    "arguments": sys.argv[1:],
    "input": sys.stdin.read(),
    "versions": [core.VERSION, alpha.VERSION, beta.VERSION],
    "helper": helper.NAME,
    "path": [entry.split("/layers/")[1].split("/")[0] for entry in sys.path if "/layers/" in entry],
}))
sys.exit(3 if "--fail" in sys.argv else 0)
`;

const LAYERS = {
  'layers/py/layer.toml': `[runtime]\npython_implementation = "cpython@${VERSION}"\nplatforms = ["${HERE}"]\nrequirements = ["core"]\n`,
  'layers/a/layer.toml': '[framework]\nruntime = "py"\nrequirements = ["alpha"]\nversioned = true\n',
  'layers/b/layer.toml': '[framework]\nframeworks = ["a"]\nrequirements = ["beta"]\n',
  'layers/app/layer.toml':
    '[application]\nframeworks = ["b"]\nrequirements = ["gamma"]\nlaunch_module = "report"\nsupport_modules = ["../../shared/helper.py"]\nversioned = true\n',
  'layers/app/report/__main__.py': REPORT,
  'layers/app/report/part.py': '',
  'layers/app/beside.py': '',
  'shared/helper.py': 'NAME = "first"\n',
};

async function createWorkspace(files: Record<string, string> = {}): Promise<Workspace> {
  const workspace = Workspace.create({
    ...LAYERS,
    'venvstacks.uv.toml': `no-index = true\nfind-links = ["./wheels"]\n`,
    ...files,
  });
  await buildWheels(join(workspace.root, 'wheels'), [
    { name: 'core', version: '1.0' },
    { name: 'alpha', version: '1.0', requires: ['core'] },
    { name: 'beta', version: '1.0', requires: ['alpha'] },
    { name: 'gamma', version: '1.0' },
    { name: 'delta', version: '1.0' },
  ]);
  await workspace.commitAll('Declare layers');
  return workspace;
}

function renameWorkspace(workspace: Workspace, root: string): Workspace {
  workspace.remove('node_modules');
  renameSync(workspace.root, root);
  return Workspace.at(root);
}

const venv = (workspace: Workspace, layer: string, ...path: string[]) =>
  join(workspace.root, 'layers', layer, '.venv', ...path);

const installedIn = (workspace: Workspace, layer: string) =>
  readdirSync(venv(workspace, layer, 'lib', `python${MINOR}`, 'site-packages'))
    .flatMap((name) => /^(\w+)-.*\.dist-info$/.exec(name)?.[1] ?? [])
    .sort();

/** Waits until something is so; the test's own limit is the longest. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(50);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What the report printed. */
function reported(output: string): Record<string, unknown> {
  const line = output.split('\n').find((each) => each.startsWith('{"arguments"'));
  if (line === undefined) throw new Error(output);
  return JSON.parse(line) as Record<string, unknown>;
}

describe('layers that are built', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    process.env.UV = join(runFolder(), 'uv', 'bin', 'uv');
    workspace = await createWorkspace();
    await workspace.succeed(['run', 'app:lock']);
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
    const installed = await run(process.env.UV ?? '', install, { cwd: workspace.root, env: workspace.env });
    expect(installed).toEqual({ code: 0, output: '' });
    expect(workspace.list('installed').filter((name) => name.endsWith('.py'))).toEqual(['beta.py']);
    workspace.remove('installed');
  });

  it('run with arguments, standard input and output, each module from its layer', async () => {
    // Some that Nx, or the target, has options for, too.
    const own = ['--samples=100', '-x', 'a b', '--report=r.html', '--layer', '3', '--cwd=/nowhere', '--verbose'];
    const args = ['run', 'app:launch', '--output-style=static', '--', ...own];
    const { output, code } = await workspace.nx(args, NO_UV, 'from a pipe');
    expect(code).toBe(0);
    expect(reported(output)).toEqual({
      arguments: own,
      input: 'from a pipe',
      versions: ['1.0', '1.0', '1.0'],
      helper: 'first',
      path: ['app', 'b', 'a', 'py'],
    });
  });

  it('tell when what they run fails', async () => {
    const { output, code } = await workspace.nx(['run', 'app:launch', '--output-style=static', '--', '--fail'], NO_UV);
    expect(reported(output)).toHaveProperty('arguments', ['--fail']);
    expect(output).toContain('app-app: exit code 3\n');
    expect(code).toBe(1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('have what they run end by itself when Nx gets %s', async (signal) => {
    const told = join(workspace.root, '.nx', `told-${signal}`);
    workspace.write({
      '.nx/wait.py': [
        'import os, signal, sys, time',
        'told = open(sys.argv[1], "w", buffering=1)',
        'def end(number, frame):',
        '    time.sleep(0.2)',
        '    told.write("cleaned up\\n")',
        '    sys.exit()',
        'for number in (signal.SIGTERM, signal.SIGINT):',
        '    signal.signal(number, end)',
        'told.write(f"{os.getpid()}\\n")',
        'time.sleep(120)',
      ].join('\n'),
    });
    const script = join(workspace.root, '.nx/wait.py');
    const running = workspace.start(['run', 'app:python', '--output-style=static', '--', script, told], NO_UV);
    const said = () => (existsSync(told) ? readFileSync(told, 'utf8') : '');
    await until(() => said().endsWith('\n'));
    running.kill(signal);
    await until(() => said().endsWith('cleaned up\n'));
    const pid = Number(said().split('\n')[0]);
    await until(() => !isRunning(pid));
  });

  it('run any Python, and import what is shipped, from where its sources are, and nothing beside it', async () => {
    const code = [
      'import importlib.util as u',
      'names = ["report", "helper", "beside", "gamma", "beta"]',
      'print([n for n in names if u.find_spec(n)], __import__("helper").__file__)',
    ].join('; ');
    const output = await workspace.succeed(['run', 'app:python', '--', '-c', code], NO_UV);
    expect(output).toContain(`['report', 'helper', 'gamma', 'beta'] ${join(workspace.root, 'shared/helper.py')}\n`);
    const shell = await workspace.nxAtTerminal(
      ['run', 'app:python'],
      [
        ['>>> ', 'import gamma, sys; print(sys.stdout.isatty(), 6 * 7)\r'],
        ['True 42', 'exit()\r'],
      ],
    );
    expect(shell).toEqual({ code: 0, output: expect.stringMatching(/^True 42$/m) as string });
    // A layer does not see what stands on it.
    const below = await workspace.succeed(
      ['run', 'a:python', '--', '-c', code.replace(', __import__("helper").__file__', '')],
      NO_UV,
    );
    expect(below).toContain('[]\n');
  });

  it('run sources as they are now; an edit needs no lock', async () => {
    workspace.write({ 'shared/helper.py': 'NAME = "second"\n' });
    const output = await workspace.succeed(['run', 'app:launch'], NO_UV);
    expect(reported(output)).toHaveProperty('helper', 'second');
    expect(output).toContain('  support module helper changed since it was locked\n');
    await workspace.git('checkout', '--', '.');
  });

  it('are refused where packages may differ from the lock; once locked, they are changed in place', async () => {
    // What a user adds, as for tests, is no part of the lock, and stays.
    const pip = ['pip', 'install', '--quiet', '--no-index', '--find-links', join(workspace.root, 'wheels')];
    const uv = process.env.UV ?? '';
    await run(uv, [...pip, '--python', venv(workspace, 'app'), 'delta'], { cwd: workspace.root, env: workspace.env });
    workspace.write({ 'layers/app/layer.toml': LAYERS['layers/app/layer.toml'].replace('"gamma"', '') });

    expect(await workspace.fail(['run', 'app:build'], NO_UV)).toMatch(
      /app-app: its lock is stale: requirement gamma removed\n +Lock it first: npx nx run app:lock\n/,
    );
    expect(installedIn(workspace, 'app')).toEqual(['delta', 'gamma']);

    await workspace.succeed(['run', 'app:lock'], { UV: uv });
    await workspace.succeed(['run', 'app:build'], { UV: uv });
    expect(installedIn(workspace, 'app')).toEqual(['delta']);
    await workspace.git('checkout', '--', '.');
    await workspace.succeed(['run', 'app:build'], { UV: uv });
    expect(installedIn(workspace, 'app')).toEqual(['delta', 'gamma']);
  });

  it('are built again where that was interrupted', async () => {
    const uv = join(workspace.root, '.nx-uv');
    const count = join(workspace.root, '.nx-uv-calls');
    // Ends in the middle of installing.
    writeFileSync(
      uv,
      `#!/bin/sh\ncase "$*" in *"pip install"*) echo x >> '${count}'; kill -9 $PPID; exit 1 ;; esac\nexec '${process.env.UV ?? ''}' "$@"\n`,
    );
    chmodSync(uv, 0o755);
    execFileSync('rm', ['-rf', venv(workspace, 'app')]);
    const killed = await workspace.nx(['run', 'app:build', '--output-style=static'], { UV: uv });
    expect(killed.code).not.toBe(0);
    expect(existsSync(count)).toBe(true);
    expect(installedIn(workspace, 'app')).toEqual([]);
    const output = await workspace.succeed(['run', 'app:build'], { UV: process.env.UV });
    expect(output).toContain('app-app@1: built in layers/app/.venv, 1 package of its own\n');
    expect(installedIn(workspace, 'app')).toEqual(['gamma']);
    // Half of a package: uv would take it for installed.
    const stamp = venv(workspace, 'app', 'nx-venvstacks.json');
    const { fingerprint: _, ...unfinished } = JSON.parse(readFileSync(stamp, 'utf8')) as { fingerprint: string };
    writeFileSync(stamp, JSON.stringify(unfinished));
    execFileSync('rm', [venv(workspace, 'app', 'lib', `python${MINOR}`, 'site-packages', 'gamma.py')]);
    await workspace.succeed(['run', 'app:build'], { UV: process.env.UV });
    await workspace.succeed(['run', 'app:python', '--', '-c', 'import gamma'], NO_UV);
    execFileSync('rm', ['-f', uv, count]);
  });
});

describe('an application', () => {
  const env = { UV: join(runFolder(), 'uv', 'bin', 'uv') };

  it('has the very files of its lock, also where only those changed and no version', async () => {
    const workspace = await createWorkspace();
    await workspace.succeed(['run', 'app:lock'], env);
    await workspace.succeed(['run', 'app:build'], env);
    await buildWheels(join(workspace.root, 'wheels'), [{ name: 'gamma', version: '1.0' }], {
      gamma: { 'extra.py': Buffer.from('EXTRA = 1\n').toString('base64') },
    });
    await workspace.succeed(['run', 'app:upgrade', '--reset'], env);
    await workspace.succeed(['run', 'app:python', '--', '-c', 'import extra'], env);
  });

  it('follows its stack: packages and modules that move or go, another Python below, another place', async () => {
    const script = Buffer.from('[console_scripts]\ngamma = gamma:run\n').toString('base64');
    const code = Buffer.from('import sys\ndef run():\n    print("gamma of", sys.prefix)\n').toString('base64');
    const workspace = await createWorkspace();
    await buildWheels(join(workspace.root, 'wheels'), [{ name: 'gamma', version: '1.0' }], {
      gamma: { 'gamma-1.0.dist-info/entry_points.txt': script, 'gamma/__init__.py': code },
    });
    await workspace.succeed(['run', 'app:lock'], env);
    await workspace.succeed(['run', 'app:launch'], env);

    workspace.write({
      'layers/b/layer.toml': LAYERS['layers/b/layer.toml'].replace('"beta"', '"beta", "gamma"'),
      'layers/app/layer.toml': LAYERS['layers/app/layer.toml'].replace('"report"', '"summary.py"'),
      'layers/app/summary.py': 'import gamma, sys\nprint("summary with", gamma.__file__)\n',
    });
    await workspace.succeed(['run', 'app:lock'], env);
    expect(await workspace.succeed(['run', 'app:launch'], env)).toContain(`summary with ${venv(workspace, 'b')}`);
    expect([installedIn(workspace, 'app'), installedIn(workspace, 'b')]).toEqual([[], ['beta', 'gamma']]);
    expect(existsSync(venv(workspace, 'app', 'bin', 'gamma'))).toBe(false);
    const find = 'import importlib.util as u; print([n for n in ("report", "summary", "helper") if u.find_spec(n)])';
    expect(await workspace.succeed(['run', 'app:python', '--', '-c', find], NO_UV)).toContain(
      "['summary', 'helper']\n",
    );

    // All that stands on it is made anew, with what is found in place of the one that is declared.
    const toml = LAYERS['layers/py/layer.toml'].replace(VERSION, `${MINOR}.99`);
    workspace.write({ 'layers/py/layer.toml': toml });
    await workspace.succeed(['run', 'app:lock'], env);
    const launched = await workspace.succeed(['run', 'app:launch'], { ...env, UV_PYTHON_DOWNLOADS: 'never' });
    expect(launched.match(/: built in layers\//g)).toHaveLength(4);
    expect(launched).toContain('summary with ');

    const moved = renameWorkspace(workspace, `${workspace.root} moved`);
    const output = await moved.succeed(['run', 'app:build'], { ...env, UV_PYTHON_DOWNLOADS: 'never' });
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
      const own = { ...env, UV_CACHE_DIR: join(workspace.root, '.nx/uv-cache'), UV_INDEX_COMPANY_USERNAME: 'reader' };
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
    const workspace = await createWorkspace({
      'stack/venvstacks.toml': `${runtime}\n${application}`,
      'stack/venvstacks.uv.toml': 'no-index = true\nfind-links = ["../wheels"]\n',
      'stack/tool.py': 'import core, gamma, sys\nprint("ran", core.VERSION, gamma.VERSION, sys.argv[1:])\n',
      'nx.json': JSON.stringify({
        analytics: false,
        plugins: [{ plugin: 'nx-venvstacks', options: { projectName: '{stack}-{name}' } }],
      }),
    });
    await workspace.succeed(['run', 'stack-tool:lock'], env);
    await workspace.commitAll('Lock');
    expect(await workspace.succeed(['run', 'stack-tool:launch', '--', 'x'], env)).toContain("ran 1.0 1.0 ['x']\n");
    expect(workspace.list('stack/requirements/app-tool')).toContain('.venv');
    expect(await workspace.git('status', '--short')).toBe('');
    expect(await workspace.succeed(['run', 'stack-tool:lock'], NO_UV)).toContain('stack-tool:lock  [local cache]');
    await workspace.succeed(['run', 'stack-tool:lock-check'], NO_UV);
  });

  it('has sources as where it is deployed: the standard library first, packages without __init__.py, data', async () => {
    const workspace = await createWorkspace({
      'layers/app/layer.toml': LAYERS['layers/app/layer.toml'].replace('helper.py"', 'helper.py", "statistics.py"'),
      'layers/app/statistics.py': 'raise SystemExit("not the standard library")\n',
      'layers/app/report/data.txt': 'data',
      '.gitignore': 'node_modules\n.nx\n',
    });
    await workspace.succeed(['run', 'app:lock'], env);
    const code = [
      'import statistics, report, report.part, importlib.resources as r',
      'print(statistics.mean([1, 3]), (r.files("report") / "data.txt").read_text())',
    ].join('; ');
    expect(await workspace.succeed(['run', 'app:python', '--', '-c', code], env)).toContain('2 data\n');
    // Nothing that running leaves behind counts as a source.
    expect(await workspace.succeed(['run', 'app:lock'], NO_UV)).toContain('app-app@1');
    await workspace.succeed(['run', 'app:lock-check'], NO_UV);
  });
});

describe('a workspace that has Nx cache whatever is called build', () => {
  it('runs layers all the same, and builds them where it is told that ours is another build', async () => {
    const defaults = { build: { cache: true, dependsOn: ['^build'], outputs: ['{projectRoot}/dist'] } };
    const nxJson = { analytics: false, plugins: ['nx-venvstacks'], targetDefaults: defaults };
    const env = { UV: join(runFolder(), 'uv', 'bin', 'uv') };
    const workspace = await createWorkspace({ 'nx.json': JSON.stringify(nxJson) });
    await workspace.succeed(['run', 'app:lock'], env);
    await workspace.commitAll('Lock');
    await workspace.succeed(['run', 'app:build'], env);
    const clone = await workspace.clone('clone');
    const launched = await clone.succeed(['run', 'app:launch'], env);
    expect(tasksIn(launched).cached).toContain('app:build');
    expect(reported(launched)).toHaveProperty('path', ['app', 'b', 'a', 'py']);
    expect(installedIn(clone, 'app')).toEqual(['gamma']);
    // The cache of other targets does not depend on what is built.
    expect(tasksIn(await clone.succeed(['run', 'app:lock'], NO_UV)).ran).toEqual([]);

    const own = { ...defaults, 'nx-venvstacks:build': { cache: false } };
    clone.write({ 'nx.json': JSON.stringify({ ...nxJson, targetDefaults: own }) });
    clone.remove('layers/app/.venv');
    expect(await clone.succeed(['run', 'app:build'], env)).toContain('app-app@1: built in layers/app/.venv');
  });
});

describe('a layer', () => {
  it('whose Python is another patch release is built with a warning, of another minor not at all', async () => {
    const env = { UV: join(runFolder(), 'uv', 'bin', 'uv'), UV_PYTHON_DOWNLOADS: 'never' };
    const other = `${MINOR}.99`;
    const toml = (version: string) => LAYERS['layers/py/layer.toml'].replace(VERSION, version);
    const workspace = await createWorkspace({ 'layers/py/layer.toml': toml(other) });
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
    const env = { UV: join(runFolder(), 'uv', 'bin', 'uv') };
    const elsewhere = HERE === 'win_arm64' ? 'win_amd64' : 'win_arm64';
    const workspace = await createWorkspace({
      'layers/py/layer.toml': LAYERS['layers/py/layer.toml'].replace(HERE, `${HERE}", "${elsewhere}`),
      'layers/a/layer.toml': `${LAYERS['layers/a/layer.toml']}platforms = ["${elsewhere}"]\n`,
      'layers/py/.venv/mine.txt': 'mine',
    });
    await workspace.succeed(['run', 'a:lock'], env);
    expect(await workspace.fail(['run', 'py:build'], env)).toMatch(
      /py: there is an environment already that was not built by this: .*\.venv\n +Move or remove it\./,
    );
    expect(readFileSync(venv(workspace, 'py', 'mine.txt'), 'utf8')).toBe('mine');
    workspace.remove('layers/py/.venv');
    expect(await workspace.succeed(['run', 'a:build'], env)).toContain(
      `framework-a: not built\n  it is for ${elsewhere}, and this machine is ${HERE}\n`,
    );
    expect(await workspace.fail(['run', 'a:python', '--', '-c', '1'], env)).toContain(
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
    const workspace = await createWorkspace({
      'layers/a/layer.toml': `${LAYERS['layers/a/layer.toml']}dynlib_exclude = ["libs/libhidden*"]\n`,
      'layers/app/report/__main__.py':
        'import ctypes, sys\nfor name in sys.argv[1:]:\n    try:\n        ctypes.CDLL(name)\n        print(name, "loaded")\n    except OSError:\n        print(name, "missing")\n',
    });
    await buildWheels(join(workspace.root, 'wheels'), [{ name: 'alpha', version: '1.0', requires: ['core'] }], {
      alpha: { 'alpha/libs/libshared.so.1': bytes, 'alpha/libs/libhidden.so': bytes, 'alpha/libs/notes.so.txt': '' },
    });
    const env = { UV: join(runFolder(), 'uv', 'bin', 'uv') };
    await workspace.succeed(['run', 'app:lock'], env);
    await workspace.succeed(['run', 'app:build'], env);
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

    const moved = renameWorkspace(workspace, `${workspace.root}:moved`);
    expect(await moved.succeed(['run', 'app:build'], env)).toContain(
      '\n  shared libraries of lower layers are not found: the path of the workspace has a colon',
    );
    const back = renameWorkspace(moved, workspace.root);
    await back.succeed(['run', 'app:build'], env);
    expect(await direct(back, code)).toEqual(shared);

    // Without any below, it is the Python itself again.
    const layer = `${LAYERS['layers/a/layer.toml']}dynlib_exclude = ["lib*"]\n`;
    back.write({ 'layers/a/layer.toml': layer });
    await back.succeed(['run', 'app:lock'], env);
    const none = await back.succeed(['run', 'app:launch', '--', ...names], env);
    expect(none).toContain('libshared.so.1 missing\nlibhidden.so missing\n');
    expect(lstatSync(venv(back, 'app', 'bin', 'python')).isSymbolicLink()).toBe(true);
  });
});

describe('docs/run.md', () => {
  it('has tests run against the locked packages, with what only they need', async () => {
    const page = readFileSync(join(__dirname, '../docs/run.md'), 'utf8');
    const [block] = blocksOf(sectionOf(page, '## Tests')).filter(({ language }) => language === 'json');
    const workspace = await createWorkspace({
      'layers/app/project.json': (block?.text ?? '').replace('clustering-demo', 'app'),
      'layers/app/test_report.py':
        'import gamma, helper, pytest\n\n\ndef test_layers():\n    assert (gamma.VERSION, helper.NAME) == ("1.0", "first")\n',
    });
    const bin = join(runFolder(), 'uv', 'bin');
    const env = { UV: join(bin, 'uv'), PATH: [bin, workspace.env.PATH].join(delimiter), UV_EXCLUDE_NEWER: CUTOFF };
    await workspace.succeed(['run', 'app:lock'], env);
    expect(await workspace.succeed(['run', 'app:test'], env)).toMatch(/\b1 passed\b/);
    expect(installedIn(workspace, 'app')).toContain('pytest');
    await workspace.succeed(['run', 'app:build'], env);
    expect(installedIn(workspace, 'app')).toContain('pytest');
  });
});
