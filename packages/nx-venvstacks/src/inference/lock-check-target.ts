import type { TargetConfiguration } from '@nx/devkit';
import { layerFiles } from '../lock';
import { lowerLayers, type Layer, type Stack } from '../stack';
import { runCommand, TECHNOLOGIES, type LayerOptions } from './layer-target';
import { lockInputs, workspaceInput } from './lock-target';

export const LOCK_CHECK_EXECUTOR = 'nx-venvstacks:lock-check';

/**
 * The `lock-check` target of a layer. It depends on no other task, so that a failing lower layer does not hide upper
 * ones, and is never cached, so that a poisoned cache cannot vouch for itself. Its inputs tell what affects it.
 */
export function lockCheckTarget(
  layer: Layer,
  stack: Stack,
  workspaceRoot: string,
  projectName: string,
  targetName: string,
): TargetConfiguration<LayerOptions> {
  const lower = lowerLayers(layer);
  const inWorkspace = (path: string) => workspaceInput(path, workspaceRoot);
  // As plain files these are harmless here: nothing is stored under a key that they are part of.
  const files = [
    ...Object.values(layerFiles(layer) as unknown as Record<string, string>),
    ...lower.map(layerFiles).flatMap(({ lock, record }) => [lock, record]),
  ].map(inWorkspace);
  const inputs = [layer, ...lower]
    .flatMap((each) => lockInputs(each, stack, workspaceRoot))
    .filter((input) => !isTaskOutput(input));
  return {
    executor: LOCK_CHECK_EXECUTOR,
    cache: false,
    options: { layer: layer.envName },
    inputs: distinct([...inputs, ...files]),
    metadata: {
      technologies: TECHNOLOGIES,
      description: `Check that the lock of ${layer.kind} ${layer.name} is valid; says why not, and what to do`,
      help: { command: `${runCommand(projectName, targetName)} --help`, example: {} },
    },
  };
}

type Inputs = NonNullable<TargetConfiguration['inputs']>;

function isTaskOutput(input: Inputs[number]): boolean {
  return typeof input === 'object' && 'dependentTasksOutputFiles' in input;
}

function distinct(inputs: Inputs): Inputs {
  return [...new Map(inputs.map((input) => [JSON.stringify(input), input])).values()];
}
