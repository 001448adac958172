import { relative } from 'node:path';
import { buildLayer, type BuildContext, type BuildResult } from '../../build';
import type { LayerOptions } from '../../inference';
import type { TaskTarget } from '../task';
import { lowerLayers } from '../../stack';
import { lockContextFor } from '../lock-context';
import type { LayerTask, Workspace } from '../workspace';

/** Builds the environment of the project's layer (docs/run.md). */
export async function buildTask(options: LayerOptions, { project }: TaskTarget, workspace: Workspace): Promise<string> {
  const task = workspace.layerOf(options, project);
  return reportBuild(await buildLayer(task.layer, buildContextFor(task, workspace)), workspace);
}

/**
 * Builds a layer that is about to run, and what is below it, where that was not done. Nx may have found the result of a
 * `build` in its cache, as it does in many a workspace with whatever is called so: that brings no environment back.
 *
 * @returns what was built, for people
 */
export async function buildBefore(task: LayerTask, workspace: Workspace): Promise<string[]> {
  const context = buildContextFor(task, workspace);
  const reports: string[] = [];
  for (const each of [...lowerLayers(task.layer).reverse(), task.layer]) {
    const result = await buildLayer(each, context);
    if (result.outcome === 'built') reports.push(reportBuild(result, workspace));
  }
  return reports;
}

function reportBuild(
  { outcome, deployedName, environment, packages, notes }: BuildResult,
  workspace: Workspace,
): string {
  const place = relative(workspace.context.root, environment.root).replaceAll('\\', '/');
  const told = {
    skipped: `${deployedName}: not built`,
    current: `${deployedName}: nothing to do`,
    built: `${deployedName}: built in ${place}, ${packages === 1 ? '1 package' : `${packages} packages`} of its own`,
  };
  return [told[outcome], ...notes.map((note) => `  ${note}`)].join('\n');
}

function buildContextFor(task: LayerTask, workspace: Workspace): BuildContext {
  const layers = [task.layer, ...lowerLayers(task.layer)];
  return {
    ...lockContextFor(task, '', workspace),
    commandFor: (envName, what) =>
      workspace.commandFor(layers.find((each) => each.envName === envName) ?? task.layer, what),
  };
}
