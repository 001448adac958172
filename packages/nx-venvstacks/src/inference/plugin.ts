import {
  DependencyType,
  type CreateDependencies,
  type CreateNodes,
  type ProjectConfiguration,
  type RawProjectGraphDependency,
} from '@nx/devkit';
import { join, relative } from 'node:path';
import { Judge } from '../lock';
import { findDefinitions, LAYER_FILE, readStacks, STACK_FILE, type Layer, type Stack } from '../stack';
import { lineageOf } from './lineage';
import { brokenTarget, lockTarget } from './lock-target';
import { normalizeOptions, type PluginOptions } from './options';
import { layerProjects, stackName, type LayerProject } from './projects';

/** The stacks that the last `createNodes` read, for the edges of the same graph. */
let lastRead: { workspaceRoot: string; stacks: readonly Stack[] } | undefined;

/** Every layer of every definition file becomes a project with a cached `lock` target. */
export const createNodes: CreateNodes<PluginOptions> = [
  `**/{${STACK_FILE},${LAYER_FILE}}`,
  (configFiles, options, { workspaceRoot }) => {
    const { lockTargetName, projectName } = normalizeOptions(options);
    const files = configFiles.map((file) => join(workspaceRoot, file));
    const stacks = readStacks(files, workspaceRoot, process.env);
    lastRead = { workspaceRoot, stacks };
    const projects = layerProjects(stacks, workspaceRoot, projectName);
    const judge = new Judge(process.env);
    const nameOf = projectNames(projects);
    return configFiles.map((file) => {
      const own = projects.filter(
        ({ definition }) => relative(workspaceRoot, definition).replaceAll('\\', '/') === file,
      );
      const nodes = own.map((project) => [project.root, toNode(project)] as const);
      return [file, { projects: Object.fromEntries(nodes) }] as const;
    });

    function toNode(project: LayerProject): ProjectConfiguration {
      const { layer } = project;
      const target =
        layer === undefined
          ? brokenTarget(project.report ?? '')
          : lockTarget({ ...project, layer }, lockTargetName || 'lock', lineageOf(layer, judge), workspaceRoot, nameOf);
      return {
        name: project.name,
        root: project.root,
        projectType: project.kind === 'application' ? 'application' : 'library',
        tags: [...(project.kind ? [`layer:${project.kind}`] : []), `stack:${stackName(project.stack, workspaceRoot)}`],
        targets: lockTargetName === false ? {} : { [lockTargetName]: target },
        metadata: { technologies: ['python', 'venvstacks'], description: describe(project) },
      };
    }
  },
];

/** The name under which Nx 22 and older look for it. */
export const createNodesV2 = createNodes;

/** An edge from each layer to each layer that it names. Found by root: a user's project.json may rename a project. */
export const createDependencies: CreateDependencies<PluginOptions> = (_, { workspaceRoot, projects }) => {
  const stacks =
    lastRead?.workspaceRoot === workspaceRoot
      ? lastRead.stacks
      : readStacks(findDefinitions(workspaceRoot, workspaceRoot), workspaceRoot, process.env);
  const nameByRoot = new Map(Object.entries(projects).map(([name, { root }]) => [root, name]));
  const nameOf = ({ projectRoot }: Layer) => nameByRoot.get(relative(workspaceRoot, projectRoot).replaceAll('\\', '/'));
  return stacks.flatMap((stack) =>
    stack.layers.flatMap((layer) =>
      layer.named.flatMap((lower): RawProjectGraphDependency[] => {
        const [source, target] = [nameOf(layer), nameOf(lower)];
        if (source === undefined || target === undefined) return [];
        const sourceFile = relative(workspaceRoot, layer.definition).replaceAll('\\', '/');
        return [{ source, target, sourceFile, type: DependencyType.static }];
      }),
    ),
  );
};

function projectNames(projects: readonly LayerProject[]): (layer: Layer) => string {
  const names = new Map(projects.map(({ layer, name }) => [layer, name]));
  return (layer) => names.get(layer) ?? layer.envName;
}

function describe({ kind, envName, layer, definition, stack }: LayerProject): string {
  const file = relative(stack.folder, definition).replaceAll('\\', '/');
  return `${kind ?? 'layer'} ${envName}, declared in ${file}${layer ? `, on ${layer.python.implementation} ${layer.python.version}` : ''}`;
}
