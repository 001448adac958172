import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { VenvstacksError } from '../errors';
import {
  canonicalJson,
  checkWheels,
  hashBytes,
  isValid,
  layerFiles,
  packagesHash,
  readLock,
  relocateValues,
  sweep,
  temporaryPath,
  withClaim,
  writeText,
  type Claiming,
  type Judge,
  type LayerState,
  type Trust,
} from '../lock';
import { layerModules, lowerLayers, type Layer } from '../stack';
import { environmentOf, pythonVersionIn, type Environment } from './environment';
import { writeLayering } from './layering';
import { whyNotHere } from './platform';
import { createEnvironment, notesOnPython } from './python';
import { librarySearchPath, linkSharedLibraries, wrapPython } from './shared-libraries';
import { readStamp, writeStamp, type Stamp } from './stamp';
import { requireSuccess, withUv, type RunUv, type UvContext } from './uv';

/** Raised when the same inputs would give another environment. */
const BUILD_FORMAT = 1;

/** What building needs from outside. */
export interface BuildContext extends UvContext, Trust, Omit<Claiming, 'what'> {
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
  refuseOther(layer, environment);
  const first = planBuild(layer, environment, context);
  if (isCurrent(first)) return resultOf(first, 'current');
  const what = { folder: layer.projectRoot, doing: 'building' };
  return withClaim(layer, { ...context, what }, async (waited) => {
    // Another process may have built it meanwhile, or locked it.
    if (waited) for (const each of [layer, ...lowerLayers(layer)]) context.judge.forget(each);
    const plan = waited ? planBuild(layer, environment, context) : first;
    if (isCurrent(plan)) return resultOf(plan, 'current');
    refuseOther(layer, environment);
    const stamp = readStamp(environment);
    const notes = await withUv(layer, context, (run, folder) => renew(plan, stamp, context, run, folder));
    const { root } = environment;
    await writeStamp(environment, {
      fingerprint: plan.fingerprint,
      root,
      python: pythonOf(layer),
      packages: plan.packages,
    });
    return resultOf(plan, 'built', notes);
  });
}

/** What an environment is to be. */
interface Plan {
  readonly layer: Layer;
  readonly environment: Environment;
  readonly deployedName: string;
  /** The lock's text. */
  readonly lock: string;
  /** The layer's own packages, on all platforms: name → hash of their files. */
  readonly packages: Readonly<Record<string, string>>;
  readonly fingerprint: string;
  readonly notes: readonly string[];
}

function planBuild(layer: Layer, environment: Environment, context: BuildContext): Plan {
  const { name: deployedName, notes } = requireFitting(layer, context);
  const { text: lock, packages } = readLock(layer);
  if (hashBytes(lock) !== context.judge.judge(layer).fitting?.lock_hash) {
    throw new VenvstacksError('inputs-changed', 'inputs changed while this run was under way', {
      layer: layer.envName,
      hint: 'Its lock is another one by now: run it again.',
    });
  }
  checkWheels(layer, packages, context);
  const own = packages.filter(({ shared }) => !shared).map((each) => [each.name, packagesHash([each])] as const);
  const lower = lowerLayers(layer).map((each) => ({ layer: each, environment: environmentOf(each) }));
  const fingerprint = fingerprintOf(layer, context, lower);
  return { layer, environment, deployedName, lock, packages: Object.fromEntries(own), fingerprint, notes };
}

function isCurrent({ environment, fingerprint }: Plan): boolean {
  const stamp = readStamp(environment);
  return (
    stamp?.fingerprint === fingerprint && stamp.root === environment.root && pythonVersionIn(environment) !== undefined
  );
}

