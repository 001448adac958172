import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PackageIndex } from '../package-index';
import { tasksIn, type Workspace } from '../workspace';
import { graphsServed, stopDaemon, takeUpDaemon } from './daemon';
import type { Combination } from './combinations';
import type { Installation } from './installation';

/** Whoever asks for uv fails: shows that nobody does. */
const NO_UV = { UV: './there-is-no-uv' };
/** Clones of a test share what Nx keeps of a workspace, where its daemon would be found. */
const NO_DAEMON = { NX_DAEMON: 'false' };
const LOCK_ALL = ['run-many', '-t', 'lock'];
const ALL_LOCKS = ['hello:lock', 'other:lock', 'python:lock', 'web:lock'];

const PYTHON = '[runtime]\npython_implementation = "cpython@3.12.7"\nversioned = true\nrequirements = ["core<2"]\n';
const OTHER =
  '[application]\nruntime = "python"\nversioned = true\nrequirements = []\nlaunch_module = "../../shared/other.py"\n';
const LAYERS = {
  'layers/python/layer.toml': PYTHON,
  'layers/web/layer.toml': '[framework]\nruntime = "python"\nversioned = true\nrequirements = ["alpha", "beta"]\n',
  'layers/hello/layer.toml':
    '[application]\nframeworks = ["web"]\nversioned = true\nrequirements = ["gamma"]\nlaunch_module = "hello.py"\n',
  'layers/hello/hello.py': 'print("hello")\n',
  'layers/other/layer.toml': OTHER,
  'shared/other.py': 'print("other")\n',
};

/**
 * All that people do, once, with one Nx. Each step goes on from the state that the last one left.
 *
 * @param exec what a user types before `nx`; undefined: not to be tried
 */
