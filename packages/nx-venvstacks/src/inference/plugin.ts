import type {
  CreateDependencies,
  CreateNodes,
  DependencyType,
  ProjectConfiguration,
  RawProjectGraphDependency,
  TargetConfiguration,
} from '@nx/devkit';
import { join } from 'node:path';
import { Judge } from '../lock/judging';
import { Disk, LAYER_FILE, readStacks, realFolders, SourceTrees, STACK_FILE, wayFrom, type Layer } from '../stack';
import { lineageOf } from './lineage';
import { brokenTarget, TECHNOLOGIES } from './layer-target';
import { LOCK_CHECK_EXECUTOR, lockCheckTarget } from './lock-check-target';
import { lockExecutor, lockTarget } from './lock-target';
import { normalizeOptions, type PluginOptions } from './options';
import { nxMajorVersion } from './nx-version';
import { outdateGraph } from './outdate-graph';
import { layerProjects, rootOf, stackName, type LayerProject } from './projects';
import {
  BUILD_EXECUTOR,
  buildTarget,
  LAUNCH_EXECUTOR,
  launchTarget,
  PYTHON_EXECUTOR,
  pythonTarget,
} from './run-targets';
import { SHOW_EXECUTOR, showTarget } from './show-target';
import { TargetInputs, type Input } from './target-inputs';
import { UPGRADE_EXECUTOR, upgradeTarget } from './upgrade-target';

/** The enumeration's own value would load all of Nx, which takes longer than the graph does. */
const IMPLICIT = 'implicit' as DependencyType.implicit;

/**
 * Says in the graph itself on which projects a layer stands: each entry of the plugin in nx.json has a `createNodes` and a
 * `createDependencies`, all perhaps in one process, and no more in common than the graph.
 */
type LayerMetadata = ProjectConfiguration['metadata'] & {
  /** Roots of the projects of the layers that it names. */
  readonly lowerLayers?: readonly string[];
};

/** Every layer of every definition file becomes a project with a cached `lock` target. */
export const createNodes: CreateNodes<PluginOptions> = [
  `**/{${STACK_FILE},${LAYER_FILE}}`,
  (configFiles, options, { workspaceRoot }) => {
    const { projectName, linkedFolders, ...targetNames } = normalizeOptions(options);
    if (nxMajorVersion() === 22) outdateGraph(workspaceRoot);
    const files = configFiles.map((file) => join(workspaceRoot, file));
    const disk = new Disk();
    const stacks = readStacks(files, workspaceRoot, process.env, undefined, disk);
    const { projects, shared } = layerProjects(stacks, workspaceRoot, projectName);
    if (shared.length) process.stderr.write(explainShared(shared));
    const trees = new SourceTrees(disk, realFolders(linkedFolders, workspaceRoot, disk));
    const judge = new Judge(process.env, trees);
    const targetInputs = new TargetInputs(workspaceRoot, judge, disk);
    const names = new Map(projects.map(({ root, name }) => [root, name]));
    const nameOf = ({ projectRoot, envName }: Layer) => names.get(rootOf(projectRoot, workspaceRoot)) ?? envName;
    const byFile = groupByFile(projects, workspaceRoot);
    return configFiles.map((file) => {
      const nodes = byFile.get(file)?.map((project) => [project.root, toNode(project)] as const);
      return [file, { projects: Object.fromEntries(nodes ?? []) }] as const;
    });

    function toNode(project: LayerProject): ProjectConfiguration {
      const lowerLayers = (project.layer?.named ?? []).map(({ projectRoot }) => rootOf(projectRoot, workspaceRoot));
      const metadata: LayerMetadata = { technologies: [...TECHNOLOGIES], description: describe(project), lowerLayers };
      return {
        name: project.name,
        root: project.root,
        projectType: project.kind === 'application' ? 'application' : 'library',
        tags: [...(project.kind ? [`layer:${project.kind}`] : []), `stack:${stackName(project.stack, workspaceRoot)}`],
        targets: toTargets(project),
        metadata,
      };
    }

    function toTargets(project: LayerProject): Record<string, TargetConfiguration> {
      const { layer, name } = project;
      const report = project.report ?? (layer && targetInputs.whyUnseen(layer));
      let state: readonly Input[] | undefined;
      const inputsOf = (sound: Layer) => (state ??= targetInputs.ofState(sound, project.stack));
      const make: [string | false, executor: string, sound: (layer: Layer, target: string) => TargetConfiguration][] = [
        [
          targetNames.lockTargetName,
          lockExecutor(),
          (sound, target) =>
            lockTarget({ ...project, layer: sound }, target, lineageOf(sound, judge), targetInputs, nameOf),
        ],
        [
          targetNames.lockCheckTargetName,
          LOCK_CHECK_EXECUTOR,
          (sound, target) => lockCheckTarget(sound, inputsOf(sound), name, target),
        ],
        [
          targetNames.upgradeTargetName,
          UPGRADE_EXECUTOR,
          (sound, target) => upgradeTarget(sound, inputsOf(sound), name, target),
        ],
        [
          targetNames.showTargetName,
          SHOW_EXECUTOR,
          (sound, target) => showTarget(sound, inputsOf(sound), name, target),
        ],
        [
          targetNames.buildTargetName,
          BUILD_EXECUTOR,
          (sound, target) => buildTarget(sound, inputsOf(sound), name, target),
        ],
        [
          project.kind === 'application' && targetNames.launchTargetName,
          LAUNCH_EXECUTOR,
          (sound, target) => launchTarget(sound, inputsOf(sound), name, target, targetNames.buildTargetName),
        ],
        [
          targetNames.pythonTargetName,
          PYTHON_EXECUTOR,
          (sound, target) => pythonTarget(sound, inputsOf(sound), name, target, targetNames.buildTargetName),
        ],
      ];
      return Object.fromEntries(
        make.flatMap(([target, executor, sound]) => {
          if (target === false) return [];
          const inputs = TargetInputs.ofBroken;
          if (layer === undefined || report !== undefined)
            return [[target, brokenTarget(executor, report ?? '', inputs)]];
          return [[target, soundOrBroken(executor, inputs, () => sound(layer, target))]];
        }),
      );
    }
  },
];

