import type { TargetConfiguration } from '@nx/devkit';
import { lowerLayers, type Layer } from '../stack';
import { runCommand, TECHNOLOGIES, type LayerOptions } from './layer-target';
import type { Input } from './target-inputs';

export const UPGRADE_EXECUTOR = 'nx-venvstacks:upgrade';

/** What the `upgrade` executor is told: by the user. */
export interface UpgradeOptions extends LayerOptions {
  /** Only these packages: names, or names joined by commas. */
  readonly package?: string | readonly string[];
  /** Forget the previous resolution. */
  readonly reset?: boolean;
  /** Tell what would move, write nothing. */
  readonly dryRun?: boolean;
}

/** The `upgrade` target of a layer: asks the indexes again, so never from the cache; lower layers first. */
export function upgradeTarget(
  layer: Layer,
  inputs: readonly Input[],
  projectName: string,
  targetName: string,
): TargetConfiguration<UpgradeOptions> {
  return {
    executor: UPGRADE_EXECUTOR,
    cache: false,
    options: { layer: layer.envName },
    inputs: [...inputs],
    dependsOn: lowerLayers(layer).length ? [{ target: targetName, dependencies: true, params: 'forward' }] : [],
    metadata: {
      technologies: [...TECHNOLOGIES, 'uv'],
      description: `Lock ${layer.kind} ${layer.name}, and what is below it, with the newest packages allowed`,
      help: {
        command: `${runCommand(projectName, targetName)} --help`,
        example: { options: { package: 'numpy,scipy' } },
      },
    },
  };
}
