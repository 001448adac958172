import { VenvstacksError } from '../errors';
import {
  compareCodePoints,
  formatRequirement,
  isLinux,
  isMacos,
  layerModules,
  missingSubmodule,
  SYSTEM_PATHS,
  type Layer,
  type Module,
  type SourceTrees,
} from '../stack';
import { canonicalJson, type Json } from './canonical-json';
import { withoutCredentials } from './credentials';
import { hashBytes, hashItems } from './hash';
import { hashModule, type ModuleHash } from './module-hash';
import type { Contents, ResolutionInputs } from './record';
import { placeOfLink, placeOfModule } from './places';
import { hashedRequirements } from './texts';
import { effectiveCutoff, RESOLUTION_VARIABLES } from './uv-environment';
import { layerIndexes, pathOfFileUrl } from './uv-project';

/** What is known of a lower layer's lock. */
export interface LowerFacts {
  readonly envName: string;
  readonly deployedName: string;
  readonly pins: string;
}

/** All inputs of a layer's lock as they are now. */
export interface CurrentInputs {
  readonly versioned: boolean;
  /** Without the packages, which only a lock can tell. */
  readonly contents: Omit<Contents, 'packages'>;
  readonly resolution: ResolutionInputs;
  readonly hashes: InputHashes;
  readonly modules: readonly HashedModule[];
}

/** A module as it is now. */
export interface HashedModule extends Module, ModuleHash {
  /** Whether a commit says all that is in it: no link leads to where only the option `linkedFolders` lets it lead. */
  readonly isVersioned: boolean;
}

/** venvstacks' hashes of a layer's inputs. */
export interface InputHashes {
  readonly lock_input_hash: string;
  readonly other_inputs_hash: string;
  readonly version_inputs_hash: string;
}

/**
 * Collects a layer's inputs.
 *
 * @param deployOrder lower layers, frameworks as linearised, then the runtime
 * @param constraintOrder the same layers, the runtime first
 * @throws {VenvstacksError} `configuration`, for a module that cannot be hashed or a variable that makes no sense
 */
export function currentInputs(
  layer: Layer,
  deployOrder: readonly LowerFacts[],
  constraintOrder: readonly LowerFacts[],
  env: NodeJS.ProcessEnv,
  trees: SourceTrees,
): CurrentInputs {
  const modules = layerModules(layer).map((module) => hashOrThrow(layer, module, trees));
  return {
    versioned: layer.versioned,
    contents: contentsOf(layer, modules, deployOrder),
    resolution: resolutionOf(layer, constraintOrder, env),
    hashes: inputHashes(layer, modules),
    modules,
  };
}

function hashOrThrow(layer: Layer, module: Module, trees: SourceTrees): HashedModule {
  const places = new Set([placeOfModule(layer, module, trees)]);
  const result = hashModule(module, trees, (links) => {
    for (const link of links) places.add(placeOfLink(layer, link, trees));
  });
  if (typeof result === 'string') {
    throw new VenvstacksError('configuration', `the module '${module.path}' has no file that would be shipped`, {
      layer: layer.envName,
      hint:
        missingSubmodule(module.realPath) === undefined
          ? 'Add its sources, or take those that are there out of .gitignore.'
          : 'Its submodule is not checked out: git submodule update --init --recursive',
    });
  }
  return { ...module, ...result, isVersioned: !places.has('linked') };
}

function contentsOf(
  layer: Layer,
  modules: readonly HashedModule[],
  deployOrder: readonly LowerFacts[],
): Omit<Contents, 'packages'> {
  const [launch, ...support] = modules.map(({ name, exact }, index) => ({
    role: index === 0 ? ('launch' as const) : ('support' as const),
    name,
    hash: exact,
  }));
  const { python, platforms } = layer;
  return {
    env_name: layer.envName,
    modules: launch ? [launch, ...support.sort((a, b) => compareCodePoints(a.name, b.name))] : [],
    python: `${python.implementation}@${layer.kind === 'runtime' ? python.version : python.minor}`,
    linux_target: platforms.some(isLinux) ? `glibc@${layer.linuxTarget.version.join('.')}` : null,
    macosx_target: platforms.some(isMacos) ? layer.macosxTarget.version.join('.') : null,
    dynlib_exclude: [...new Set(layer.dynlibExclude)].sort(compareCodePoints),
    lower: deployOrder.map(({ deployedName }) => deployedName),
  };
}

