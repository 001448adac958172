import type { TargetConfiguration } from '@nx/devkit';
import { lowerLayers, type Layer, type Stack } from '../stack';
import { runCommand, TECHNOLOGIES, type LayerOptions } from './layer-target';
import { LOWER_OUTPUTS, type TargetInputs } from './target-inputs';

export const LOCK_CHECK_EXECUTOR = 'nx-venvstacks:lock-check';

/**
 * The `lock-check` target of a layer. It depends on no other task, so that a failing lower layer does not hide upper
 * ones, and is never cached, so that a poisoned cache cannot vouch for itself. Its inputs tell what affects it.
 */
export function lockCheckTarget(
  layer: Layer,
  stack: Stack,
  targetInputs: TargetInputs,
  projectName: string,
  targetName: string,
): TargetConfiguration<LayerOptions> {
  const lower = lowerLayers(layer);
  // As plain files these are harmless here: nothing is stored under a key that they are part of.
  const files = [
    ...targetInputs.ownFilesOf(layer),
    ...lower.flatMap((each) => {
      const { lock, record } = targetInputs.filesOf(each);
      return [lock, record];
    }),
  ];
  // What is the same for all layers is the same object for all of them.
  const inputs = new Set([
    ...targetInputs.ofOwnLock(layer, stack),
    ...lower.flatMap((each) => targetInputs.ofLock(each, stack)),
  ]);
  inputs.delete(LOWER_OUTPUTS);
  return {
    executor: LOCK_CHECK_EXECUTOR,
    cache: false,
    options: { layer: layer.envName },
    inputs: [...new Set([...inputs, ...files])],
    metadata: {
      technologies: TECHNOLOGIES,
      description: `Check that the lock of ${layer.kind} ${layer.name} is valid; says why not, and what to do`,
      help: { command: `${runCommand(projectName, targetName)} --help`, example: {} },
    },
  };
}
