import type { LockOptions } from '../../inference';
import { withoutUserVariables } from '../../testing/environment';
import { makeFolder } from '../../testing/folder';
import { commitAll } from '../../testing/git';
import { contextOf, inferred, type Projects } from '../../testing/graph';
import { LockedStack, STACK } from '../../testing/locked-stack';
import lockExecutor from './lock';

withoutUserVariables();

/** Runs a project's target as Nx would, with what the graph says. */
async function run(
  root: string,
  projectName: string,
  { graph, options, targetName = 'lock' }: { graph?: Projects; options?: LockOptions; targetName?: string } = {},
) {
  const projects = graph ?? (await inferred(root));
  const context = { ...contextOf(root, projects), projectName, targetName };
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => stdout.push(String(text)) > 0),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => stderr.push(String(text)) > 0),
  ];
  try {
    const own = options ?? (projects[projectName]?.targets?.[targetName]?.options as LockOptions);
    const { success } = await lockExecutor(own, context);
    return { success, stdout: stdout.join(''), stderr: stderr.join('') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('the lock executor', () => {
  it('locks the layer and says in a line what moved', async () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    commitAll(stack.root);
    stack.write('report.py', 'x\n');
    expect(await run(stack.root, 'report')).toEqual({
      success: true,
      stdout: 'app-report@4 (was 3): launch module report changed\n',
      stderr: '',
    });
    expect(stack.reasons('app-report')).toEqual([]);
  });

  it('writes the lineage that was in the graph', async () => {
    const stack = new LockedStack().lockAll();
    stack.write('report.py', 'x\n');
    const graph = await inferred(stack.root);
    await run(stack.root, 'report', { graph });
    const { lineage } = graph.report?.targets?.lock?.options as LockOptions;
    expect(stack.record('app-report').lineage).toBe(lineage);
  });

  it('has nothing to do for a valid layer', async () => {
    const stack = new LockedStack().lockAll();
    expect(await run(stack.root, 'tools')).toEqual({
      success: true,
      stdout: 'framework-tools@1: nothing to do\n',
      stderr: '',
    });
  });

  it('does not take numbers from another stack’s layer of the same name', async () => {
    const stack = new LockedStack().lockAll();
    const record = 'requirements/app-report/pylock.app-report.meta.json';
    stack.write('other/venvstacks.toml', STACK);
    stack.write('other/report.py', '');
    stack.write('other/helpers/a.py', '');
    stack.write(`other/${record}`, JSON.stringify({ lock_version: 50, last_version: 50 }));
    commitAll(stack.root);
    stack.write('report.py', 'x\n');
    const graph = await inferred(stack.root, { projectName: '{stack}-{name}' });
    expect(await run(stack.root, 'workspace-report', { graph })).toMatchObject({
      stdout: 'app-report@2 (was 1): launch module report changed\n',
    });
  });

  it('names the project that locks a stale lower layer', async () => {
    const stack = new LockedStack().lockAll();
    stack.remove('requirements/framework-tools/uv.lock');
    expect(await run(stack.root, 'report')).toEqual({
      success: false,
      stdout: '',
      stderr: `app-report: the lower layer framework-tools is stale, so this one cannot be locked
  Lock it first: npx nx run tools:lock
`,
    });
  });

  it('fails where inputs changed since the graph was built', async () => {
    const stack = new LockedStack().lockAll();
    const graph = await inferred(stack.root);
    stack.write('report.py', 'x\n');
    const { success, stderr } = await run(stack.root, 'report', { graph });
    expect(success).toBe(false);
    expect(stderr).toMatch(/^app-report: inputs changed while this run was under way\n/);
  });

  it('fails with the report of a broken definition', async () => {
    const root = makeFolder({ 'venvstacks.toml': STACK.replace('"report.py"', '"gone.py"'), 'helpers/a.py': '' });
    const { success, stderr } = await run(root, 'report');
    expect(success).toBe(false);
    expect(stderr).toMatch(
      /^venvstacks\.toml:\d+:\d+: application report: launch_module: the launch module does not exist: gone\.py\n/,
    );
  });

  it('fails with it, too, if the definition broke since the graph was built', async () => {
    const stack = new LockedStack().lockAll();
    const graph = await inferred(stack.root);
    stack.edit('venvstacks.toml', '["idna"]', '[3]');
    const { success, stderr } = await run(stack.root, 'report', { graph });
    expect(success).toBe(false);
    expect(stderr).toMatch(/^venvstacks\.toml:\d+:\d+: application report: requirements: /);
  });
});

describe('a configuration that cannot work', () => {
  const OPTIONS =
    "Options of this target are computed by the plugin. Remove 'options' of it from nx.json (targetDefaults) and from the project.json; if it stays, nx reset.";
  const INPUTS =
    "They were replaced by targetDefaults in nx.json or by a project.json. Remove 'inputs' there: the plugin declares them.";

  it('is one without the computed options', async () => {
    const { root } = new LockedStack().lockAll();
    expect(await run(root, 'report', { options: {} })).toEqual({
      success: false,
      stdout: '',
      stderr: `the target's option 'layer' is not set\n  ${OPTIONS}\n`,
    });
  });

  it('is one without the lineage', async () => {
    const { root } = new LockedStack().lockAll();
    expect((await run(root, 'report', { options: { layer: 'app-report' } })).stderr).toBe(
      `the target's option 'lineage' is not the plugin's\n  ${OPTIONS}\n`,
    );
  });

  it('is one with a lineage that somebody fixed, under whose key old results would come back', async () => {
    const { root } = new LockedStack().lockAll();
    const options = { layer: 'app-report', lineage: 'fixed' };
    expect((await run(root, 'report', { options })).stderr).toContain(
      "the target's option 'lineage' is not the plugin's",
    );
  });

  it('is one with the layer of another project', async () => {
    const { root } = new LockedStack().lockAll();
    expect(await run(root, 'report', { options: { layer: 'framework-tools', lineage: 'x' } })).toMatchObject({
      success: false,
      stderr: `the target's option 'layer' is 'framework-tools', which is no layer of the project 'report'\n  ${OPTIONS}\n`,
    });
  });

  it('is one whose inputs were replaced', async () => {
    const { root } = new LockedStack().lockAll();
    const graph = await inferred(root);
    const lock = graph.report?.targets?.lock;
    if (!lock) throw new Error('no target');
    lock.inputs = (lock.inputs ?? []).filter((input) => input !== '{workspaceRoot}/report.py');
    expect(await run(root, 'report', { graph })).toEqual({
      success: false,
      stdout: '',
      stderr: `app-report: inputs of this target are missing: "{workspaceRoot}/report.py"\n  ${INPUTS}\n`,
    });
    lock.inputs = ['default'];
    expect((await run(root, 'report', { graph })).stderr).toContain('dependentTasksOutputFiles');
  });

  it('is not one with inputs added', async () => {
    const { root } = new LockedStack().lockAll();
    const graph = await inferred(root);
    graph.report?.targets?.lock?.inputs?.push('{projectRoot}/extra.txt');
    expect(await run(root, 'report', { graph })).toMatchObject({ success: true });
  });
});