function resolutionOf(layer: Layer, constraintOrder: readonly LowerFacts[], env: NodeJS.ProcessEnv): ResolutionInputs {
  const { python } = layer;
  return {
    requirements: layer.requirements
      .map((requirement) => withoutCredentials(formatRequirement(requirement)))
      .sort(compareCodePoints),
    python: `${python.implementation}@${python.version}`,
    platforms: [...new Set(layer.platforms)].sort(compareCodePoints),
    cutoff: effectiveCutoff(layer, env) ?? null,
    package_indexes: Object.fromEntries(layer.packageIndexes),
    priority_indexes: layer.priorityIndexes,
    uv: uvInputs(layer, env),
    lower_pins: constraintOrder.map(({ envName, pins }) => [envName, pins] as const),
  };
}

/** uv's configuration as it applies to the layer, each value hashed: addresses may be confidential. */
function uvInputs(layer: Layer, env: NodeJS.ProcessEnv): Record<string, string> {
  const { settings, sources, folder } = layer.uv;
  const inputs: Record<string, string> = {};
  for (const [key, value] of Object.entries(settings)) inputs[key] = hashValue(value, folder);
  if (sources.size) inputs.sources = hashValue(Object.fromEntries(sources), folder);
  layerIndexes(layer).forEach(({ table, name, priority }, position) => {
    // The order of indexes is their priority.
    inputs[`index.${name ?? `#${position + 1}`}`] = hashValue({ ...table, priority, position }, folder);
  });
  for (const name of RESOLUTION_VARIABLES) {
    const value = env[name];
    if (value !== undefined && value !== '') inputs[`env.${name}`] = hashValue(value, folder);
  }
  return inputs;
}

function hashValue(value: unknown, folder: string): string {
  return hashBytes(canonicalJson(portable(value, folder)));
}

/** Without credentials, and with local addresses relative to the stack: the same on every machine. */
function portable(value: unknown, folder: string): Json {
  if (Array.isArray(value)) return value.map((each) => portable(each, folder));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return portableText(withoutCredentials(value), folder);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, portable(each, folder)]));
  }
  return typeof value === 'bigint' ? value.toString() : (value as Json);
}

/**
 * An address as it is on every machine: of a local one the way from the stack's folder.
 *
 * @throws {VenvstacksError} `configuration`, where there is no such way
 */
export function portableText(text: string, folder: string, paths = SYSTEM_PATHS): string {
  const path = /^file:\/\/\//i.test(text) ? pathOfFileUrl(text, paths) : text;
  if (!paths.isAbsolute(path)) return text;
  const way = paths.relative(folder, path);
  if (!paths.isAbsolute(way)) return `./${way.replaceAll('\\', '/')}`;
  throw new VenvstacksError('configuration', `'${text}' lies on another drive than the stack`, {
    hint: 'Locks name local wheels by the way to them: put these on the same drive, or into an index.',
  });
}

/** The items behind venvstacks' `other_inputs_hash`. */
export function otherInputs(layer: Layer): string[] {
  const { platforms, runtime, frameworks } = layer;
  return [
    `py_version=${layer.python.minor}`,
    ...(platforms.some(isLinux) ? [`linux_target=${layer.linuxTarget.text}`] : []),
    ...(platforms.some(isMacos) ? [`macosx_target=${layer.macosxTarget.text}`] : []),
    ...(runtime ? [runtime.envName, ...frameworks.map(({ name }) => name)] : []),
  ];
}

/** The items behind venvstacks' `version_inputs_hash`. */
export function versionInputs(layer: Layer, modules: readonly { readonly hash: string }[]): string[] {
  return [
    `env_name=${layer.envName}`,
    `is_versioned_layer=${layer.versioned ? 'True' : 'False'}`,
    ...modules.map(({ hash }) => hash),
  ];
}

/** venvstacks' hashes of a layer's inputs (lock-format.md, "Hashes"). */
export function inputHashes(layer: Layer, modules: readonly { readonly hash: string }[]): InputHashes {
  return {
    lock_input_hash: hashItems(hashedRequirements(layer).sort(compareCodePoints)),
    other_inputs_hash: hashItems(otherInputs(layer)),
    version_inputs_hash: hashItems(versionInputs(layer, modules)),
  };
}
