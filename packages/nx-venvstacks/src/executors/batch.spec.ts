import type { Task, TaskGraph } from '@nx/devkit';
import { cpSync } from 'node:fs';
import type { LayerOptions } from '../inference';
import { withoutUserVariables } from '../testing/environment';
import { makeFolder } from '../testing/folder';
import { commitAll } from '../testing/git';
import { contextOf, inferred, type Projects } from '../testing/graph';
import { LockedStack } from '../testing/locked-stack';
import { Starts } from '../testing/starts';
import lockBatch from './lock/batch';
import lockExecutor from './lock/lock';
import lockCheckBatch from './lock-check/batch';
import lockCheckExecutor from './lock-check/lock-check';

withoutUserVariables();

const MORE = `
[[applications]]
name = "other"
launch_module = "other.py"
runtime = "cpython-3.12"
requirements = []
versioned = true
`;

/** A stack of four layers, valid and committed. */
function makeStack(): LockedStack {
  const stack = new LockedStack({ 'other.py': 'print("other")\n' });
  stack.write('venvstacks.toml', stack.read('venvstacks.toml') + MORE);
  stack.lockAll();
  commitAll(stack.root);
  return stack;
}

interface Told {
  readonly status: string;
  readonly text: string;
}

/** The tasks of a target as Nx would have them in a batch, upper ones first: their order must not count. */
function graphOf(projects: Projects, target: string, names: readonly string[], objects = true): TaskGraph {
  const id = (name: string) => `${name}:${target}`;
  const tasks = names.map((project): Task => ({
    id: id(project),
    target: { project, target },
    overrides: {},
    outputs: [],
    cache: true,
    parallelism: true,
  }));
  const below = (name: string) =>
    (projects[name]?.targets?.[target]?.dependsOn ?? [])
      .flatMap((each) => (typeof each === 'object' ? (each.projects ?? []) : []))
      .filter((project) => names.includes(project))
      .map(id);
  return {
    roots: [],
    tasks: Object.fromEntries(tasks.map((task) => [task.id, task])),
    dependencies: Object.fromEntries(
      names.map((name) => [id(name), below(name).map((each) => (objects ? { id: each } : each))]),
    ) as TaskGraph['dependencies'],
    continuousDependencies: {},
  };
}

const ALL = ['report', 'other', 'tools', 'cpython-3.12'];

/** Runs a batch. @returns what was told of each project, in the order in which it was */
async function runBatch(
  root: string,
  names: readonly string[] = ALL,
  {
    target = 'lock',
    projects,
    objects,
    order,
  }: { target?: string; projects?: Projects; objects?: boolean; order?: string[] } = {},
): Promise<Record<string, Told>> {
  const all = projects ?? (await inferred(root));
  const graph = graphOf(all, target, names, objects);
  const options = Object.fromEntries(
    Object.values(graph.tasks).map(({ id, target: { project } }) => [
      id,
      all[project]?.targets?.[target]?.options as LayerOptions,
    ]),
  );
  const batch = target === 'lock' ? lockBatch : lockCheckBatch;
  const told: Record<string, Told> = {};
  for await (const { task, result } of batch(graph, options, {}, contextOf(root, all))) {
    order?.push(task);
    told[task] = { status: result.status, text: result.terminalOutput };
    expect(result.success).toBe(result.status === 'success');
  }
  return told;
}

/** Runs the tasks one by one, lower ones first. */
async function runForked(root: string, target = 'lock'): Promise<Record<string, Told>> {
  const projects = await inferred(root);
  const told: Record<string, Told> = {};
  for (const projectName of [...ALL].reverse()) {
    let text = '';
    const spies = [process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation((chunk) => ((text += String(chunk)), true)),
    );
    const executor = target === 'lock' ? lockExecutor : lockCheckExecutor;
    const context = { ...contextOf(root, projects), projectName, targetName: target };
    const { success } = await executor(projects[projectName]?.targets?.[target]?.options as LayerOptions, context);
    for (const spy of spies) spy.mockRestore();
    told[`${projectName}:${target}`] = { status: success ? 'success' : 'failure', text };
  }
  return told;
}

/** All lock files but what differs from run to run. */
function locksOf(stack: LockedStack): string[] {
  return stack
    .stacks()
    .flatMap(({ layers }) => layers)
    .flatMap(({ envName }) => Object.values(stack.files(envName) as unknown as Record<string, string>))
    .map((path) => stack.read(path.slice(stack.root.length + 1)))
    .map((text) => text.replace(/"(?:lineage|fingerprint|locked_at)": ".*"/g, ''));
}

/** Changes that need no uv, low and high in the stack. */
function edit(stack: LockedStack): void {
  stack.edit('venvstacks.toml', 'requirements = ["attrs"]', 'requirements = ["attrs"]\ndynlib_exclude = ["x"]');
  stack.write('other.py', 'print("edited")\n');
}

