import { dirname, relative } from 'node:path';
import { inputHashes, isValid, parseLock, requirementsHash, type LayerState } from '../lock';
import {
  formatProblems,
  formatRequirement,
  isExcluded,
  LIMITS,
  lowerLayers,
  readText,
  type Layer,
  type Module,
  type Stack,
} from '../stack';

/** A stack as `show --json` prints it (interface.md, "Command line"). Paths of a stack are relative to `cwd`. */
export function stackFacts(stack: Stack, states: readonly LayerState[], cwd: string) {
  const path = (absolute: string) => relative(cwd, absolute).replaceAll('\\', '/') || '.';
  return {
    file: stack.file === null ? null : path(stack.file),
    root: path(stack.folder),
    warnings: stack.warnings.map((warning) => formatProblems([warning], cwd)),
    layers: states.map((state) => layerFacts(state, path)),
  };
}

function layerFacts(state: LayerState, path: (absolute: string) => string) {
  const { layer, files, record, inputs } = state;
  const known = record.kind === 'ours' || record.kind === 'foreign' ? record.record : undefined;
  const fromDefinition = (absolute: string) => relative(dirname(layer.definition), absolute).replaceAll('\\', '/');
  const modules = inputs?.modules ?? [];
  const [launch, ...support] = modules.map(({ path: written, name, hash }) => ({ path: written, name, hash }));
  return {
    name: layer.name,
    kind: layer.kind,
    env_name: layer.envName,
    project_root: path(layer.projectRoot),
    definition: path(layer.definition),
    install_target: state.deployedName,
    state: isValid(state) ? 'valid' : 'stale',
    reasons: state.reasons,
    lock_version: known?.lock_version ?? null,
    last_version: known && 'last_version' in known ? known.last_version : null,
    versioned: layer.versioned,
    python_implementation: `${layer.python.implementation}@${layer.python.version}`,
    platforms: layer.platforms,
    linux_target: layer.linuxTarget.text,
    macosx_target: layer.macosxTarget.text,
    package_indexes: Object.fromEntries(layer.packageIndexes),
    priority_indexes: layer.priorityIndexes,
    dynlib_exclude: layer.dynlibExclude,
    runtime: layer.runtime?.name ?? null,
    frameworks: layer.frameworks.map(({ name }) => name),
    dependencies: lowerLayers(layer).map(({ envName }) => envName),
    requirements: layer.requirements.map(formatRequirement),
    ...hashesOf(layer, modules),
    requirements_hash: lockedHash(files.lock),
    launch_module: launch ?? (layer.launchModule ? unhashed(layer.launchModule) : null),
    support_modules: launch ? support : layer.supportModules.map(unhashed),
    lock_path: fromDefinition(files.lock),
    lock_metadata_path: fromDefinition(files.record),
    lock_input_path: fromDefinition(files.input),
    excluded: isExcluded(layer),
  };
}

function hashesOf(layer: Layer, modules: readonly { readonly hash: string }[]) {
  const { lock_input_hash, other_inputs_hash, version_inputs_hash } = inputHashes(layer, modules);
  return { lock_input_hash, other_inputs_hash, version_inputs_hash };
}

/** A module that has nothing to hash; the layer's reasons say why. */
function unhashed({ path, name }: Module) {
  return { path, name, hash: null };
}

function lockedHash(lock: string): string | null {
  try {
    return requirementsHash(parseLock(readText(lock, LIMITS.lock)).packages);
  } catch {
    return null;
  }
}
