import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync } from 'node:fs';
import { dirname, delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createLayers, installedIn, LAYERS, MINOR, NO_UV, WITH_UV } from './support/environments';
import { CTRL_C, runAtTerminal } from './support/terminal';
import { blocksOf, sectionOf } from './support/transcript';
import { buildWheels } from './support/wheels';
import { CUTOFF, tasksIn, type Workspace } from './support/workspace';

jest.setTimeout(60_000);

/** At a terminal, where Nx gives tasks none of their own. */
const PIPED = { CI: '', TERM: 'xterm', NX_NATIVE_COMMAND_RUNNER: 'false' };

/** Waits until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  for (const begun = Date.now(); !isSo(); await setTimeout(50))
    if (Date.now() - begun > 45_000) throw new Error(`still not: ${isSo.toString()}`);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One that has ended stays until somebody asks for its exit code.
  const state = `/proc/${pid}/stat`;
  return !existsSync(state) || !/\) [ZX] /.test(readFileSync(state, 'utf8'));
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
    workspace = await createLayers();
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    await workspace.succeed(['run', 'app:build'], WITH_UV);
    await workspace.commitAll('Lock');
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

  it('tell of a signal that ended what they run, as a shell does', async () => {
    const script = 'import os; os.kill(os.getpid(), 9)';
    expect(await workspace.fail(['run', 'app:python', '--', '-c', script], NO_UV)).toContain(
      'app-app: exit code 137\n',
    );
  });

  describe('have what they run end by itself', () => {
    /** Writes down who it is, and which signals it gets; puts things in order before it ends. */
    const WAIT = [
      'import os, signal, sys, time',
      'told, wanted = open(sys.argv[1], "w", buffering=1), int(sys.argv[2])',
      'got, end = [], time.monotonic() + 40',
      'def note(number, frame):',
      '    got.append(signal.Signals(number).name)',
      'for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):',
      '    signal.signal(number, note)',
      'told.write(f"{os.getpid()} {os.getppid()}\\n")',
      'print("begun to wait", flush=True)',
      'while len(got) < wanted and time.monotonic() < end:',
      '    time.sleep(0.01)',
      'time.sleep(0.5)',
      'told.write(" ".join([*got, "cleaned up"]) + "\\n")',
    ];
    let running: ChildProcess | undefined;
    afterEach(() => running?.kill('SIGKILL'));
    /** What a run of it has written: its own process and the task's, then what it got, once that are so many signals. */
    const begin = (name: string, wanted: number) => {
      const told = join(workspace.root, '.nx', `told-${name}`);
      workspace.write({ '.nx/wait.py': WAIT.join('\n') });
      const args = ['run', 'app:python', '--', join(workspace.root, '.nx/wait.py'), told, String(wanted)];
      const lines = () => (existsSync(told) ? readFileSync(told, 'utf8') : '').split('\n').slice(0, -1);
      const pids = () => (lines()[0] ?? '').split(' ').map(Number) as [program: number, task: number];
      const ended = async () => {
        await until(() => lines().length === 2);
        await until(() => !pids().some(isRunning));
        return lines()[1];
      };
      return { args, lines, pids, ended };
    };

    it.each(['SIGTERM', 'SIGINT'] as const)('when Nx gets %s', async (signal) => {
      const { args, lines, ended } = begin(`nx-${signal}`, 1);
      running = workspace.start(args, NO_UV);
      await until(() => lines().length === 1);
      running.kill(signal);
      expect(await ended()).toMatch(/ cleaned up$/);
    });

    it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('when only the task gets %s', async (signal) => {
      const { args, lines, pids, ended } = begin(`task-${signal}`, 1);
      // Not at the terminal of whoever runs the tests, which would send signals by itself.
      running = workspace.start(args, NO_UV, { detached: true });
      const exit = once(running, 'exit');
      await until(() => lines().length === 1);
      process.kill(pids()[1], signal);
      expect(await ended()).toBe(`${signal} cleaned up`);
      expect(await exit).toEqual([0, null]);
    });

    it('when Ctrl+C is typed, if they handle all signals that Nx and the terminal send', async () => {
      const { args, ended } = begin('terminal', 3);
      const { code } = await workspace.nxAtTerminal(args, [['begun to wait', CTRL_C]], NO_UV);
      const got = (await ended())?.replace(' cleaned up', '').split(' ') ?? [];
      // Each once, in whatever order.
      expect(got.sort()).toEqual(['SIGHUP', 'SIGINT', 'SIGTERM']);
      expect(code).not.toBe(0);
    });

    it('when Ctrl+C is typed and their input is a pipe: it comes once', async () => {
      const { args, ended } = begin('pipe', 2);
      const env = { ...workspace.env, ...NO_UV, ...PIPED };
      const command = ['sh', '-c', 'printf piped | node_modules/.bin/nx "$@"', 'nx', ...args];
      await runAtTerminal(command, [['begun to wait', CTRL_C]], { cwd: workspace.root, env });
      expect((await ended())?.split(' ').filter((signal) => signal === 'SIGINT')).toHaveLength(1);
    });
  });

  it('run any Python, and import what is shipped, from where its sources are, and nothing beside it', async () => {
    const code = [
      'import importlib.util as u',
      'names = ["report", "helper", "beside", "gamma", "beta"]',
      'print([n for n in names if u.find_spec(n)], __import__("helper").__file__)',
    ].join('; ');
    const output = await workspace.succeed(['run', 'app:python', '--', '-c', code], NO_UV);
    expect(output).toContain(`['report', 'helper', 'gamma', 'beta'] ${join(workspace.root, 'shared/helper.py')}\n`);
    // A layer does not see what stands on it.
    const below = await workspace.succeed(
      ['run', 'a:python', '--', '-c', code.replace(', __import__("helper").__file__', '')],
      NO_UV,
    );
    expect(below).toContain('[]\n');
  });

  it('have a shell at a terminal, which shows once what is typed', async () => {
    // The process that built the layers ends when the one of the shell has begun, as it sometimes does by itself.
    const late = [
      "const { existsSync, writeFileSync } = require('node:fs');",
      "const begun = __filename + '.begun';",
      "const [, script = ''] = process.argv;",
      "if (script.endsWith('run-executor.js')) writeFileSync(begun, '');",
      'const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);',
      'const wait = (until) => { while (!existsSync(begun) && Date.now() < until) pause(); };',
      "if (script.endsWith('run-batch.js')) process.on('exit', () => wait(Date.now() + 20_000));",
    ];
    workspace.write({ '.nx/late.cjs': late.join('\n') });
    const typed = 'import gamma, sys; print(sys.stdout.isatty(), 6 * 7)';
    const { code, output } = await workspace.nxAtTerminal(
      ['run', 'app:python'],
      [
        ['>>> ', `${typed}\r`],
        // Before the next prompt the terminal itself would show what is typed.
        ['True 42\r\n>>> ', 'exit()\r'],
      ],
      { NODE_OPTIONS: `--require=${join(workspace.root, '.nx/late.cjs')}` },
    );
    expect(output).toContain(`\n>>> ${typed}\nTrue 42\n>>> exit()\n`);
    expect(code).toBe(0);
    expect(existsSync(join(workspace.root, '.nx/late.cjs.begun'))).toBe(true);
  });

  it('read what is piped to them at a terminal, where Nx is told to give them none of its own', async () => {
    const env = { ...workspace.env, ...NO_UV, ...PIPED };
    const command = 'printf piped | node_modules/.bin/nx run app:launch --output-style=static';
    const { code, output } = await runAtTerminal(['sh', '-c', command], [], { cwd: workspace.root, env });
    expect(reported(output)).toHaveProperty('input', 'piped');
    expect(code).toBe(0);
  });

  it('start in the folder where the command was typed', async () => {
    const nx = join(workspace.root, 'node_modules/.bin/nx');
    const typedIn = (folder: string, env: string) =>
      workspace.shell(
        `cd ${folder} && ${env} UV=${NO_UV.UV} ${nx} run app:python -- -c 'import os; print(os.getcwd())'`,
      );
    for (const env of ['', `INIT_CWD=${join(workspace.root, 'shared')}`])
      expect((await typedIn('shared', env)).output).toContain(`\n${join(workspace.root, 'shared')}\n`);
    // A package manager that was called elsewhere.
    expect((await typedIn('.', 'INIT_CWD=/')).output).toContain(`\n${workspace.root}\n`);
  });

  it('say what is wrong with an environment that cannot be read, also where nothing is built before', async () => {
    const stamp = join(workspace.root, 'layers/app/.venv/nx-venvstacks.json');
    renameSync(stamp, `${stamp}.away`);
    mkdirSync(stamp);
    const output = await workspace.fail(['run', 'app:launch', '--excludeTaskDependencies'], NO_UV);
    expect(output).toMatch(/^cannot read \S*nx-venvstacks\.json: EISDIR: a folder, not a file/m);
    rmdirSync(stamp);
    renameSync(`${stamp}.away`, stamp);
  });

  it('start in a folder of the workspace, if told to, and have no other option', async () => {
    const options = (value: object) =>
      workspace.write({ 'layers/app/project.json': JSON.stringify({ targets: { python: { options: value } } }) });
    const where = ['run', 'app:python', '--', '-c', 'import os; print(os.getcwd())'];
    options({ cwd: 'shared' });
    expect(await workspace.succeed(where, NO_UV)).toContain(`${join(workspace.root, 'shared')}\n`);
    for (const [value, message] of [
      [{ cwd: 'nowhere' }, 'app-app: the target\'s option cwd is "nowhere", which is no folder\n  It starts from'],
      [{ cwd: 5 }, "app-app: the target's option cwd is 5, which is no folder"],
      [{ cdw: 'shared' }, "app-app: the target's option 'cdw' is not known\n  Known is: cwd.\n"],
    ] as const) {
      options(value);
      expect(await workspace.fail(where, NO_UV)).toContain(message);
    }
    workspace.remove('layers/app/project.json');
  });

  it('run sources as they are now; an edit needs no lock', async () => {
    workspace.write({ 'shared/helper.py': 'NAME = "second"\n' });
    const output = await workspace.succeed(['run', 'app:launch'], NO_UV);
    expect(reported(output)).toHaveProperty('helper', 'second');
    expect(output).toContain('  support module helper changed since it was locked\n');
    await workspace.git('checkout', '--', '.');
  });

  it('has sources as where it is deployed: the standard library first, packages without __init__.py, data', async () => {
    const workspace = await createLayers({
      'layers/app/layer.toml': LAYERS['layers/app/layer.toml'].replace('helper.py"', 'helper.py", "statistics.py"'),
      'layers/app/statistics.py': 'raise SystemExit("not the standard library")\n',
      'layers/app/report/data.txt': 'data',
      '.gitignore': 'node_modules\n.nx\n',
    });
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    const code = [
      'import statistics, report, report.part, importlib.resources as r',
      'print(statistics.mean([1, 3]), (r.files("report") / "data.txt").read_text())',
    ].join('; ');
    expect(await workspace.succeed(['run', 'app:python', '--', '-c', code], WITH_UV)).toContain('2 data\n');
    // Nothing that running leaves behind counts as a source.
    expect(await workspace.succeed(['run', 'app:lock'], NO_UV)).toContain('app-app@1');
    await workspace.succeed(['run', 'app:lock-check'], NO_UV);
  });
});