function resultOf(
  { layer, deployedName, environment, packages, notes }: Plan,
  outcome: 'current' | 'built',
  more: readonly string[] = [],
): BuildResult {
  const told = [...notes, ...notesOnPython(layer, environment), ...more];
  return { outcome, deployedName, environment, packages: Object.keys(packages).length, notes: told };
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
    python: pythonOf(layer),
    lock: judge.judge(layer).fitting?.lock_hash ?? '',
    dynlib_exclude: layer.dynlibExclude,
    modules: layerModules(layer).map(({ name, absolutePath }) => [name, absolutePath] as const),
    lower: built,
  };
  return hashBytes(canonicalJson(facts));
}

/** A user's own environment may lie in the same place, or a link to wherever. */
function refuseOther(layer: Layer, environment: Environment): void {
  const { root } = environment;
  const stats = lstatSync(root, { throwIfNoEntry: false });
  const isOurs = !stats || (stats.isDirectory() && (readStamp(environment) || readdirSync(root).length === 0));
  if (isOurs) return;
  throw new VenvstacksError('configuration', `there is an environment already that was not built by this: ${root}`, {
    layer: layer.envName,
    hint: 'Move or remove it.',
  });
}

async function renew(
  { layer, environment, lock: text, packages }: Plan,
  stamp: Stamp | undefined,
  context: BuildContext,
  run: RunUv,
  folder: string,
): Promise<string[]> {
  const lower = lowerLayers(layer).map((each) => environmentOf(each));
  const isKept = stamp !== undefined && stamp.root === environment.root && pythonFits(layer, environment, stamp);
  if (!isKept) await removeWhole(environment.root);
  await mkdir(environment.root, { recursive: true });
  // From here on until the end, another run takes up what this one leaves behind.
  const before = isKept ? stamp.packages : {};
  const python = isKept ? stamp.python : pythonOf(layer);
  const { root } = environment;
  await writeStamp(environment, { fingerprint: undefined, root, python, packages: { ...before, ...packages } });
  if (!isKept) await createEnvironment(layer, environment, run, context.env);

  const succeed = async (what: string, ...args: string[]) => {
    requireSuccess(layer, context.env, what, await run('pip', ...args, '--quiet', '--python', environment.root));
  };
  const gone = Object.keys(before).filter((name) => !(name in packages));
  if (gone.length) await succeed('remove packages', 'uninstall', ...gone);
  // uv takes a package for the right one by its version: not one of other files, nor one of which half was installed.
  const others = Object.entries(packages).filter(([name, hash]) => before[name] !== undefined && before[name] !== hash);
  const again =
    isKept && stamp.fingerprint === undefined ? ['--reinstall'] : others.map(([name]) => `--reinstall-package=${name}`);
  // A copy, for no other text to be installed. Local wheels are named by the way from where the lock lies.
  const lock = join(folder, basename(layerFiles(layer).lock));
  await writeText(lock, relocateValues(text, ['path'], layer.lockFolder, folder));
  const from = ['--preview-features', 'pylock', '--no-build', '--requirements', lock];
  await succeed('install the packages of the lock', 'install', ...from, ...again);

  await writeLayering(layer, environment, lower);
  const libraryNotes = await linkSharedLibraries(layer, environment);
  return [...libraryNotes, ...(await wrapPython(environment, librarySearchPath(lower)))];
}

/** Its files go one by one: as long as they do, it is not to be taken for an environment. */
async function removeWhole(root: string): Promise<void> {
  sweep(dirname(root));
  if (!existsSync(root)) return;
  const aside = temporaryPath(dirname(root), basename(root));
  await rename(root, aside.path);
  aside.remove();
}

function pythonOf({ python }: Layer): string {
  return `${python.implementation}@${python.version}`;
}

/** Whether an environment's Python is still the one that it should have, or what was found for it. */
function pythonFits(layer: Layer, environment: Environment, stamp: Stamp): boolean {
  const version = pythonVersionIn(environment);
  if (version === undefined || stamp.python !== pythonOf(layer)) return false;
  return !layer.runtime || version === pythonVersionIn(environmentOf(layer.runtime));
}