export function describeCore(
  { nx, daemon }: Combination,
  install: () => Promise<Installation>,
  exec: string | undefined,
): void {
  let installation: Installation;
  let index: PackageIndex;
  let workspace: Workspace;
  const lock = (env?: NodeJS.ProcessEnv) => workspace.succeed(LOCK_ALL, env);
  const numbers = () =>
    [
      'python/requirements/pylock.python',
      'web/requirements/pylock.framework-web',
      'hello/requirements/pylock.app-hello',
    ]
      .map((path) => workspace.record(`layers/${path}.meta.json`).lock_version)
      .join();

  beforeAll(async () => {
    index = await PackageIndex.start([
      { name: 'core', version: '1.0' },
      { name: 'core', version: '2.0' },
      ...['alpha', 'beta', 'gamma'].map((name) => ({ name, version: '1.0' })),
    ]);
  });
  afterAll(async () => {
    try {
      if (daemon) await stopDaemon(workspace);
    } finally {
      await index.stop();
    }
  });

  it('is installed beside other projects, and makes layers projects with edges, tags and targets', async () => {
    installation = await install();
    workspace = await installation.create({
      ...LAYERS,
      'venvstacks.uv.toml': `exclude-newer = "2026-03-01T00:00:00Z"\n[[index]]\nurl = "${index.url}"\ndefault = true\n`,
    });

    const { nodes, dependencies } = await workspace.graph();

    expect(Object.keys(nodes).sort()).toEqual(['hello', 'other', 'python', 'site', 'web']);
    const edges = Object.values(dependencies)
      .flat()
      .map(({ source, target, type }) => `${source} -> ${target} (${type})`);
    expect(edges.sort()).toEqual(['hello -> web (implicit)', 'other -> python (implicit)', 'web -> python (implicit)']);
    expect(nodes.hello?.data.tags).toEqual(expect.arrayContaining(['layer:application', 'stack:workspace']));
    expect(
      Object.keys(nodes.hello?.data.targets ?? {})
        .sort()
        .join(' '),
    ).toBe('build launch lock lock-check python show upgrade');
    // Nx 22 would store the results of a batch under wrong keys.
    const lockExecutor = `nx-venvstacks:lock${nx.startsWith('22.') ? '-forked' : ''}`;
    expect(nodes.hello?.data.targets.lock).toMatchObject({ executor: lockExecutor, cache: true });
  });

  it('locks all, then finds all in the cache', async () => {
    const first = await lock();
    expect(tasksIn(first)).toEqual({ ran: ALL_LOCKS, cached: [] });
    expect(first).toContain('app-hello@1 (new)\n  1 package');
    const again = await lock(NO_UV);
    expect(tasksIn(again)).toEqual({ ran: [], cached: ALL_LOCKS });
    await workspace.commitAll('Lock');
  });

  it('gives an edited launch module the next number, in one task, without uv', async () => {
    workspace.append('layers/hello/hello.py', 'print("again")\n');
    const output = await lock(NO_UV);
    expect(tasksIn(output)).toEqual({ ran: ['hello:lock'], cached: ['other:lock', 'python:lock', 'web:lock'] });
    expect(output).toContain('app-hello@2 (was 1): launch module hello changed');
    expect(tasksIn(await lock(NO_UV)).ran).toEqual([]);
  });

  it('moves numbers up for a requirement low in the stack, and on when it is reverted', async () => {
    expect(numbers()).toBe('1,1,2');
    workspace.write({ 'layers/python/layer.toml': PYTHON.replace('core<2', 'core>=2') });
    // Nor does it store wrong results where a batch is asked for.
    const edited = await lock({ NX_BATCH_MODE: 'true' });
    expect(tasksIn(edited).ran).toEqual(ALL_LOCKS);
    expect(edited).toContain('core 1.0 → 2.0');
    expect(numbers()).toBe('2,2,3');

    workspace.write({ 'layers/python/layer.toml': PYTHON });
    const reverted = await lock({ NX_BATCH_MODE: 'true' });
    expect(tasksIn(reverted).ran).toEqual(ALL_LOCKS);
    expect(numbers()).toBe('3,3,4');
    expect(tasksIn(await lock(NO_UV)).ran).toEqual([]);
  });

  it('ends with what moved, where a terminal does not show what tasks print', async () => {
    workspace.append('shared/other.py', 'print("again")\n');
    const { output } = await workspace.nxAtTerminal(LOCK_ALL, [], NO_UV);
    expect(output).not.toContain('launch module other changed');
    expect(output.split('Layers that moved:\n  app-other@4 (was 3)\n')).toHaveLength(2);
  });

  it('finds all valid, and in the cache, in a clone of the commit, which stays clean', async () => {
    const checked = await workspace.succeed(['run-many', '-t', 'lock-check'], NO_UV);
    expect(checked).toContain('app-hello@4: valid\n');
    expect(checked).toContain('python@3: valid\n');
    await workspace.commitAll('Lock again');

    const clone = await workspace.clone('clone');
    await installation.complete(clone);
    const hits = await clone.succeed(LOCK_ALL, { ...NO_UV, ...NO_DAEMON });
    expect(tasksIn(hits)).toEqual({ ran: [], cached: ALL_LOCKS });
    expect(await clone.git('status', '--porcelain')).toBe('');
  });

  it('has nothing to do in a clone with a cache of its own', async () => {
    const clone = await workspace.clone('elsewhere', { ownCache: true });
    await installation.complete(clone);
    const output = await clone.succeed(LOCK_ALL, { ...NO_UV, ...NO_DAEMON });
    expect(tasksIn(output)).toEqual({ ran: ALL_LOCKS, cached: [] });
    expect(output).toContain('app-hello@4: nothing to do\n');
    expect(await clone.git('status', '--porcelain')).toBe('');
  });

  it('checks what a change affects, and says why it is stale', async () => {
    workspace.append('layers/hello/hello.py', 'print("stale")\n');
    const output = await workspace.fail(['affected', '-t', 'lock-check', '--base=HEAD'], NO_UV);
    expect(tasksIn(output).ran).toEqual(['hello:lock-check']);
    expect(output).toContain(
      'app-hello@4 is stale:\n  launch module hello changed\n  it would be app-hello@5\n  Lock it: npx nx run hello:lock\n',
    );
    await workspace.git('checkout', '--quiet', '.');
  });

  it('hands the options of upgrade down', async () => {
    for (const name of ['alpha', 'beta', 'gamma']) index.add({ name, version: '2.0' });
    const output = await workspace.succeed(['run', 'hello:upgrade', '--package=alpha']);
    expect(tasksIn(output).ran).toEqual(['hello:upgrade', 'python:upgrade', 'web:upgrade']);
    expect(output).toContain('framework-web@4 (was 3): packages upgraded\n  alpha 1.0 → 2.0\n');
    expect(output.match(/^ {2}\w+ 1\.0 → 2\.0$/gm)).toEqual(['  alpha 1.0 → 2.0']);
    expect(tasksIn(await lock(NO_UV)).ran).toEqual(['hello:lock', 'web:lock']);
  });

  it('says what is wrong with an option or a broken definition, and leaves the others usable', async () => {
    const targets = { 'lock-check': { options: { pyhton: 1 } } };
    workspace.write({ 'layers/other/project.json': JSON.stringify({ targets }) });
    const configured = await workspace.fail(['run-many', '-t', 'lock-check'], NO_UV);
    expect(configured).toContain("app-other: unknown option 'pyhton'\n  This target takes none.");
    expect(configured.match(/^\S+: valid$/gm)).toHaveLength(3);
    expect(configured).toMatch(/Failed tasks:\s+- other:lock-check\s+(?!-)/);
    workspace.remove('layers/other/project.json');
    const typed = await workspace.fail(['run', 'hello:lock', 'extra'], NO_UV);
    expect(typed).toContain("app-hello: unknown argument 'extra'\n");
    workspace.write({ 'layers/other/layer.toml': OTHER.replace('"python"', '"pyton"') });
    const failed = await workspace.fail(['run', 'other:lock'], NO_UV);
    expect(failed).toContain("layers/other/layer.toml:2:11: application other: runtime: unknown runtime 'pyton'");
    expect(failed).not.toMatch(/^\s+at /m);
    expect(tasksIn(await workspace.succeed(['run', 'hello:lock'], NO_UV)).ran).toEqual([]);
    workspace.write({ 'layers/other/layer.toml': OTHER });
  });

  it('sees a layer on another one, and one less, in the very next command', async () => {
    workspace.write({ 'layers/other/layer.toml': OTHER.replace('runtime = "python"', 'frameworks = ["web"]') });
    const { dependencies } = await workspace.graph();
    expect(dependencies.other).toEqual([expect.objectContaining({ target: 'web' })]);
    workspace.remove('layers/other');
    expect(Object.keys((await workspace.graph()).nodes)).not.toContain('other');
  });

  it('generates layers that lock at once', async () => {
    const generate = async (...args: string[]) => {
      const { code, output } = await workspace.nx(['g', ...args]);
      if (code !== 0) throw new Error(output);
      return output;
    };
    const output = [
      await generate('nx-venvstacks:runtime', 'snake', '--python=3.12'),
      await generate('nx-venvstacks:framework', 'tools', '--runtime=snake', '-r', 'alpha'),
      await generate('nx-venvstacks:app', 'demo', '--frameworks=tools'),
    ].join('');
    expect(output.match(/^CREATE .*$/gm)).toEqual([
      'CREATE layers/snake/layer.toml',
      'CREATE layers/tools/layer.toml',
      'CREATE layers/demo/layer.toml',
      'CREATE layers/demo/demo.py',
    ]);
    const locked = await workspace.succeed(['run', 'demo:lock']);
    expect(tasksIn(locked).ran).toEqual(['demo:lock', 'snake:lock', 'tools:lock']);
    expect(locked).toContain('app-demo@1 (new)\n');
  });

  it('refuses to generate a layer with the name of another project', async () => {
    const { code, output } = await workspace.nx(['g', 'nx-venvstacks:framework', 'site', '--runtime=snake']);
    expect(output).toContain("cannot create framework 'site': there is a project 'site' already, in packages/site");
    expect(code).toBe(1);
  });

  it('is shown by Nx, and by its own target', async () => {
    const { output } = await workspace.nx(['show', 'project', 'hello', '--json']);
    const shown = JSON.parse(output.slice(output.indexOf('{'))) as { root: string; targets: object };
    expect(shown.root).toBe('layers/hello');
    expect(shown.targets).toHaveProperty('lock');
    expect(await workspace.succeed(['run', 'hello:show'], NO_UV)).toContain('application hello -> app-hello@5\n');
  });

  it('builds an application for this machine, and runs it', async () => {
    const version = execFileSync('python3', ['-c', 'import platform; print(platform.python_version())']);
    workspace.write({
      'layers/here/layer.toml': `[runtime]\npython_implementation = "cpython@${String(version).trim()}"\nrequirements = []\n`,
      'layers/tool/layer.toml':
        '[application]\nruntime = "here"\nrequirements = []\nlaunch_module = "tool.py"\nversioned = true\n',
      'layers/tool/tool.py': 'import sys\nprint("tool of", sys.prefix, sys.argv[1:])\nsys.exit(len(sys.argv) > 3)\n',
    });
    await workspace.succeed(['run', 'tool:lock']);
    const launched = await workspace.succeed(['run', 'tool:launch', '--', '--verbose', 'a b']);
    expect(tasksIn(launched).ran).toEqual(['here:build', 'tool:build', 'tool:launch']);
    expect(launched).toContain(`tool of ${join(workspace.root, 'layers/tool/.venv')} ['--verbose', 'a b']\n`);
    expect(await workspace.fail(['run', 'tool:launch', '--', '1', '2', '3'], NO_UV)).toContain(
      'app-tool: exit code 1\n',
    );
  });

  if (exec !== undefined) {
    it('runs through the package manager', async () => {
      const projects = await workspace.shell(`${exec} nx show projects`);
      expect(projects.output).toMatch(/^hello$/m);
      const stack = await workspace.shell(`${exec} nx-venvstacks show`);
      expect(stack.output).toContain('app-demo -> app-demo@1');
    });
  }

  if (daemon) {
    const gaveUp: string[] = [];
    afterEach(() => {
      gaveUp.push(...takeUpDaemon(workspace));
    });

    it('sees an edit also when the daemon has made a graph of it by itself', async () => {
      workspace.append('layers/hello/hello.py', 'print("later")\n');
      await sleep(2000);
      const served = graphsServed(workspace);
      expect(await workspace.succeed(['run', 'hello:lock'], NO_UV)).toContain('app-hello@6 (was 5): launch module');
      expect(graphsServed(workspace)).toBeGreaterThan(served);
    });

    const lockPython = ['run', 'python:lock'];
    const newer = { MACOSX_DEPLOYMENT_TARGET: '14.0' };
    const seen = 'macosx_target is now 14.0 (was 13.0)';
    if (nx.startsWith('22.')) {
      // Its daemon makes no new graph for a variable, and keeps one that is gone: better no lock than a wrong one.
      it('sees variables, or refuses to lock until it is stopped', async () => {
        const { output } = await workspace.nx([...lockPython, '--output-style=static'], newer);
        expect(output).toContain(seen);
        await stopDaemon(workspace);
        await workspace.succeed(lockPython, newer);
        expect(await workspace.succeed(['run', 'python:lock-check'], newer)).toContain('python@4: valid');
      });
    } else {
      it('sees variables as they are for the very next command', async () => {
        expect(await workspace.succeed(lockPython, newer)).toContain(`python@4 (was 3): ${seen}`);
        const unset = await workspace.succeed(lockPython);
        expect(unset).toContain('python@5 (was 4): macosx_target is now 13.0 (was 14.0)');
      });
    }

    it('did nearly all that with a daemon', () => {
      // Not whether one runs now: it may end at any time, and the next command starts another.
      // Of 31 commands and more, some of which Nx may have run without, as after a daemon that failed.
      expect({ gaveUp, nearlyAll: graphsServed(workspace) > 20 }).toEqual({ gaveUp, nearlyAll: true });
      expect(gaveUp.length).toBeLessThan(3);
    });
  }
}