describe('a workspace that has Nx cache whatever is called build', () => {
  it('runs layers all the same, and builds them where it is told that ours is another build', async () => {
    const defaults = { build: { cache: true, dependsOn: ['^build'], outputs: ['{projectRoot}/dist'] } };
    const nxJson = { analytics: false, plugins: ['nx-venvstacks'], targetDefaults: defaults };
    const workspace = await createLayers({ 'nx.json': JSON.stringify(nxJson) });
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    await workspace.commitAll('Lock');
    await workspace.succeed(['run', 'app:build'], WITH_UV);
    const clone = await workspace.clone('clone');
    const launched = await clone.succeed(['run', 'app:launch'], WITH_UV);
    expect(tasksIn(launched).cached).toContain('app:build');
    expect(reported(launched)).toHaveProperty('path', ['app', 'b', 'a', 'py']);
    expect(installedIn(clone, 'app')).toEqual(['gamma']);
    // The cache of other targets does not depend on what is built.
    expect(tasksIn(await clone.succeed(['run', 'app:lock'], NO_UV)).ran).toEqual([]);

    const own = { ...defaults, 'nx-venvstacks:build': { cache: false } };
    clone.write({ 'nx.json': JSON.stringify({ ...nxJson, targetDefaults: own }) });
    clone.remove('layers/app/.venv');
    expect(await clone.succeed(['run', 'app:build'], WITH_UV)).toContain('app-app@1: built in layers/app/.venv');
  });
});

