import { existsSync, statSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { layerFiles, relocateValues, sweep, temporaryPath, writeText, type ProcessResult } from '../lock';
import type { Layer } from '../stack';
import type { Environment } from './environment';
import { constraintsOf, distributionsIn, type Distributions } from './installed';
import { writeLayering } from './layering';
import {
  declaredPython,
  hasPythonOfRuntime,
  isOtherThanBelow,
  readOwnPackages,
  type Plan,
  type PlanContext,
} from './plan';
import { createEnvironment } from './python';
import { librarySearchPath, linkSharedLibraries, wrapPython } from './shared-libraries';
import { readStamp, writeStamp, type Stamp } from './stamp';
import { requireSuccess, type RunUv, type UvContext } from './uv';

/**
 * Makes an environment what it is to be: in place where it was built before, with its Python, in this folder, to the end;
 * else anew.
 *
 * @param folder for temporary files
 * @returns things worth knowing
 */
export async function renew(
  plan: Plan,
  context: PlanContext & Pick<UvContext, 'env'>,
  run: RunUv,
  folder: string,
): Promise<string[]> {
  const { layer, environment } = plan;
  const { env } = context;
  const { text, packages } = readOwnPackages(layer, context);
  let kept = keepable(plan);
  try {
    if (kept && !(await clear(plan, kept, packages, run))) kept = undefined;
    if (!kept) await beginAnew(plan, folder, (root) => createEnvironment(layer, root, run, env));
    // A copy, for no other text to be installed. Local wheels are named by the way from where the lock lies.
    const lock = join(folder, basename(layerFiles(layer).lock));
    await writeText(lock, relocateValues(text, ['path'], layer.lockFolder, folder));
    const from = ['--preview-features', 'pylock', '--no-build', '--requirements', lock];
    const result = await run('pip', 'install', ...from, '--quiet', '--python', environment.root);
    requireSuccess(layer, env, 'install the packages of the lock', result, hintOn(result));

    await writeLayering(layer, environment, plan.below);
    const notes = await linkSharedLibraries(layer, environment);
    notes.push(...(await wrapPython(environment, librarySearchPath(plan.below))));

    const installed = new Map([...distributionsIn(environment)].filter(([name]) => packages.has(name)));
    await writeText(environment.constraints, constraintsText(layer.envName, new Map([...plan.lower, ...installed])));
    const { fingerprint } = plan;
    await writeStamp(environment, { ...stampOf(layer, environment), fingerprint, packages, installed });
    return notes;
  } catch (error) {
    if (kept) await leaveFor(environment, kept, packages);
    throw error;
  }
}

/**
 * Leaves an environment that is not what it is to be, as without a network, for the next run to go on with: what it has of
 * either lock goes then, as any of it may be there in part, and a user's own stays.
 */
async function leaveFor(environment: Environment, before: Stamp, packages: Stamp['packages']): Promise<void> {
  const ofUnknownFiles = new Map([...before.packages.keys(), ...packages.keys()].map((name) => [name, '']));
  try {
    await writeStamp(environment, { ...before, fingerprint: '', packages: ofUnknownFiles });
  } catch {
    // As where the disk is full, which is to be told of and not this: the next run begins anew.
  }
}

/** The stamp of an environment with nothing in it yet. */
function stampOf(layer: Layer, { root }: Environment): Stamp {
  const python = declaredPython(layer);
  return { fingerprint: undefined, root, python, packages: new Map(), installed: new Map() };
}

/** What an environment was, if it can be changed in place. */
function keepable({ layer, environment }: Plan): Stamp | undefined {
  const before = readStamp(environment);
  const canBeKept =
    before?.fingerprint !== undefined &&
    before.root === environment.root &&
    before.python === declaredPython(layer) &&
    hasPythonOfRuntime(layer, environment) &&
    // Where packages are to go; uv can do nothing with an environment that has lost it.
    statSync(environment.sitePackages, { throwIfNoEntry: false })?.isDirectory() === true;
  return canBeKept ? before : undefined;
}

/** Takes out of an environment all that the lock's packages could meet with. @returns whether that could be done */
async function clear(
  { environment, lower }: Plan,
  before: Stamp,
  packages: ReadonlyMap<string, string>,
  run: RunUv,
): Promise<boolean> {
  // Until the end, a run that is interrupted leaves one to be made anew.
  await writeStamp(environment, { ...before, fingerprint: undefined });
  const leaving = toRemove(packages, lower, before, distributionsIn(environment));
  if (leaving.length === 0) return true;
  const { code } = await run('pip', 'uninstall', ...leaving, '--quiet', '--python', environment.root);
  // What uv cannot take out, as its list of files is lost, goes with all the rest.
  return code === 0;
}

function hintOn({ stderr }: ProcessResult): string | undefined {
  return /hash mismatch/i.test(stderr)
    ? 'If a wheel was made again under the same version, on purpose: the target upgrade locks the new one.'
    : undefined;
}

/**
 * What has to go before the lock is installed. uv takes a package for the right one by its version, and two packages may
 * have a file in common: so all of the layer's own go where any is another one, or was changed by another tool.
 */
function toRemove(
  packages: ReadonlyMap<string, string>,
  lower: Distributions,
  before: Stamp,
  found: Distributions,
): string[] {
  const isAnother =
    [...before.packages].some(([name, hash]) => packages.get(name) !== hash) ||
    [...before.installed].some(([name, version]) => found.get(name) !== version);
  return [...found]
    .filter(([name, version]) => {
      if (before.packages.has(name)) return isAnother;
      // A user's own, which the lock has by now, or which hides that of a lower layer.
      return packages.has(name) || isOtherThanBelow([name, version], lower);
    })
    .map(([name]) => name);
}

/**
 * An environment with nothing in it, marked as ours and ignored by git from the first moment: one that nobody has finished
 * is not to be taken for another tool's.
 *
 * @param create makes one at a path. Where it cannot, as without its Python, what was there stays: it may be another
 *   branch's
 */
async function beginAnew(
  { layer, environment }: Plan,
  temporary: string,
  create: (root: string) => Promise<void>,
): Promise<void> {
  const { root, stamp } = environment;
  const folder = dirname(root);
  sweep(folder);
  if (existsSync(root)) {
    await create(join(temporary, 'trial'));
    // Its files go one by one: as long as they do, it is not to be taken for an environment.
    const aside = temporaryPath(folder, basename(root));
    await rename(root, aside.path);
    aside.remove();
  }
  const fresh = temporaryPath(folder, basename(root));
  await mkdir(fresh.path, { recursive: true });
  await writeText(join(fresh.path, '.gitignore'), '*\n');
  await writeStamp({ stamp: join(fresh.path, basename(stamp)) }, stampOf(layer, environment));
  await rename(fresh.path, root);
  fresh.remove();
  await create(root);
}

function constraintsText(envName: string, distributions: Distributions): string {
  const header = `# Packages of ${envName} and of the layers below it, generated by nx-venvstacks (DO NOT EDIT)`;
  return [header, ...constraintsOf(distributions), ''].join('\n');
}
