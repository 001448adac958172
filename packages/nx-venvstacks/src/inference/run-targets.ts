import type { TargetConfiguration } from '@nx/devkit';
import { lowerLayers, type Layer } from '../stack';
import { runCommand, TECHNOLOGIES, type LayerOptions } from './layer-target';
import type { Input } from './target-inputs';

export const BUILD_EXECUTOR = 'nx-venvstacks:build';
export const LAUNCH_EXECUTOR = 'nx-venvstacks:launch';
export const PYTHON_EXECUTOR = 'nx-venvstacks:python';

/** What the `launch` and `python` executors are told. */
export interface RunOptions extends LayerOptions {
  /** Folder to start in, relative to the workspace. Default: where the command was typed. */
  readonly cwd?: string;
  /** The rest of the command line, as it was typed. */
  readonly __unparsed__?: readonly string[];
}

/** The `build` target of a layer: an environment in the project's root, which no cache could restore; lower ones first. */
export function buildTarget(
  layer: Layer,
  inputs: readonly Input[],
  projectName: string,
  targetName: string,
): TargetConfiguration<LayerOptions> {
  return {
    executor: BUILD_EXECUTOR,
    cache: false,
    options: { layer: layer.envName },
    inputs: [...inputs],
    dependsOn: lowerLayers(layer).length ? [{ target: targetName, dependencies: true }] : [],
    metadata: {
      technologies: [...TECHNOLOGIES, 'uv'],
      description: `Build ${layer.kind} ${layer.name}: its environment for this machine, from its lock`,
      help: { command: `${runCommand(projectName, targetName)} --help`, example: {} },
    },
  };
}

/** The `launch` target of an application. @param build the target that it depends on; false if there is none */
export function launchTarget(
  layer: Layer,
  inputs: readonly Input[],
  projectName: string,
  targetName: string,
  build: string | false,
): TargetConfiguration<RunOptions> {
  const description = `Run ${layer.launchModule?.name ?? layer.name} in its environment`;
  return runTarget(
    LAUNCH_EXECUTOR,
    layer,
    inputs,
    build,
    description,
    `${runCommand(projectName, targetName)} -- --help`,
  );
}

/** The `python` target of a layer. @param build the target that it depends on; false if there is none */
export function pythonTarget(
  layer: Layer,
  inputs: readonly Input[],
  projectName: string,
  targetName: string,
  build: string | false,
): TargetConfiguration<RunOptions> {
  const description = `Run the Python of ${layer.kind} ${layer.name}: a shell, a script, a module`;
  return runTarget(
    PYTHON_EXECUTOR,
    layer,
    inputs,
    build,
    description,
    `${runCommand(projectName, targetName)} -- --version`,
  );
}

function runTarget(
  executor: string,
  { envName }: Layer,
  inputs: readonly Input[],
  build: string | false,
  description: string,
  command: string,
): TargetConfiguration<RunOptions> {
  return {
    executor,
    cache: false,
    options: { layer: envName },
    inputs: [...inputs],
    dependsOn: build === false ? [] : [build],
    metadata: { technologies: [...TECHNOLOGIES], description, help: { command, example: { args: [] } } },
  };
}
