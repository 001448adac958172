import type { ExecutorContext } from '@nx/devkit';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { VenvstacksError } from '../../errors';
import { LOCK_EXECUTOR } from '../../inference';
import { formatProblems, LAYER_FILE, readStacks, STACK_FILE, type Layer, type Stack } from '../../stack';

/**
 * The layer of the project that a task runs for, freshly read, with its stack.
 *
 * @param envName the layer's key, as the graph has it
 * @throws {VenvstacksError} `definition` or `configuration`
 */
export function stackOfProject(
  envName: string,
  context: ExecutorContext,
): { stack: Stack; own: Layer; lockFolders: Set<string> } {
  const { root, projectName = '' } = context;
  const projectRoot = resolve(root, context.projectsConfigurations.projects[projectName]?.root ?? '.');
  const stacks = readStacks(definitionFiles(context), root, process.env);
  for (const stack of stacks) {
    const own = stack.layers.find((layer) => layer.projectRoot === projectRoot);
    if (own?.envName === envName) {
      return {
        stack,
        own,
        lockFolders: new Set(stacks.flatMap((each) => each.layers.map(({ lockFolder }) => lockFolder))),
      };
    }
    const broken = stack.broken.find((layer) => layer.projectRoot === projectRoot);
    if (broken) throw new VenvstacksError('definition', formatProblems(broken.problems, root));
  }
  throw new VenvstacksError(
    'configuration',
    `the target's option 'layer' is '${envName}', which is no layer of the project '${projectName}'`,
    {
      hint: "Remove 'options' of this target from nx.json (targetDefaults) and from the project.json; if it stays, nx reset.",
    },
  );
}

/** The projects that are layers, as the graph has them. */
export function layerProjectsOf(context: ExecutorContext): {
  nameOf: (envName: string, near: Layer) => string | undefined;
} {
  const lock = context.targetName ?? 'lock';
  return {
    nameOf: (envName, near) => {
      const lower = [near, ...(near.runtime ? [near.runtime, ...near.frameworks] : [])].find(
        (layer) => layer.envName === envName,
      );
      if (!lower) return undefined;
      return Object.entries(context.projectsConfigurations.projects).find(
        ([, { root, targets }]) => resolve(context.root, root) === lower.projectRoot && targets?.[lock],
      )?.[0];
    },
  };
}

/** The definition files behind the graph: the executor must see the very stacks that inference saw. */
function definitionFiles({ root, projectsConfigurations }: ExecutorContext): string[] {
  const files = Object.values(projectsConfigurations.projects)
    .filter(({ targets }) => Object.values(targets ?? {}).some(({ executor }) => executor === LOCK_EXECUTOR))
    .flatMap((project) => [join(root, project.root, LAYER_FILE), join(root, project.root, '..', '..', STACK_FILE)]);
  return [...new Set(files)].filter((file) => existsSync(file));
}
