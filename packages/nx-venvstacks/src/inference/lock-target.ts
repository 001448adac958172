import type { TargetConfiguration } from '@nx/devkit';
import { layerFileNames } from '../lock/judging';
import { isExcluded, lowerLayers, wayFrom, type Layer } from '../stack';
import { runCommand, TECHNOLOGIES, type LayerOptions } from './layer-target';
import type { LayerProject } from './projects';
import type { TargetInputs } from './target-inputs';

/** Goes into every cache key: raised when the same inputs would give other files. It stands for the plugin's version. */
const TARGET_FORMAT = 1;

export const LOCK_EXECUTOR = 'nx-venvstacks:lock';

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
    executor: LOCK_EXECUTOR,
    // A layer without platforms has no files: old ones must not come back.
    cache: !isExcluded(layer),
    options: { layer: layer.envName, lineage, format: TARGET_FORMAT },
    inputs: [...targetInputs.ofLock(layer, stack)],
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
