import type { TargetConfiguration } from '@nx/devkit';
import type { Layer } from '../stack';
import { runCommand, TECHNOLOGIES, type LayerOptions } from './layer-target';
import type { Input } from './target-inputs';

export const LOCK_CHECK_EXECUTOR = 'nx-venvstacks:lock-check';

/**
 * The `lock-check` target of a layer. It depends on no other task, so that a failing lower layer does not hide upper
 * ones, and is never cached, so that a poisoned cache cannot vouch for itself. Its inputs tell what affects it.
 */
export function lockCheckTarget(
  layer: Layer,
  inputs: readonly Input[],
  projectName: string,
  targetName: string,
): TargetConfiguration<LayerOptions> {
  return {
    executor: LOCK_CHECK_EXECUTOR,
    cache: false,
    options: { layer: layer.envName },
    inputs: [...inputs],
    metadata: {
      technologies: [...TECHNOLOGIES],
      description: `Check that the lock of ${layer.kind} ${layer.name} is valid; says why not, and what to do`,
      help: { command: `${runCommand(projectName, targetName)} --help`, example: {} },
    },
  };
}
