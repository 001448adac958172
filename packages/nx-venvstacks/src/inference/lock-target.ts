import type { TargetConfiguration } from '@nx/devkit';
import { realpathSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CUTOFF_VARIABLE, layerFileNames, RESOLUTION_VARIABLES } from '../lock';
import {
  checkoutAround,
  innerCheckouts,
  isExcluded,
  isInside,
  layerModules,
  lowerLayers,
  UV_CONFIG_FILE,
  type Layer,
  type Stack,
} from '../stack';
import { runCommand, TECHNOLOGIES, type LayerOptions } from './layer-target';
import { nxMajorVersion } from './nx-version';
import type { LayerProject } from './projects';

/** Goes into every cache key: raised when the same inputs would give other files. It stands for the plugin's version. */
const TARGET_FORMAT = 1;

const LOCK_EXECUTORS = { batch: 'nx-venvstacks:lock', forked: 'nx-venvstacks:lock-forked' };

/**
 * The executor that locks. Nx 22 stores the results of a batch under keys from before it, in which the lower locks are
 * old ones: there each task is a process of its own.
 */
export function lockExecutor(nxMajor = nxMajorVersion()): string {
  return nxMajor < 23 ? LOCK_EXECUTORS.forked : LOCK_EXECUTORS.batch;
}

/** Whether a target is one that locks. */
export function isLockExecutor(executor: string | undefined): boolean {
  return Object.values(LOCK_EXECUTORS).includes(executor ?? '');
}

/** What the `lock` executor is told. */
export interface LockOptions extends LayerOptions {
  readonly lineage?: string;
  readonly format?: number;
}

/** The `lock` target of a layer. */
export function lockTarget(
  project: LayerProject & { readonly layer: Layer },
  targetName: string,
  lineage: string,
  workspaceRoot: string,
  projectNameOf: (layer: Layer) => string,
): TargetConfiguration<LockOptions> {
  const { layer, stack, name } = project;
  const lower = lowerLayers(layer);
  return {
    executor: lockExecutor(),
    // A layer without platforms has no files: old ones must not come back.
    cache: !isExcluded(layer),
    options: { layer: layer.envName, lineage, format: TARGET_FORMAT },
    inputs: lockInputs(layer, stack, workspaceRoot),
    outputs: isExcluded(layer) ? [] : lockOutputs(layer),
    dependsOn: lower.length ? [{ projects: lower.map(projectNameOf), target: targetName }] : [],
    metadata: {
      technologies: [...TECHNOLOGIES, 'uv'],
      description: `Lock ${layer.kind} ${layer.name}: resolve its packages if they must be, and number its contents`,
      help: { command: `${runCommand(name, targetName)} --help`, example: { args: ['--output-style=static'] } },
    },
  };
}

/** Everything that a lock follows from, and nothing else. */
export function lockInputs(
  layer: Layer,
  stack: Stack,
  workspaceRoot: string,
): NonNullable<TargetConfiguration['inputs']> {
  const inWorkspace = (path: string) => workspaceInput(path, workspaceRoot);
  // The workspace itself may be called by a link.
  const realRoot = realpathSync(workspaceRoot);
  const fromRoot = (realPath: string) =>
    isInside(realPath, realRoot) ? join(workspaceRoot, relative(realRoot, realPath)) : realPath;
  const modules = [
    ...new Set(layerModules(layer).flatMap(({ absolutePath, realPath }) => [absolutePath, fromRoot(realPath)])),
  ].filter((path) => isInside(path, workspaceRoot));
  const uvConfigIsInline = layer.uv.file === layer.definition;
  return [
    inWorkspace(layer.definition),
    ...(uvConfigIsInline ? [] : [inWorkspace(join(stack.folder, UV_CONFIG_FILE))]),
    // Nx does not follow links: where one leads counts, too.
    ...modules.map(
      (path) => inWorkspace(path) + (statSync(path, { throwIfNoEntry: false })?.isDirectory() ? '/**/*' : ''),
    ),
    // Of what lies in a submodule, a commit around it changes no more than this.
    ...[...new Set([layer.definition, ...modules].flatMap((path) => submodulesOf(path, workspaceRoot)))].map(
      inWorkspace,
    ),
    // As plain files, lower locks would be hashed before the tasks that write them have run.
    { dependentTasksOutputFiles: '**/{pylock.*.toml,pylock.*.meta.json}', transitive: true },
    ...[CUTOFF_VARIABLE, 'MACOSX_DEPLOYMENT_TARGET', ...RESOLUTION_VARIABLES].map((env) => ({ env })),
    // Otherwise Nx takes all of the workspace's npm packages in.
    { externalDependencies: [] },
  ];
}

/** A file as an input. To Nx it is a pattern, and what stands in brackets is no name; `?` is any one character. */
export function workspaceInput(path: string, workspaceRoot: string): string {
  const written = relative(workspaceRoot, path).replaceAll('\\', '/');
  return `{workspaceRoot}/${written.replace(/[[\](){}]/g, '?')}`;
}

/** The submodules of the workspace that a file lies in. */
function submodulesOf(path: string, workspaceRoot: string): string[] {
  const outer = checkoutAround(workspaceRoot);
  return outer === undefined ? [] : innerCheckouts(path, outer).filter((each) => isInside(each, workspaceRoot));
}

function lockOutputs(layer: Layer): string[] {
  const folder = relative(layer.projectRoot, layer.lockFolder).replaceAll('\\', '/');
  return layerFileNames(layer).map((file) => ['{projectRoot}', ...(folder === '' ? [] : [folder]), file].join('/'));
}
