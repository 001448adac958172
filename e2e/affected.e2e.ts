import { mkdtempSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LockedStack } from '../packages/nx-venvstacks/src/testing/locked-stack';
import { PackageIndex } from './support/package-index';
import { ALPHA_LAYERS, LAYERS_LAYERS, RELEASES, twoStacks } from './support/two-stacks';
import { UvLog } from './support/uv-log';
import { runFolder, tasksIn, Workspace } from './support/workspace';

jest.setTimeout(300_000);

/** By tasks, as Nx 24 does by default, and by projects, as it did before. */
const MODES = { tasks: 'false', projects: 'true' };
type Mode = keyof typeof MODES;

const edit = (workspace: Workspace, path: string, from: string, to: string) => {
  const text = workspace.read(path);
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
  workspace.write({ [path]: text.replace(from, to) });
};

/** Names, sorted. */
type Projects = readonly string[];

interface Change {
  readonly what: string;
  readonly make: (workspace: Workspace) => void;
  /** Whose `lock` and `lock-check` it concerns. */
  readonly selects: Projects;
  /** Where `lock` and `lock-check`, or the modes, differ. */
  readonly otherwise?: Partial<Record<`${'lock' | 'lock-check'} by ${Mode}`, Projects>>;
}

const none: Projects = [];
const ABOVE_WEB = ['charts', 'hello', 'tool', 'web'];
const ABOVE_BASE = ['base', 'one', 'top', 'two'];

const CHANGES: readonly Change[] = [
  {
    what: 'a launch module outside of its project',
    make: (workspace) => edit(workspace, 'alpha/one.py', 'one', 'ONE'),
    selects: ['one'],
  },
  {
    what: 'a launch module in its project',
    make: (workspace) => edit(workspace, 'layers/hello/hello.py', 'hello', 'HELLO'),
    selects: ['hello'],
  },
  {
    what: 'a support module that two stacks share',
    make: (workspace) => edit(workspace, 'shared/common.py', '1', '2'),
    selects: ['hello', 'one'],
  },
  {
    what: 'a new file in a package folder',
    make: (workspace) => workspace.write({ 'alpha/two/new.py': '' }),
    selects: ['two'],
  },
  {
    what: 'a file deleted from a package folder',
    make: (workspace) => workspace.remove('alpha/two/table.py'),
    selects: ['two'],
  },
  {
    what: 'ignored files in a package folder',
    make: (workspace) => workspace.write({ 'src/tool/x.local': '', 'alpha/two/__pycache__/table.pyc': '' }),
    selects: none,
  },
  {
    what: "a runtime's requirements",
    make: (workspace) => edit(workspace, 'layers/python/layer.toml', '"core"', '"core", "gamma"'),
    selects: LAYERS_LAYERS,
  },
  {
    what: "a framework's requirements",
    make: (workspace) => edit(workspace, 'layers/web/layer.toml', '"alpha"', '"alpha", "gamma"'),
    selects: ABOVE_WEB,
  },
  {
    what: "an application's requirements",
    make: (workspace) => edit(workspace, 'layers/tool/layer.toml', '[]', '["gamma"]'),
    selects: ['tool'],
  },
  {
    // The file is an input of all its layers. Those that it does not concern find nothing to do.
    what: 'one table of a venvstacks.toml',
    make: (workspace) => edit(workspace, 'alpha/venvstacks.toml', '"gamma"', '"gamma", "delta"'),
    selects: ALPHA_LAYERS,
  },
  {
    what: 'the uv configuration of layer.toml files',
    make: (workspace) => workspace.append('venvstacks.uv.toml', 'exclude-newer = "2026-02-01"\n'),
    selects: LAYERS_LAYERS,
  },
  {
    what: 'the uv configuration of a venvstacks.toml',
    make: (workspace) => workspace.append('alpha/venvstacks.uv.toml', 'exclude-newer = "2026-02-01"\n'),
    selects: ALPHA_LAYERS,
  },
  {
    // Records and locks are no inputs of `lock`, or every change would run twice: it is for lock-check to see this.
    what: 'a record edited by hand',
    make: (workspace) => workspace.append('layers/web/requirements/pylock.framework-web.meta.json', ' '),
    selects: ABOVE_WEB,
    otherwise: { 'lock by tasks': none },
  },
  {
    what: 'a lock edited by hand',
    make: (workspace) => workspace.append('alpha/requirements/framework-base/pylock.framework-base.toml', '# x\n'),
    selects: ABOVE_BASE,
    otherwise: { 'lock by tasks': none },
  },
  {
    what: 'a record deleted',
    make: (workspace) => workspace.remove('alpha/requirements/app-three/pylock.app-three.meta.json'),
    selects: ['three'],
    otherwise: { 'lock by tasks': none },
  },
  {
    what: 'a README in a project',
    make: (workspace) => workspace.append('layers/hello/README.md', 'More.\n'),
    selects: none,
    // By projects any file of a project affects all of its targets.
    otherwise: { 'lock by projects': ['hello'], 'lock-check by projects': ['hello'] },
  },
  {
    what: 'a README beside a venvstacks.toml',
    make: (workspace) => workspace.append('alpha/README.md', 'More.\n'),
    selects: none,
  },
  {
    what: 'a new layer',
    make: (workspace) =>
      workspace.write({ 'layers/extra/layer.toml': '[framework]\nframeworks = ["web"]\nrequirements = []\n' }),
    selects: ['extra'],
  },
  {
    what: 'a project that has nothing to do with layers, but a target of that name',
    make: (workspace) => workspace.append('site/index.html', '<p>More</p>\n'),
    selects: none,
    otherwise: { 'lock by tasks': ['site'], 'lock by projects': ['site'] },
  },
  {
    what: 'a project that has nothing to do with layers',
    make: (workspace) => workspace.write({ 'handbook/chapter.md': '# One\n' }),
    selects: none,
  },
];

