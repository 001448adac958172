import { VenvstacksError } from '../errors';
import {
  canonicalJson,
  checkWheels,
  hashBytes,
  isValid,
  packagesHash,
  readLock,
  type Judge,
  type LayerState,
  type Trust,
} from '../lock';
import {
  evaluateMarker,
  layerModules,
  lowerLayers,
  markerEnvironment,
  normalizeName,
  parseMarker,
  type Layer,
} from '../stack';
import { environmentOf, pythonVersionIn, type Environment } from './environment';
import { distributionsIn, type Distributions } from './installed';
import { isLayered } from './layering';
import { machinePlatform } from './platform';
import { isWrapped } from './shared-libraries';
import { readStamp } from './stamp';

/** Raised when the same inputs would give another environment. */
const BUILD_FORMAT = 1;

/** What planning needs from outside. */
export interface PlanContext extends Trust {
  readonly judge: Judge;
  /** The command that a user types to lock, or to build, a layer. */
  readonly commandFor: (envName: string, what: 'lock' | 'build') => string;
}

/** What an environment is to be. */
export interface Plan {
  readonly layer: Layer;
  readonly environment: Environment;
  /** Environments of the layers below, in the order of `sys.path`. */
  readonly below: readonly Environment[];
  readonly deployedName: string;
  /** What the environments below have, that of the nearest where several have it. */
  readonly lower: Distributions;
  readonly fingerprint: string;
  /** What is to be told of a lock that holds, although not all that it is of. */
  readonly notes: readonly string[];
}

/**
 * What a layer's environment is to be by its lock and by those below.
 *
 * @throws {VenvstacksError} `stale`, if the lock is; `configuration`, if a lower layer is not built
 */
export function planBuild(layer: Layer, environment: Environment, context: PlanContext): Plan {
  const { name: deployedName, notes } = requireFitting(layer, context);
  const below = lowerLayers(layer).map((lower) => environmentOf(lower));
  const [lower, fingerprint] = [lowerDistributions(layer, context), fingerprintOf(layer, context)];
  return { layer, environment, below, deployedName, lower, fingerprint, notes };
}

/**
 * The lock that an environment is made from: its text, and the layer's own packages for this machine, name → hash of their
 * files.
 *
 * @throws {VenvstacksError} `inputs-changed`, if it is not the one that was planned for; `resolution`, for files that are
 *   not to be installed
 */
export function readOwnPackages(
  layer: Layer,
  context: PlanContext,
): { readonly text: string; readonly packages: ReadonlyMap<string, string> } {
  const { text, packages } = readLock(layer);
  if (hashBytes(text) !== context.judge.judge(layer).fitting?.lock_hash) {
    throw new VenvstacksError('inputs-changed', 'inputs changed while this run was under way', {
      layer: layer.envName,
      hint: 'Its lock is another one by now: run it again.',
    });
  }
  checkWheels(layer, packages, context);
  const here = machinePlatform();
  const machine = here && markerEnvironment(here, layer.python);
  const own = packages.filter(
    ({ shared, marker }) => !shared && (marker === '' || !machine || evaluateMarker(parseMarker(marker), machine)),
  );
  return { text, packages: new Map(own.map((each) => [normalizeName(each.name), packagesHash([each])])) };
}

/** Whether an environment is what it is to be. */
export function isCurrent({ layer, environment, below, fingerprint, lower }: Plan): boolean {
  const stamp = readStamp(environment);
  if (stamp?.fingerprint !== fingerprint || stamp.root !== environment.root) return false;
  // Somebody may have changed it with other tools.
  if (!hasPythonOfRuntime(layer, environment) || !isWrapped(environment)) return false;
  if (!isLayered(layer, environment, below)) return false;
  const found = distributionsIn(environment);
  const hasAll = [...stamp.installed].every(([name, version]) => found.get(name) === version);
  return hasAll && ![...found].some((each) => !stamp.installed.has(each[0]) && isOtherThanBelow(each, lower));
}

/** Whether a package that is no part of a layer's lock hides another version of it that a lower layer has. */
export function isOtherThanBelow([name, version]: readonly [string, string], lower: Distributions): boolean {
  const below = lower.get(name);
  return below !== undefined && below !== version;
}

/** Whether there is a Python in an environment, and it is the one that the runtime's environment has. */
export function hasPythonOfRuntime({ runtime }: Layer, environment: Environment): boolean {
  const version = pythonVersionIn(environment);
  return version !== undefined && (!runtime || version === pythonVersionIn(environmentOf(runtime)));
}

function requireFitting(layer: Layer, { judge, commandFor }: PlanContext): { name: string; notes: string[] } {
  const state = judge.judge(layer);
  if (state.obstacle) throw state.obstacle;
  if (isValid(state)) return { name: state.deployedName, notes: [] };
  // While its sources are edited, an application's packages are those of its lock all the same.
  if (onlyModulesChanged(state)) {
    return { name: layer.envName, notes: [`${state.reasons.join(', ')} since it was locked`] };
  }
  throw new VenvstacksError('stale', `its lock is stale: ${state.reasons.join('; ')}`, {
    layer: layer.envName,
    hint: `Lock it first: ${commandFor(layer.envName, 'lock')}`,
  });
}

function onlyModulesChanged({ fitting, inputs, needsResolution, staleLower }: LayerState): boolean {
  if (!fitting || !inputs || needsResolution || staleLower.length) return false;
  const meaning = ({ contents }: { readonly contents: object }) =>
    canonicalJson({ ...contents, modules: [], packages: '' });
  return fitting.inputs.versioned === inputs.versioned && meaning(fitting.inputs) === meaning(inputs);
}

/** @throws {VenvstacksError} `configuration`, for a lower layer whose environment is not what it is to be */
function lowerDistributions(layer: Layer, context: PlanContext): Distributions {
  const found = new Map<string, string>();
  for (const lower of lowerLayers(layer)) {
    const stamp = readStamp(environmentOf(lower));
    if (stamp?.fingerprint !== fingerprintOf(lower, context)) {
      throw new VenvstacksError('configuration', `the lower layer ${lower.envName} is not built from its lock`, {
        layer: layer.envName,
        hint: `Build it first: ${context.commandFor(lower.envName, 'build')}`,
      });
    }
    for (const [name, version] of stamp.installed) if (!found.has(name)) found.set(name, version);
  }
  return found;
}

/** Everything that an environment follows from: the locks of its layer and of those below, and where all of it is. */
function fingerprintOf(layer: Layer, { judge }: PlanContext): string {
  const facts = [layer, ...lowerLayers(layer)].map((each) => ({
    root: environmentOf(each).root,
    python: declaredPython(each),
    lock: judge.judge(each).fitting?.lock_hash ?? '',
    dynlib_exclude: each.dynlibExclude,
    modules: layerModules(each).map(({ name, absolutePath }) => [name, absolutePath] as const),
  }));
  return hashBytes(canonicalJson({ format: BUILD_FORMAT, layers: facts }));
}

/** As `cpython@3.12.7`. */
export function declaredPython({ python }: Layer): string {
  return `${python.implementation}@${python.version}`;
}
