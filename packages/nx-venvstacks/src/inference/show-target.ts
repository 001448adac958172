import type { TargetConfiguration } from '@nx/devkit';
import type { Layer } from '../stack';
import { runCommand, TECHNOLOGIES, type LayerOptions } from './layer-target';
import type { Input } from './target-inputs';

export const SHOW_EXECUTOR = 'nx-venvstacks:show';

/** The `show` target of a layer: tells what the files say, so never from the cache. */
export function showTarget(
  layer: Layer,
  inputs: readonly Input[],
  projectName: string,
  targetName: string,
): TargetConfiguration<LayerOptions> {
  return {
    executor: SHOW_EXECUTOR,
    cache: false,
    options: { layer: layer.envName },
    inputs: [...inputs],
    metadata: {
      technologies: [...TECHNOLOGIES],
      description: `Show ${layer.kind} ${layer.name}: its number, whether its lock is valid, its packages`,
      help: { command: `${runCommand(projectName, targetName)} --help`, example: {} },
    },
  };
}
