import type { ProjectConfiguration } from '@nx/devkit';
import buildExecutor from '../../packages/nx-venvstacks/src/executors/build/build';
import lockExecutor from '../../packages/nx-venvstacks/src/executors/lock/lock';
import lockCheckExecutor from '../../packages/nx-venvstacks/src/executors/lock-check/lock-check';
import upgradeExecutor from '../../packages/nx-venvstacks/src/executors/upgrade/upgrade';
import { contextOf } from '../../packages/nx-venvstacks/src/testing/graph';

export type Projects = Record<string, ProjectConfiguration>;

const EXECUTORS = {
  build: buildExecutor,
  lock: lockExecutor,
  'lock-check': lockCheckExecutor,
  upgrade: upgradeExecutor,
};
type Target = keyof typeof EXECUTORS;

/** The projects whose `lock` comes before that of one. */
export function dependenciesOf(graph: Projects, name: string): string[] {
  const dependencies = graph[name]?.targets?.lock?.dependsOn ?? [];
  return dependencies.flatMap((each) => (typeof each === 'object' ? (each.projects ?? []) : []));
}

/** Projects, each behind those that it depends on. */
export function taskOrder(graph: Projects, names: readonly string[], withoutDependencies: boolean): string[] {
  const order: string[] = [];
  const visit = (name: string) => {
    if (order.includes(name)) return;
    const lower = dependenciesOf(graph, name);
    for (const each of lower) if (!withoutDependencies || names.includes(each)) visit(each);
    order.push(name);
  };
  for (const name of names) visit(name);
  return order;
}

/** Runs a target’s executor in this process; what it writes is kept. */
export async function execute(
  root: string,
  projects: Projects,
  projectName: string,
  targetName: Target = 'lock',
  options: object = {},
): Promise<{ success: boolean; output: string }> {
  const context = { ...contextOf(root, projects), projectName, targetName };
  let output = '';
  const streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write.bind(stream) }));
  for (const { stream } of streams) {
    stream.write = (text: string | Uint8Array) => {
      output += String(text);
      return true;
    };
  }
  try {
    const computed = projects[projectName]?.targets?.[targetName]?.options as object;
    const { success } = await EXECUTORS[targetName]({ ...computed, ...options }, context);
    return { success, output };
  } finally {
    for (const { stream, write } of streams) stream.write = write;
  }
}
