import type { TargetConfiguration } from '@nx/devkit';
import { withoutUserVariables } from '../testing/environment';
import { contextOf, inferred } from '../testing/graph';
import { LockedStack } from '../testing/locked-stack';
import buildExecutor from './build/build';
import lockCheckExecutor from './lock-check/lock-check';
import lockExecutor from './lock/lock';

withoutUserVariables();

const EXECUTORS = { build: buildExecutor, lock: lockExecutor, 'lock-check': lockCheckExecutor };

/** What a task says that fails, where a project's targets are as given: undefined for one that is not there. */
async function said(
  task: readonly [project: string, target: keyof typeof EXECUTORS],
  changed: string,
  targets: Readonly<Record<string, TargetConfiguration | undefined>>,
): Promise<string> {
  const stack = new LockedStack().lockAll();
  stack.remove('requirements/framework-tools/uv.lock');
  const projects = await inferred(stack.root);
  const [project, target] = task;
  const options = projects[project]?.targets?.[target]?.options as object;
  const own = projects[changed];
  if (!own) throw new Error(`there is no ${changed}`);
  const kept = Object.entries({ ...own.targets, ...targets }).filter(([, each]) => each !== undefined);
  own.targets = Object.fromEntries(kept as [string, TargetConfiguration][]);
  const written: string[] = [];
  const spy = jest.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    const context = { ...contextOf(stack.root, projects), projectName: project, targetName: target };
    expect(await EXECUTORS[target](options, context)).toEqual({ success: false });
  } finally {
    spy.mockRestore();
  }
  return written.join('').trimEnd().split('\n').at(-1)?.trim() ?? '';
}

describe('a hint at a command', () => {
  const theirs = { executor: 'nx:run-commands' };
  const ours = { executor: 'nx-venvstacks:lock' };
  const other = (what: string, option: string) =>
    `its target '${what}' is another tool's (nx:run-commands); give ours a name by the plugin option ${option} in nx.json`;

  it.each<[string, Parameters<typeof said>, string]>([
    ['names our target', [['tools', 'lock-check'], 'tools', {}], 'Lock it: npx nx run tools:lock'],
    [
      'says whose a target is that is not ours',
      [['tools', 'lock-check'], 'tools', { lock: theirs }],
      `Lock it: ${other('lock', 'lockTargetName')}`,
    ],
    [
      'says so of a lower layer, too',
      [['report', 'lock'], 'tools', { lock: theirs }],
      `Lock it first: ${other('lock', 'lockTargetName')}`,
    ],
    [
      'names our target where it is called otherwise',
      [['tools', 'lock-check'], 'tools', { lock: theirs, 'venv-lock': ours }],
      'Lock it: npx nx run tools:venv-lock',
    ],
    [
      'says where there is none',
      [['tools', 'build'], 'tools', { lock: undefined }],
      'Lock it first: it has no target for that; give ours a name by the plugin option lockTargetName in nx.json',
    ],
  ])('%s', async (_, given, hint) => {
    expect(await said(...given)).toBe(hint);
  });
});
