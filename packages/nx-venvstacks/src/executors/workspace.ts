import type { ExecutorContext } from '@nx/devkit';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { VenvstacksError } from '../errors';
import { isLayerExecutor, type LayerOptions } from '../inference';
import { formatProblems, isInside, LAYER_FILE, readStacks, STACK_FILE, type Layer, type Stack } from '../stack';

/** The layer that a task runs for, with all that is around it. */
export interface LayerTask {
  readonly stack: Stack;
  readonly layer: Layer;
  /** Lock folders of all layers of the workspace, absolute. */
  readonly lockFolders: ReadonlySet<string>;
}

/**
 * The layer of the project that a task runs for, freshly read.
 *
 * @throws {VenvstacksError} `definition` or `configuration`
 */
export function layerOfTask({ layer: envName, report }: LayerOptions, context: ExecutorContext): LayerTask {
  if (report !== undefined) throw new VenvstacksError('definition', report);
  if (envName === undefined) {
    throw new VenvstacksError('configuration', "the target's option 'layer' is not set", { hint: REMOVE_OPTIONS });
  }
  const { root, projectName = '' } = context;
  const projectRoot = resolve(root, context.projectsConfigurations.projects[projectName]?.root ?? '.');
  const stacks = readStacks(definitionFiles(context), root, process.env);
  for (const stack of stacks) {
    const layer = stack.layers.find((each) => each.projectRoot === projectRoot);
    if (layer?.envName === envName) {
      const all = stacks.flatMap(({ layers, broken }) => [...layers, ...broken]);
      return { stack, layer, lockFolders: new Set(all.map(({ lockFolder }) => lockFolder)) };
    }
    const broken = stack.broken.find((each) => each.projectRoot === projectRoot);
    if (broken) throw new VenvstacksError('definition', formatProblems(broken.problems, root));
  }
  throw new VenvstacksError(
    'configuration',
    `the target's option 'layer' is '${envName}', which is no layer of the project '${projectName}'`,
    { hint: REMOVE_OPTIONS },
  );
}

/** What to do where a user's configuration replaced options that the plugin computes. */
export const REMOVE_OPTIONS =
  "Options of this target are computed by the plugin. Remove 'options' of it from nx.json (targetDefaults) and from the project.json; if it stays, nx reset.";

/** The name of the project that is a layer; undefined where none is. */
export function projectOf({ projectRoot }: Layer, context: ExecutorContext): string | undefined {
  const projects = Object.entries(context.projectsConfigurations.projects);
  return projects.find(([, { root }]) => resolve(context.root, root) === projectRoot)?.[0];
}

/** The definition files behind the graph: the executor must see the very stacks that inference saw. */
function definitionFiles({ root, projectsConfigurations }: ExecutorContext): string[] {
  const files = Object.values(projectsConfigurations.projects)
    .filter(({ targets }) => Object.values(targets ?? {}).some(({ executor }) => isLayerExecutor(executor)))
    .flatMap((project) => [join(root, project.root, LAYER_FILE), join(root, project.root, '..', '..', STACK_FILE)]);
  return [...new Set(files)].filter((file) => isInside(file, root) && existsSync(file));
}
