import type { TargetConfiguration } from '@nx/devkit';
import { layerFileNames } from '../lock/judging';
import { isExcluded, lowerLayers, wayFrom, type Layer } from '../stack';
import { runCommand, TECHNOLOGIES, type LayerOptions } from './layer-target';
import { nxMajorVersion } from './nx-version';
import type { LayerProject } from './projects';
import type { TargetInputs } from './target-inputs';

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
  targetInputs: TargetInputs,
  projectNameOf: (layer: Layer) => string,
): TargetConfiguration<LockOptions> {
  const { layer, stack, name } = project;
  const lower = lowerLayers(layer);
  return {
    executor: lockExecutor(),
    // A layer without platforms has no files: old ones must not come back. Nor any for files that Nx does not see.
    cache: !isExcluded(layer) && targetInputs.seesAllOf(layer),
    options: { layer: layer.envName, lineage, format: TARGET_FORMAT },
    inputs: [...targetInputs.ofOwnLock(layer, stack)],
    outputs: isExcluded(layer) ? [] : lockOutputs(layer),
    dependsOn: lower.length ? [{ projects: lower.map(projectNameOf), target: targetName }] : [],
    metadata: {
      technologies: [...TECHNOLOGIES, 'uv'],
      description: `Lock ${layer.kind} ${layer.name}: resolve its packages if they must be, and number its contents`,
      help: { command: `${runCommand(name, targetName)} --help`, example: { args: ['--output-style=static'] } },
    },
  };
}

function lockOutputs(layer: Layer): string[] {
  const folder = wayFrom(layer.projectRoot, layer.lockFolder);
  return layerFileNames(layer).map((file) => ['{projectRoot}', ...(folder === '' ? [] : [folder]), file].join('/'));
}
