import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { VenvstacksError } from '../errors';
import {
  canonicalJson,
  hashBytes,
  isValid,
  readLock,
  withClaim,
  type Claiming,
  type Judge,
  type LayerState,
} from '../lock';
import { layerModules, lowerLayers, type Layer } from '../stack';
import { environmentOf, pythonVersionIn, type Environment } from './environment';
import { installableLock } from './installable-lock';
import { writeLayering } from './layering';
import { whyNotHere } from './platform';
import { createEnvironment } from './python';
import { librarySearchPath, linkSharedLibraries, wrapPython } from './shared-libraries';
import { readStamp, writeStamp, type Stamp } from './stamp';
import { requireSuccess, withUv, type RunUv, type UvContext } from './uv';

/** Raised when the same inputs would give another environment. */
const BUILD_FORMAT = 1;

/** What building needs from outside. */
export interface BuildContext extends UvContext, Omit<Claiming, 'what'> {
  readonly judge: Judge;
  /** The command that a user types to lock, or to build, a layer. */
  readonly commandFor: (envName: string, what: 'lock' | 'build') => string;
}

/** What a build came to. */
export interface BuildResult {
  /** `skipped`: not for this machine. `current`: nothing to do. */
  readonly outcome: 'skipped' | 'current' | 'built';
  readonly deployedName: string;
  readonly environment: Environment;
  /** How many packages of its own the environment has. */
  readonly packages: number;
  /** Things worth knowing. */
  readonly notes: readonly string[];
}

/**
 * Makes a layer's environment for this machine what its lock says; its sources are taken as they are now. What is there
 * is changed in place; a build that is interrupted is done again by the next. One process at a time has it.
 *
 * @throws {VenvstacksError} `stale`, if the lock is; `uv`; `configuration`
 */
export async function buildLayer(layer: Layer, context: BuildContext): Promise<BuildResult> {
  const environment = environmentOf(layer);
  const unfit = whyNotHere(layer);
  if (unfit !== undefined) {
    return { outcome: 'skipped', deployedName: layer.envName, environment, packages: 0, notes: [unfit] };
  }
  const { name: deployedName, notes: told } = requireFitting(layer, context);
  const { packages } = readLock(layer);
  const names = packages.filter(({ shared }) => !shared).map(({ name }) => name);
  const lower = lowerLayers(layer).map((each) => ({ layer: each, environment: environmentOf(each) }));
  const fingerprint = fingerprintOf(layer, context, lower);
  const done = { deployedName, environment, packages: names.length };
  const isCurrent = () =>
    readStamp(environment)?.fingerprint === fingerprint && pythonVersionIn(environment) !== undefined;
  if (isCurrent()) return { ...done, outcome: 'current', notes: told };
  const what = { folder: layer.projectRoot, doing: 'building' };
  return withClaim(layer, { ...context, what }, async (waited): Promise<BuildResult> => {
    if (waited && isCurrent()) return { ...done, outcome: 'current', notes: told };
    const stamp = readStamp(environment);
    refuseForeign(layer, environment, stamp);
    const notes = await withUv(layer, context, (run, folder) =>
      renew(layer, environment, stamp, names, context, run, folder),
    );
    await writeStamp(environment, { fingerprint, packages: names });
    return { ...done, outcome: 'built', notes: [...told, ...notes] };
  });
}

/** @returns what is to be told of a lock that holds, although not all that it is of */
function requireFitting(layer: Layer, { judge, commandFor }: BuildContext): { name: string; notes: string[] } {
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

/** Everything that an environment follows from: what its record says, where its sources and lower layers are. */
function fingerprintOf(
  layer: Layer,
  { judge, commandFor }: BuildContext,
  lower: readonly { readonly layer: Layer; readonly environment: Environment }[],
): string {
  const built = lower.map(({ layer: each, environment }) => {
    const fingerprint = readStamp(environment)?.fingerprint;
    if (fingerprint === undefined) {
      throw new VenvstacksError('configuration', `the lower layer ${each.envName} is not built`, {
        layer: layer.envName,
        hint: `Build it first: ${commandFor(each.envName, 'build')}`,
      });
    }
    return [environment.root, fingerprint] as const;
  });
  const facts = {
    format: BUILD_FORMAT,
    python: `${layer.python.implementation}@${layer.python.version}`,
    lock: judge.judge(layer).fitting?.lock_hash ?? '',
    dynlib_exclude: layer.dynlibExclude,
    modules: layerModules(layer).map(({ name, absolutePath }) => [name, absolutePath] as const),
    lower: built,
  };
  return hashBytes(canonicalJson(facts));
}

/** A user's own environment may lie in the same place. */
function refuseForeign(layer: Layer, { root }: Environment, stamp: Stamp | undefined): void {
  if (stamp !== undefined || !existsSync(root)) return;
  throw new VenvstacksError('configuration', `there is an environment already that was not built by this: ${root}`, {
    layer: layer.envName,
    hint: 'Move or remove it.',
  });
}

async function renew(
  layer: Layer,
  environment: Environment,
  stamp: Stamp | undefined,
  names: readonly string[],
  context: BuildContext,
  run: RunUv,
  folder: string,
): Promise<string[]> {
  const before = stamp?.packages ?? [];
  const lower = lowerLayers(layer).map((each) => environmentOf(each));
  const isKept = pythonFits(layer, environment);
  if (!isKept) await rm(environment.root, { recursive: true, force: true });
  await mkdir(environment.root, { recursive: true });
  // From here on until the end, another run takes up what this one leaves behind.
  const installed = isKept ? before : [];
  await writeStamp(environment, { fingerprint: undefined, packages: [...new Set([...installed, ...names])] });
  const notes = isKept ? [] : await createEnvironment(layer, environment, run, context.env);

  const wanted = new Set(names);
  const gone = installed.filter((name) => !wanted.has(name));
  const target = ['--python', environment.root];
  if (gone.length) {
    requireSuccess(layer, context.env, 'remove packages', await run('pip', 'uninstall', '--quiet', ...target, ...gone));
  }
  const lock = await installableLock(layer, folder);
  const install = ['pip', 'install', '--quiet', '--preview-features', 'pylock', '--no-build', ...target];
  requireSuccess(layer, context.env, 'install the packages of the lock', await run(...install, '--requirements', lock));

  await writeLayering(layer, environment, lower);
  const libraryNotes = await linkSharedLibraries(layer, environment);
  await wrapPython(environment, librarySearchPath(lower));
  return [...notes, ...libraryNotes];
}

/** Whether an environment's Python is still the one that it should have. */
function pythonFits(layer: Layer, environment: Environment): boolean {
  const version = pythonVersionIn(environment);
  if (version === undefined) return false;
  return layer.runtime
    ? version === pythonVersionIn(environmentOf(layer.runtime))
    : version === layer.python.version || version.startsWith(`${layer.python.minor}.`);
}
