import type { Task, TaskGraph } from '@nx/devkit';
import { closeSync, openSync } from 'node:fs';
import { availableParallelism, devNull } from 'node:os';
import type { LayerOptions } from '../inference';
import { lowerLayers } from '../stack';
import { checked } from './options';
import { settle, type Outcome, type Work } from './task';
import { walk, type BatchResult, type Step } from './walk';
import { Workspace, type WorkspaceContext } from './workspace';

/**
 * An executor for many tasks in one process, as many side by side as there are cores; each is told of as soon as it is
 * done. What one of them reads is there for all. A task that fails takes those on upper layers with it, and no others.
 *
 * @param name what its schema is called
 * @param lowerFirst whether a task needs what those of lower layers make
 */
export function batchOf<Options extends LayerOptions>(
  name: string,
  work: Work<Options>,
  { lowerFirst }: { lowerFirst: boolean },
) {
  const perform = checked(name, work);
  return (
    taskGraph: TaskGraph,
    options: Record<string, Options>,
    _: unknown,
    context: WorkspaceContext,
  ): AsyncGenerator<BatchResult> => {
    letGoOfTerminal();
    const workspace = new Workspace(context);
    const tasks = Object.values(taskGraph.tasks);
    const idsOf = (project: string) => tasks.filter(({ target }) => target.project === project).map(({ id }) => id);
    const steps = Object.entries(options).flatMap(([id, own]): Step[] => {
      const task = taskGraph.tasks[id];
      if (!task) return [];
      // Those that were found in the cache are no part of the graph.
      const lower = lowerFirst ? lowerProjects(own, task, workspace) : [];
      const before = [...declaredBefore(taskGraph, task), ...lower.flatMap(idsOf)];
      const run = () => settleAny(() => perform(own, task.target, workspace));
      return [
        { id, layer: task.target.project, before: new Set(before.filter((each) => each in taskGraph.tasks)), run },
      ];
    });
    return walk(steps, availableParallelism());
  };
}

/**
 * A Node that ends puts the terminal of its standard input back into the mode in which it found it. Nx may have started
 * the next task by then, a shell that has the terminal in a mode of its own: what is typed would be there twice.
 */
function letGoOfTerminal(): void {
  // Only in the process that Nx starts for a batch, which reads nothing. It goes on to know that there is a terminal.
  if (process.send === undefined || process.platform === 'win32' || !process.stdin.isTTY) return;
  closeSync(0);
  // The lowest number that is free, so that nothing else comes to be the standard input.
  openSync(devNull, 'r');
}

/** Ids of the tasks that Nx has before one: objects from Nx 24 on. */
function declaredBefore({ dependencies }: TaskGraph, { id }: Task): string[] {
  const declared = (dependencies[id] ?? []) as readonly (string | { id: string })[];
  return declared.map((each) => (typeof each === 'string' ? each : each.id));
}

/** The projects of the layers below a task's, which a user's `dependsOn` may have left out. */
function lowerProjects(options: LayerOptions, { target }: Task, workspace: Workspace): string[] {
  try {
    const { layer } = workspace.layerOf(options, target.project);
    return lowerLayers(layer).flatMap((lower) => workspace.projectOf(lower) ?? []);
  } catch {
    // The task itself will say so.
    return [];
  }
}

/** A defect of ours must not take the other tasks down. */
async function settleAny(work: () => string | Promise<string>): Promise<Outcome> {
  try {
    return await settle(work);
  } catch (error) {
    return { success: false, output: `nx-venvstacks failed: ${(error as Error).stack ?? String(error)}\n` };
  }
}
