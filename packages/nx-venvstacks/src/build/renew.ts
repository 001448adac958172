import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
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
  const before = await keepOrBeginAnew(plan, packages, run, env);
  // A copy, for no other text to be installed. Local wheels are named by the way from where the lock lies.
  const lock = join(folder, basename(layerFiles(layer).lock));
  await writeText(lock, relocateValues(text, ['path'], layer.lockFolder, folder));
  const from = ['--preview-features', 'pylock', '--no-build', '--requirements', lock];
  try {
    const result = await run('pip', 'install', ...from, '--quiet', '--python', environment.root);
    requireSuccess(layer, env, 'install the packages of the lock', result, hintOn(result));
  } catch (error) {
    // One that lacks packages only, as without a network, is for the next run to go on with: whatever of its own is there.
    if (before)
      await writeStamp(environment, { ...before, fingerprint: '', packages: ofUnknownFiles(before.packages) });
    throw error;
  }

  await writeLayering(layer, environment, plan.below);
  const notes = await linkSharedLibraries(layer, environment);
  notes.push(...(await wrapPython(environment, librarySearchPath(plan.below))));

  const installed = new Map([...distributionsIn(environment)].filter(([name]) => packages.has(name)));
  await writeText(environment.constraints, constraintsText(layer.envName, new Map([...plan.lower, ...installed])));
  await writeStamp(environment, { ...stampOf(layer, environment), fingerprint: plan.fingerprint, packages, installed });
  return notes;
}

/** Packages that may be there in part: no lock has them like that. */
function ofUnknownFiles(packages: Stamp['packages']): Stamp['packages'] {
  return new Map([...packages.keys()].map((name) => [name, '']));
}

/** The stamp of an environment with nothing in it yet. */
function stampOf(layer: Layer, { root }: Environment): Stamp {
  const python = declaredPython(layer);
  return { fingerprint: undefined, root, python, packages: new Map(), installed: new Map() };
}

/**
 * Has an environment from which all is gone that the lock's packages could meet with.
 *
 * @returns what it was, where it was kept
 */
async function keepOrBeginAnew(
  { layer, environment, lower }: Plan,
  packages: ReadonlyMap<string, string>,
  run: RunUv,
  env: NodeJS.ProcessEnv,
): Promise<Stamp | undefined> {
  const { root } = environment;
  const before = readStamp(environment);
  const canBeKept =
    before?.fingerprint !== undefined &&
    before.root === root &&
    before.python === declaredPython(layer) &&
    hasPythonOfRuntime(layer, environment);
  if (canBeKept) {
    // Until the end, a run that is interrupted leaves one to be made anew.
    await writeStamp(environment, { ...before, fingerprint: undefined });
    const leaving = toRemove(packages, lower, before, distributionsIn(environment));
    if (leaving.length === 0) return before;
    const { code } = await run('pip', 'uninstall', ...leaving, '--quiet', '--python', root);
    // What uv cannot take out, as its list of files is lost, goes with all the rest.
    if (code === 0) return before;
  }
  await beginAnew(environment, stampOf(layer, environment), () => createEnvironment(layer, environment, run, env));
  return undefined;
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
 * is not to be taken for another tool's. Where it cannot be made, as without its Python, what was there stays: another
 * branch may be of it.
 */
async function beginAnew({ root, stamp }: Environment, content: Stamp, create: () => Promise<void>): Promise<void> {
  const folder = dirname(root);
  sweep(folder);
  // Also since its files go one by one: as long as they do, it is not to be taken for an environment.
  const aside = existsSync(root) ? temporaryPath(folder, basename(root)) : undefined;
  if (aside) await rename(root, aside.path);
  const fresh = temporaryPath(folder, basename(root));
  await mkdir(fresh.path, { recursive: true });
  await writeText(join(fresh.path, '.gitignore'), '*\n');
  await writeStamp({ stamp: join(fresh.path, basename(stamp)) }, content);
  await rename(fresh.path, root);
  fresh.remove();
  try {
    await create();
  } catch (error) {
    if (aside) {
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
      await rename(aside.path, root);
    }
    throw error;
  } finally {
    aside?.remove();
  }
}

function constraintsText(envName: string, distributions: Distributions): string {
  const header = `# Packages of ${envName} and of the layers below it, generated by nx-venvstacks (DO NOT EDIT)`;
  return [header, ...constraintsOf(distributions), ''].join('\n');
}