describe('what a change affects', () => {
  let workspace: Workspace;

  beforeAll(async () => {
    workspace = Workspace.create(twoStacks());
    new LockedStack({}, workspace.root).lockAll();
    await workspace.commitAll('Lock everything');
  });

  afterEach(async () => {
    await workspace.git('checkout', '--quiet', '.');
    await workspace.git('clean', '-d', '--force', '--quiet', '-x', '--exclude=node_modules');
  });

  /** The tasks that a change of the working tree selects, without those that they only depend on. */
  async function selected(mode: Mode): Promise<{ project: string; target: string }[]> {
    const file = join(dirname(workspace.root), 'affected.json');
    const args = [
      'affected',
      '-t',
      'lock',
      'lock-check',
      '--base=HEAD',
      '--excludeTaskDependencies',
      `--graph=${file}`,
    ];
    const { code, output } = await workspace.nx(args, { NX_LEGACY_AFFECTED: MODES[mode] });
    if (code !== 0) throw new Error(output);
    const { tasks } = JSON.parse(readFileSync(file, 'utf8')) as {
      tasks: { tasks: Record<string, { target: { project: string; target: string } }> };
    };
    return Object.values(tasks.tasks).map(({ target }) => target);
  }

  it.each(CHANGES)('$what: exactly the layers that it concerns', async ({ make, selects, otherwise = {} }) => {
    make(workspace);

    for (const mode of Object.keys(MODES) as Mode[]) {
      const tasks = await selected(mode);
      for (const target of ['lock', 'lock-check'] as const) {
        const found = tasks.filter((task) => task.target === target).map(({ project }) => project);
        expect([target, mode, found.sort()]).toEqual([target, mode, otherwise[`${target} by ${mode}`] ?? selects]);
      }
    }
  });
});

describe('a change of one table of a venvstacks.toml', () => {
  let index: PackageIndex;
  let uv: UvLog;

  beforeAll(async () => {
    index = await PackageIndex.start(RELEASES);
    process.env.UV = join(runFolder(), 'uv', 'bin', 'uv');
    uv = UvLog.start(mkdtempSync(join(runFolder(), 'uv-log-')));
  });
  afterAll(async () => {
    uv.stop();
    await index.stop();
  });

  it('resolves, numbers and rewrites only the layers that it concerns', async () => {
    const workspace = Workspace.create(twoStacks(`[[index]]\nurl = "${index.url}"\ndefault = true\n`));
    new LockedStack({}, workspace.root).lockAll();
    await workspace.commitAll('Lock everything');
    edit(workspace, 'alpha/venvstacks.toml', '"gamma"', '"gamma", "delta"');
    // `UV` is no input: it says where uv is, not what it does.
    const output = await workspace.succeed(['affected', '-t', 'lock', '--base=HEAD'], { UV: process.env.UV });

    expect(tasksIn(output).ran).toEqual(ALPHA_LAYERS.map((name) => `${name}:lock`));
    expect(uv.take()).toEqual(['app-three']);
    expect(output).toContain('app-three@2 (was 1): requirement delta added');
    for (const layer of ['py@1', 'framework-base@1', 'framework-top@1', 'app-one@1', 'app-two@1']) {
      expect(output).toMatch(new RegExp(`^${layer}: nothing to do$`, 'm'));
    }
    const changed = (await workspace.git('status', '--short', '--untracked-files=all')).trim().split('\n');
    expect(changed.map((line) => line.trim().split(' ').at(-1))).toEqual([
      'alpha/requirements/app-three/packages-app-three.txt',
      'alpha/requirements/app-three/pylock.app-three.meta.json',
      'alpha/requirements/app-three/pylock.app-three.toml',
      'alpha/requirements/app-three/requirements-app-three.in',
      'alpha/requirements/app-three/uv.lock',
      'alpha/venvstacks.toml',
    ]);
  });
});
