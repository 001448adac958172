import { join } from 'node:path';
import { Starts } from '../packages/nx-venvstacks/src/testing/starts';
import { PackageIndex } from './support/package-index';
import { runAtTerminal } from './support/terminal';
import { runFolder, tasksIn, Workspace } from './support/workspace';

jest.setTimeout(300_000);

const LOCK = ['run-many', '-t', 'lock'];
/** Whoever asks for uv fails: shows that nobody does. */
const NO_UV = { UV: './there-is-no-uv' };
const FORKED = { NX_BATCH_MODE: 'false' };
const ALL = ['core:lock', 'other:lock', 'shop:lock', 'site:lock', 'web:lock'];

const CORE = '[runtime]\npython_implementation = "cpython@3.12.7"\nversioned = true\nrequirements = ["alpha<2"]\n';
const WEB = '[framework]\nruntime = "core"\nversioned = true\nrequirements = ["beta"]\n';
const application = (lower: string, module: string) =>
  `[application]\n${lower}\nversioned = true\nrequirements = []\nlaunch_module = "${module}"\n`;

describe('layers in a batch', () => {
  let index: PackageIndex;

  beforeAll(async () => {
    index = await PackageIndex.start([
      { name: 'alpha', version: '1.0' },
      { name: 'alpha', version: '2.0' },
      { name: 'beta', version: '1.0' },
    ]);
  });
  afterAll(() => index.stop());

  /** A runtime, a framework and three applications, one of which ships a folder with something that git ignores. */
  async function committed(): Promise<Workspace> {
    const workspace = Workspace.create(
      {
        'venvstacks.uv.toml': `exclude-newer = "2026-03-01T00:00:00Z"\n[[index]]\nurl = "${index.url}"\ndefault = true\n`,
        '.gitignore': 'node_modules\n.nx\n__pycache__/\n',
        'core/layer.toml': CORE,
        'web/layer.toml': WEB,
        'site/layer.toml': application('frameworks = ["web"]', 'site'),
        'site/site/__main__.py': 'print("site")\n',
        'site/site/__pycache__/main.pyc': 'compiled',
        'shop/layer.toml': application('frameworks = ["web"]', 'shop.py'),
        'shop/shop.py': 'print("shop")\n',
        'other/layer.toml': application('runtime = "core"', 'other.py'),
        'other/other.py': 'print("other")\n',
      },
      { env: { UV: join(runFolder(), 'uv', 'bin', 'uv') } },
    );
    await workspace.commitAll('Declare layers');
    return workspace;
  }

  /** The same, locked. */
  async function locked(): Promise<Workspace> {
    const workspace = await committed();
    expect(tasksIn(await workspace.succeed(LOCK)).ran).toEqual(ALL);
    await workspace.commitAll('Lock');
    return workspace;
  }

  /** All files, without what differs from run to run. */
  const filesOf = (workspace: Workspace) =>
    Object.fromEntries(
      Object.entries(workspace.files()).map(([path, text]) => [
        path,
        text.replace(/"(?:lineage|fingerprint|locked_at)": ".*"/g, ''),
      ]),
    );
  /** What tasks print, without what Nx says around it, in no order. */
  const messagesIn = (output: string) =>
    output
      .split(/\n{2,}/)
      .filter((part) => /^(?:app|framework)-|^core@/.test(part))
      .sort();

  it('give the files and messages that each gives in a process of its own', async () => {
    const [batch, forked] = [await committed(), await committed()];
    const first = await batch.succeed(LOCK);
    expect(first).toContain('Running 5 tasks with nx-venvstacks:lock');
    const second = await forked.succeed([...LOCK, '--batch=false']);
    expect(second).not.toContain('nx-venvstacks:lock\n');
    expect(messagesIn(first)).toEqual(messagesIn(second));
    expect(messagesIn(first)).toHaveLength(5);
    expect(filesOf(batch)).toEqual(filesOf(forked));

    // And what one has stored, the other finds.
    for (const [workspace, env] of [
      [batch, FORKED],
      [forked, {}],
    ] as const)
      expect(tasksIn(await workspace.succeed(LOCK, { ...NO_UV, ...env }))).toEqual({ ran: [], cached: ALL });
  });

  it('are stored under the right keys: never an old lock comes back', async () => {
    const workspace = await locked();
    const numbers = () =>
      ['core/requirements/pylock.core', 'web/requirements/pylock.framework-web', 'shop/requirements/pylock.app-shop']
        .map((path) => workspace.record(`${path}.meta.json`).lock_version)
        .join();
    workspace.write({ 'core/layer.toml': CORE.replace('alpha<2', 'alpha>=2') });
    expect(tasksIn(await workspace.succeed(LOCK)).ran).toEqual(ALL);
    expect(numbers()).toBe('2,2,2');
    expect(tasksIn(await workspace.succeed(LOCK, { ...NO_UV, ...FORKED })).ran).toEqual([]);

    workspace.write({ 'core/layer.toml': CORE });
    expect(tasksIn(await workspace.succeed(LOCK)).ran).toEqual(ALL);
    expect(numbers()).toBe('3,3,3');

    // A miss between hits: those above it run, the others do not.
    workspace.write({ 'web/layer.toml': WEB.replace('["beta"]', '["beta", "alpha"]') });
    const between = await workspace.succeed(LOCK);
    expect(tasksIn(between)).toEqual({
      ran: ['shop:lock', 'site:lock', 'web:lock'],
      cached: ['core:lock', 'other:lock'],
    });
    for (const env of [FORKED, {}])
      expect(tasksIn(await workspace.succeed(LOCK, { ...NO_UV, ...env })).ran).toEqual([]);

    const skipped = await workspace.succeed([...LOCK, '--skip-nx-cache', '--parallel=1'], NO_UV);
    expect(tasksIn(skipped).ran).toEqual(ALL);
    expect(skipped.match(/^.*: nothing to do$/gm)).toHaveLength(5);
  });

  it('fail alone: what stands on one that fails is skipped, and each report is there once', async () => {
    const workspace = await locked();
    const others = () => workspace.record('other/requirements/pylock.app-other.meta.json').lock_version;
    workspace.write({ 'web/layer.toml': WEB.replace('beta', 'missing-one') });
    for (const [turn, [args, env]] of (
      [
        [['--output-style=static'], {}],
        [['--output-style=stream'], {}],
        [[], {}],
        [[], { GITHUB_ACTIONS: 'true', CI: 'true' }],
        [['--nxBail'], {}],
        [['--batch=false'], {}],
      ] as [string[], NodeJS.ProcessEnv][]
    ).entries()) {
      workspace.append('other/other.py', `print(${turn})\n`);
      const { code, output } = await workspace.nx([...LOCK, ...args], env);
      expect(code).toBe(1);
      expect(output.match(/framework-web: uv could not resolve the layer's requirements:/g)).toHaveLength(1);
      expect(output).toMatch(/Failed tasks:\s+- web:lock\s/);
      expect(output).not.toMatch(/^\s+at /m);
      // With the others Nx has the names of those that succeeded.
      if (args.includes('--output-style=static'))
        expect(output.match(new RegExp(`app-other@${turn + 2} \\(was \\d+\\):`, 'g'))).toHaveLength(1);
      if (args.includes('--nxBail')) continue;
      expect(output).toMatch(/- shop:lock\s+- site:lock\s/);
      expect(others()).toBeGreaterThanOrEqual(turn + 2);
    }
  });

  it('fail alone with an option that there is none of, wherever it comes from', async () => {
    const workspace = await locked();
    const failed = (output: string) => /Failed tasks:\s+((?:- \S+\s+)+)/.exec(output)?.[1]?.trimEnd();
    const targets = { lock: { options: { pyhton: 1 } }, 'lock-check': { configurations: { ci: { fetch: true } } } };
    workspace.write({ 'other/project.json': JSON.stringify({ targets }) });
    const unknown = (name: string) =>
      `app-other: unknown option '${name}'\n  This target takes none. If nobody typed it, `;
    for (const args of [[], ['--batch=false']]) {
      for (const [command, message, others] of [
        [[...LOCK, '--skip-nx-cache'], unknown('pyhton'), /^\S+@1: nothing to do$/gm],
        [['run-many', '-t', 'lock-check', '-c', 'ci'], unknown('fetch'), /^\S+@1: valid$/gm],
      ] as const) {
        const output = await workspace.fail([...command, ...args], NO_UV);
        expect(output.split(message)).toHaveLength(2);
        expect(output.match(others)).toHaveLength(4);
        expect(failed(output)).toMatch(/^- other:lock\S*$/);
        expect(output).not.toMatch(/^\s+at /m);
      }
      const typed = await workspace.fail(['run', 'shop:show', 'extra', ...args], NO_UV);
      expect(typed).toContain("app-shop: unknown argument 'extra'\n  This target takes none.\n");
      const empty = await workspace.fail(['run', 'core:upgrade', '--package', ...args], NO_UV);
      expect(empty).toContain("core: the option 'package' must be a text or a list of texts, not true\n  Only these");
    }
    for (const [target, options] of [
      ['lock', []],
      ['upgrade', ['--dryRun', '--package', '--reset']],
    ] as const) {
      const { output } = await workspace.nx(['run', `shop:${target}`, '--help']);
      expect(output.match(/^ +--\w+/gm)?.map((option) => option.trim()) ?? []).toEqual(options);
    }
  });

  it('are checked in one process, each with its own verdict', async () => {
    const workspace = await locked();
    workspace.append('shop/shop.py', '#\n');
    const output = await workspace.fail(['run-many', '-t', 'lock-check'], NO_UV);
    expect(output).toContain('Running 5 tasks with nx-venvstacks:lock-check');
    expect(output).toContain('app-shop@1 is stale:\n  launch module shop changed\n');
    expect(output.match(/^\S+@1: valid$/gm)).toHaveLength(4);
  });

  it('need neither uv nor Python for an edited module, and git once where history has moved', async () => {
    const workspace = await locked();
    const starts = new Starts(['git', 'uv', 'python', 'python3'], workspace.env.PATH);
    const edit = async (project: string, module: string) => {
      workspace.append(module, '# edited\n');
      const output = await workspace.succeed(['run', `${project}:lock`], { ...NO_UV, PATH: starts.path });
      expect(output).toMatch(new RegExp(`app-${project}@\\d+ \\(was \\d+\\): launch module ${project} changed`));
      // Nx itself asks for the address that a repository was cloned from.
      return starts.take().filter((line) => line !== 'git remote -v');
    };
    const once = [expect.stringMatching(/^git .* log /)];
    expect(await edit('shop', 'shop/shop.py')).toEqual(once);
    expect(await edit('shop', 'shop/shop.py')).toEqual([]);
    expect(await edit('site', 'site/site/__main__.py')).toEqual([]);
    await workspace.commitAll('Edit');
    expect(await edit('site', 'site/site/__main__.py')).toEqual(once);
    expect(await edit('shop', 'shop/shop.py')).toEqual([]);
  });

  it('tell a terminal what is under way, and keep nothing of it', async () => {
    const workspace = await committed();
    index.delay = 1500;
    try {
      const atTerminal = async (...args: string[]) => {
        const command = [process.execPath, join(workspace.root, 'node_modules/nx/dist/bin/nx.js'), 'run', ...args];
        const env = { ...workspace.env, CI: 'false', TERM: 'xterm' };
        const { code, output } = await runAtTerminal(command, [], { cwd: workspace.root, env });
        expect(code).toBe(0);
        return output;
      };
      expect(await atTerminal('web:lock', '--output-style=static')).toContain('core: resolving …\n');
      const again = await workspace.succeed(['run', 'web:lock'], NO_UV);
      expect(tasksIn(again).ran).toEqual([]);
      expect(again).toContain('core@1 (new)');
      expect(again).not.toContain('resolving');
      // A process of its own has a terminal of its own, of which Nx keeps all.
      workspace.write({ 'core/layer.toml': CORE.replace('alpha<2', 'alpha>=2') });
      expect(await atTerminal('core:lock', '--batch=false')).not.toContain('resolving');
      workspace.write({ 'core/layer.toml': CORE });
      expect(await workspace.succeed(['run', 'core:lock'])).not.toContain('resolving');
    } finally {
      index.delay = 0;
    }
  });
});
