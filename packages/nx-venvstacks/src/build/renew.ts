import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { layerFiles, relocateValues, sweep, temporaryPath, writeText } from '../lock';
import { lowerLayers } from '../stack';
import { environmentOf, type Environment } from './environment';
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
  const { root } = environment;
  const { text, packages } = readOwnPackages(layer, context);
  const python = declaredPython(layer);
  const before = readStamp(environment);
  const isKept =
    before?.fingerprint !== undefined &&
    before.root === root &&
    before.python === python &&
    hasPythonOfRuntime(layer, environment);
  const uvPip = async (what: string, ...args: string[]) => {
    requireSuccess(layer, env, what, await run('pip', ...args, '--quiet', '--python', root));
  };
  if (isKept) {
    // Until the end, a run that is interrupted leaves one to be made anew.
    await writeStamp(environment, { ...before, fingerprint: undefined });
    const leaving = toRemove(packages, plan.lower, before, distributionsIn(environment));
    if (leaving.length) await uvPip('remove packages', 'uninstall', ...leaving);
  } else {
    await beginAnew(environment, { fingerprint: undefined, root, python, packages: new Map(), installed: new Map() });
    await createEnvironment(layer, environment, run, env);
  }
  // A copy, for no other text to be installed. Local wheels are named by the way from where the lock lies.
  const lock = join(folder, basename(layerFiles(layer).lock));
  await writeText(lock, relocateValues(text, ['path'], layer.lockFolder, folder));
  const from = ['--preview-features', 'pylock', '--no-build', '--requirements', lock];
  await uvPip('install the packages of the lock', 'install', ...from);

  const lower = lowerLayers(layer).map((each) => environmentOf(each));
  await writeLayering(layer, environment, lower);
  const notes = await linkSharedLibraries(layer, environment);
  notes.push(...(await wrapPython(environment, librarySearchPath(lower))));

  const installed = new Map([...distributionsIn(environment)].filter(([name]) => packages.has(name)));
  await writeText(environment.constraints, constraintsText(layer.envName, new Map([...plan.lower, ...installed])));
  await writeStamp(environment, { fingerprint: plan.fingerprint, root, python, packages, installed });
  return notes;
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
    [...before.installed].some(([name, folder]) => found.get(name) !== folder);
  return [...found]
    .filter(([name, folder]) => {
      if (before.packages.has(name)) return isAnother;
      // A user's own, which the lock has by now, or which hides that of a lower layer.
      return packages.has(name) || isOtherThanBelow([name, folder], lower);
    })
    .map(([name]) => name);
}

/**
 * An environment with nothing in it, marked as ours and ignored by git from the first moment: one that nobody has finished
 * is not to be taken for another tool's.
 */
async function beginAnew({ root, stamp }: Environment, content: Stamp): Promise<void> {
  const folder = dirname(root);
  sweep(folder);
  // Its files go one by one: as long as they do, it is not to be taken for an environment.
  if (existsSync(root)) {
    const aside = temporaryPath(folder, basename(root));
    await rename(root, aside.path);
    aside.remove();
  }
  const fresh = temporaryPath(folder, basename(root));
  await mkdir(fresh.path, { recursive: true });
  await writeText(join(fresh.path, '.gitignore'), '*\n');
  await writeStamp({ stamp: join(fresh.path, basename(stamp)) }, content);
  await rename(fresh.path, root);
  fresh.remove();
}

function constraintsText(envName: string, distributions: Distributions): string {
  const header = `# Packages of ${envName} and of the layers below it, generated by nx-venvstacks (DO NOT EDIT)`;
  return [header, ...constraintsOf(distributions), ''].join('\n');
}
