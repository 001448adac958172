import { lstatSync, readdirSync } from 'node:fs';
import { VenvstacksError } from '../errors';
import { withClaim, type Claiming } from '../lock';
import { lowerLayers, type Layer } from '../stack';
import { environmentOf, type Environment } from './environment';
import { isCurrent, planBuild, type Plan, type PlanContext } from './plan';
import { whyNotHere } from './platform';
import { notesOnPython } from './python';
import { renew } from './renew';
import { readStamp } from './stamp';
import { withUv, type UvContext } from './uv';

/** What building needs from outside. */
export interface BuildContext extends UvContext, PlanContext, Omit<Claiming, 'what'> {}

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
  const first = planBuild(layer, environment, context);
  if (isCurrent(first)) return resultOf(first, 'current');
  const what = { folder: layer.projectRoot, doing: 'building' };
  return withClaim(layer, { ...context, what }, async (waited) => {
    // Another process may have built it meanwhile, or locked it.
    if (waited) for (const each of [layer, ...lowerLayers(layer)]) context.judge.forget(each);
    const plan = waited ? planBuild(layer, environment, context) : first;
    if (isCurrent(plan)) return resultOf(plan, 'current');
    refuseOther(layer, environment);
    const notes = await withUv(layer, context, (run, folder) => renew(plan, context, run, folder));
    return resultOf(plan, 'built', notes);
  });
}

function resultOf(
  { layer, deployedName, environment, notes }: Plan,
  outcome: 'current' | 'built',
  more: readonly string[] = [],
): BuildResult {
  const told = [...notes, ...notesOnPython(layer, environment), ...more];
  return { outcome, deployedName, environment, packages: readStamp(environment)?.installed.size ?? 0, notes: told };
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