/** The name under which Nx 22 and older look for it. */
export const createNodesV2 = createNodes;

/**
 * An edge from each layer to each layer that it names. Found by root: a user's project.json may rename a project. Without
 * the file that says so: where that is in no project, Nx takes edges of two layers to the same one for the same edge, and
 * where it is in a third project the whole graph fails.
 */
export const createDependencies: CreateDependencies<PluginOptions> = (_, { projects }) => {
  const names = new Map(Object.entries(projects).map(([name, { root }]) => [root, name]));
  return Object.entries(projects).flatMap(([source, { metadata }]) =>
    // Entries that take in the same file each say it.
    [...new Set((metadata as LayerMetadata)?.lowerLayers)].flatMap((root): RawProjectGraphDependency[] => {
      const target = names.get(root);
      return target === undefined ? [] : [{ source, target, type: IMPLICIT }];
    }),
  );
};

/** Whatever goes wrong with one layer must not take the graph of the workspace down. */
function soundOrBroken(
  executor: string,
  inputs: readonly Input[],
  make: () => TargetConfiguration,
): TargetConfiguration {
  try {
    return make();
  } catch (error) {
    return brokenTarget(executor, `nx-venvstacks failed: ${(error as Error).stack ?? String(error)}`, inputs);
  }
}

function groupByFile(projects: readonly LayerProject[], workspaceRoot: string): Map<string, LayerProject[]> {
  const groups = new Map<string, LayerProject[]>();
  for (const project of projects) {
    const file = wayFrom(workspaceRoot, project.definition);
    const group = groups.get(file);
    if (group) group.push(project);
    else groups.set(file, [project]);
  }
  return groups;
}

/** Names in one warning. */
const MOST_NAMES = 5;

function explainShared(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => `'${name}'`);
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return (
    `nx-venvstacks: several stacks have layers called ${shown.join(', ')}${more}: their projects have the stack before the name.\n` +
    'To choose names yourself, set the plugin option projectName in nx.json, as in "{stack}-{name}".\n'
  );
}

function describe({ kind, envName, layer, definition, stack }: LayerProject): string {
  const file = wayFrom(stack.folder, definition);
  return `${kind ?? 'layer'} ${envName}, declared in ${file}${layer ? `, on ${layer.python.implementation} ${layer.python.version}` : ''}`;
}