describe('docs/run.md', () => {
  it('has tests run against the locked packages, with what only they need', async () => {
    const page = readFileSync(join(__dirname, '../docs/run.md'), 'utf8');
    const [block] = blocksOf(sectionOf(page, '## Tests')).filter(({ language }) => language === 'json');
    const workspace = await createLayers({
      // Pytest needs that, too, and would bring a newer one.
      'layers/py/layer.toml': LAYERS['layers/py/layer.toml'].replace('"core"', '"core", "iniconfig"'),
      'layers/app/project.json': (block?.text ?? '').replace('clustering-demo', 'app'),
      'layers/app/test_report.py':
        'import gamma, helper, pytest\n\n\ndef test_layers():\n    assert (gamma.VERSION, helper.NAME) == ("1.0", "first")\n',
    });
    await buildWheels(join(workspace.root, 'wheels'), [{ name: 'iniconfig', version: '2.0.0' }]);
    const bin = dirname(WITH_UV.UV);
    const env = { ...WITH_UV, PATH: [bin, workspace.env.PATH].join(delimiter), UV_EXCLUDE_NEWER: CUTOFF };
    await workspace.succeed(['run', 'app:lock'], env);
    expect(await workspace.succeed(['run', 'app:test'], env)).toMatch(/\b1 passed\b/);
    expect(installedIn(workspace, 'app')).toContain('pytest');
    expect(workspace.list(`layers/app/.venv/lib/python${MINOR}/site-packages`)).toContain('iniconfig-2.0.0.dist-info');
    const built = await workspace.succeed(['run', 'app:build'], { ...env, ...NO_UV });
    expect(built.match(/: nothing to do$/gm)).toHaveLength(4);
  });
});