describe('a batch', () => {
  it.each([true, false])('gives the files and messages of tasks one by one, lower ones first', async (objects) => {
    const stack = makeStack();
    edit(stack);
    const copy = new LockedStack({}, makeFolder());
    cpSync(stack.root, copy.root, { recursive: true });
    const order: string[] = [];
    const told = await runBatch(stack.root, ALL, { objects, order });
    expect(told).toEqual(await runForked(copy.root));
    expect(told['report:lock']).toEqual({
      status: 'success',
      text: 'app-report@2 (was 1): lower layer framework-tools is now framework-tools@2 (was framework-tools@1)\n',
    });
    expect(order.indexOf('tools:lock')).toBeLessThan(order.indexOf('report:lock'));
    expect(locksOf(stack)).toEqual(locksOf(copy));
    expect(await runBatch(stack.root)).toMatchObject({ 'report:lock': { text: 'app-report@2: nothing to do\n' } });
  });

  it('takes lower layers from the stack: Nx leaves those out that it found, and users change dependsOn', async () => {
    const stack = makeStack();
    edit(stack);
    const projects = await inferred(stack.root);
    for (const { targets } of Object.values(projects)) if (targets?.lock) targets.lock.dependsOn = [];
    const order: string[] = [];
    const told = await runBatch(stack.root, ['report', 'tools'], { projects, order });
    expect(order).toEqual(['tools:lock', 'report:lock']);
    expect(told['report:lock']?.text).toContain('app-report@2 (was 1)');
  });

  it.each([true, false])('keeps to the order that Nx has, too', async (objects) => {
    const stack = makeStack();
    const projects = await inferred(stack.root);
    const lock = projects['cpython-3.12']?.targets?.lock;
    if (lock) lock.dependsOn = [{ projects: ['other'], target: 'lock' }];
    for (const name of ['other', 'tools', 'report']) {
      const target = projects[name]?.targets?.lock;
      if (target) target.dependsOn = [];
    }
    // A circle: the layer needs what Nx has before it, and that stands on the layer.
    await expect(runBatch(stack.root, ['cpython-3.12', 'other'], { projects, objects })).rejects.toThrow(
      'tasks wait for each other: cpython-3.12:lock, other:lock',
    );
    if (lock) lock.dependsOn = [];
    const tools = projects.tools?.targets?.lock;
    if (tools) tools.dependsOn = [{ projects: ['other'], target: 'lock' }];
    const order: string[] = [];
    await runBatch(stack.root, ['tools', 'other'], { projects, objects, order });
    expect(order).toEqual(['other:lock', 'tools:lock']);
  });

  it('keeps failures apart: what stands on one that failed is skipped, and nothing else', async () => {
    const stack = makeStack();
    edit(stack);
    const { record } = stack.files('framework-tools');
    stack.edit(record.slice(stack.root.length + 1), '"format": 1', '"format": 9');
    const before = stack.read('requirements/app-report/pylock.app-report.meta.json');
    expect(await runBatch(stack.root)).toEqual({
      'cpython-3.12:lock': { status: 'success', text: 'cpython-3.12: nothing to do\n' },
      'other:lock': { status: 'success', text: 'app-other@2 (was 1): launch module other changed\n' },
      'tools:lock': {
        status: 'failure',
        text: 'framework-tools: its version record has format 9; this version of nx-venvstacks reads up to 1\n  Update nx-venvstacks.\n',
      },
      'report:lock': { status: 'skipped', text: 'report:lock was skipped: tools:lock, which it needs, failed\n' },
    });
    expect(stack.read('requirements/app-report/pylock.app-report.meta.json')).toBe(before);
  });

  it('fails a task whose definition broke meanwhile with the report', async () => {
    const stack = makeStack();
    const projects = await inferred(stack.root);
    stack.edit('venvstacks.toml', '["idna"]', '[3]');
    const told = await runBatch(stack.root, ['report'], { projects });
    expect(told['report:lock']).toMatchObject({ status: 'failure' });
    expect(told['report:lock']?.text).toMatch(/^venvstacks\.toml:\d+:\d+: application report: requirements: /);
  });

  it('tells of a defect in the task that has it', async () => {
    const stack = makeStack();
    const projects = await inferred(stack.root);
    const options = projects.other?.targets?.lock?.options as { lineage: unknown };
    Object.defineProperty(options, 'lineage', {
      get: () => {
        throw new TypeError('a defect');
      },
    });
    const told = await runBatch(stack.root, ['report', 'other'], { projects });
    expect(told['other:lock']?.status).toBe('failure');
    expect(told['other:lock']?.text).toMatch(/^nx-venvstacks failed: TypeError: a defect\n/);
    expect(told['report:lock']?.status).toBe('success');
  });
});

describe('a batch of lock-check', () => {
  it('says what checks one by one say, and hides no upper layer behind a lower one that fails', async () => {
    const stack = makeStack();
    edit(stack);
    const told = await runBatch(stack.root, ALL, { target: 'lock-check' });
    expect(told).toEqual(await runForked(stack.root, 'lock-check'));
    expect(Object.values(told).map(({ status }) => status)).toEqual(['failure', 'failure', 'failure', 'success']);
  });

  it('reads history once', async () => {
    const stack = makeStack();
    const starts = new Starts(['git', 'uv', 'python3', 'python']);
    const { PATH, NX_WORKSPACE_DATA_DIRECTORY } = process.env;
    Object.assign(process.env, { PATH: starts.path, NX_WORKSPACE_DATA_DIRECTORY: makeFolder() });
    try {
      const told = await runBatch(stack.root, ALL, { target: 'lock-check' });
      expect(Object.values(told).map(({ status }) => status)).toEqual(Array(4).fill('success'));
    } finally {
      process.env.PATH = PATH;
      if (NX_WORKSPACE_DATA_DIRECTORY === undefined) delete process.env.NX_WORKSPACE_DATA_DIRECTORY;
      else process.env.NX_WORKSPACE_DATA_DIRECTORY = NX_WORKSPACE_DATA_DIRECTORY;
    }
    expect(starts.take()).toEqual([expect.stringMatching(/^git .* log /)]);
  });
});
