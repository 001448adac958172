import { isDeepStrictEqual } from 'node:util';
import { VenvstacksError } from '../errors';
import { isExcluded, lowerLayers, readStacks, type Layer } from '../stack';
import { withClaim, type Claiming } from './claim';
import { findPackages, type Resolving } from './find-packages';
import { hashBytes } from './hash';
import { LINE_ENDS_ADVICE } from './line-ends';
import { formatLockedAt } from './locked-at';
import { describePackages } from './package-changes';
import type { Surroundings } from './past';
import { refuseLinkedOutputs } from './places';
import { packagesHash, parseLock, pinsHash, requirementsHash, type LockedPackage } from './pylock';
import { readLock } from './read-lock';
import { formatRecord, RECORD_FORMAT, sealRecord, type Contents } from './record';
import { settleNumber } from './settle-number';
import { deployedNameOf, isValid, Judge, type LayerState } from './state';
import { sweep } from './temporary';
import { formatInput, formatSummary } from './texts';
import { readIfThere, writeText, writeTexts } from './write';

/** What locking needs from outside. */
export interface LockContext extends Resolving, Surroundings, Claiming {
  readonly judge: Judge;
  /** The id of this run's result (versioning.md, "Cached, and still right"). */
  readonly lineage: string;
  readonly now: () => Date;
  /** Whether to tell only what would move. */
  readonly dryRun?: boolean;
}

/** What a lock came to. */
export interface LockResult {
  readonly deployedName: string;
  /** Before; undefined where there was no record, or none that could be read. */
  readonly previousName: string | undefined;
  /** Whether there was no record at all. */
  readonly isNew: boolean;
  /** `excluded`: no platform. `current`: nothing to do. `mended`: files written again. `locked`: a new record.
   * `planned`: what a run that writes would do. */
  readonly outcome: 'excluded' | 'current' | 'mended' | 'locked' | 'planned';
  /** Whether uv was asked. */
  readonly resolved: boolean;
  /** Why it was stale. */
  readonly reasons: readonly string[];
  readonly packageChanges: readonly string[];
  /** Things worth knowing: history that was not read, and the like. */
  readonly notes: readonly string[];
}

/**
 * Makes a layer's lock valid: resolves if it must, numbers if it must, writes what must change. What
 * fails before the writing leaves every file as it was. One process at a time has the layer.
 *
 * @throws {VenvstacksError}
 */
export async function lockLayer(layer: Layer, context: LockContext): Promise<LockResult> {
  if (isExcluded(layer)) return result(layer.envName, 'excluded');
  return withClaim(layer, context, (waited) => {
    // What was seen of it may be from before another process had it.
    if (waited) for (const each of [layer, ...lowerLayers(layer)]) context.judge.forget(each);
    else context.judge.forgetIfLocked(layer);
    return lockClaimed(layer, context, waited);
  });
}

async function lockClaimed(layer: Layer, context: LockContext, waited: boolean): Promise<LockResult> {
  const state = context.judge.judge(layer);
  const [lower] = state.staleLower;
  if (lower !== undefined) {
    throw new VenvstacksError('lower-stale', `the lower layer ${lower} is stale, so this one cannot be locked`, {
      layer: layer.envName,
      hint: `Lock it first: ${context.commandFor(lower)}`,
    });
  }
  if (state.obstacle) throw state.obstacle;
  refuseLinkedOutputs(layer, context.judge.trees);
  sweep(layer.lockFolder);
  if (isValid(state) && !context.upgrade) return confirm(state, context);
  // Also where the record was edited meanwhile: a stale layer's own run has an id that no file has yet.
  if (state.record.kind === 'ours' && state.record.record.lineage === context.lineage) {
    throw inputsChanged(layer, `Run it again; if it stays, nx reset.\nChanged: ${state.reasons.join('; ')}`);
  }
  return renew(state, context, waited);
}

function inputsChanged({ envName }: Layer, hint: string): VenvstacksError {
  return new VenvstacksError('inputs-changed', 'inputs changed while this run was under way', { layer: envName, hint });
}

function result(name: string, outcome: LockResult['outcome']): LockResult {
  return {
    deployedName: name,
    previousName: name,
    isNew: false,
    outcome,
    resolved: false,
    reasons: [],
    packageChanges: [],
    notes: [],
  };
}

/** A valid layer keeps its lock; at most its lineage moves, and texts that can be made from the lock come back. */
async function confirm(
  { layer, files, fitting }: LayerState,
  { lineage, judge }: Pick<LockContext, 'lineage' | 'judge'>,
): Promise<LockResult> {
  if (!fitting) throw new Error(`${layer.envName} is valid without a record`);
  const { packages } = readLock(layer);
  const mended = [
    await writeText(files.input, formatInput(layer)),
    await writeText(files.summary, formatSummary(layer.envName, packages)),
  ];
  if (fitting.lineage !== lineage) {
    await writeText(files.record, formatRecord(sealRecord({ ...fitting, lineage })));
    judge.forget(layer);
  }
  return result(deployedNameOf(layer, fitting.lock_version), mended.includes(true) ? 'mended' : 'current');
}

async function renew(state: LayerState, context: LockContext, waited: boolean): Promise<LockResult> {
  const { layer, files, inputs } = state;
  if (!inputs) throw new Error(`${layer.envName} has no inputs`);
  const before = packagesIn(readIfThere(files.lock));
  const found = await findPackages(state, inputs, context);
  if (isValid(state) && state.fitting && found.lock === readIfThere(files.lock)) {
    const { lineage, lock_version } = state.fitting;
    if (context.dryRun) return result(deployedNameOf(layer, lock_version), 'current');
    return confirm(state, { lineage, judge: context.judge });
  }
  if (waited || state.needsResolution || context.upgrade) requireUnchanged(state, context);
  const contents: Contents = { ...inputs.contents, packages: packagesHash(found.packages) };
  const settled = await settleNumber(state, contents, found.packages, context);
  const since = settled.since === undefined ? context.now() : new Date(settled.since);
  const record = sealRecord({
    ...inputs.hashes,
    requirements_hash: requirementsHash(found.packages),
    lock_version: settled.lockVersion,
    last_version: settled.lastVersion,
    locked_at: formatLockedAt(since, inputs.resolution.cutoff),
    format: RECORD_FORMAT,
    inputs: { versioned: inputs.versioned, contents, resolution: inputs.resolution },
    lock_hash: hashBytes(found.lock),
    uv_lock_hash: found.uvLock === undefined ? null : hashBytes(found.uvLock),
    pins: pinsHash(found.packages),
    lineage: context.lineage,
  });

  const told = {
    deployedName: deployedNameOf(layer, record.lock_version),
    previousName: previousName(state),
    isNew: state.record.kind === 'absent',
    resolved: state.needsResolution || context.upgrade !== undefined,
    reasons: state.reasons.length ? state.reasons : ['packages upgraded'],
    packageChanges: describePackages(before, found.packages),
    notes: [...settled.notes, ...(state.lineEndsTurned ? LINE_ENDS_ADVICE.split('\n') : [])],
  };
  if (context.dryRun) return { ...told, outcome: 'planned' };

  // A record that does not fit the files beside it shows that a run was cut short. Until it is there the summary is the
  // old one, whose pins it vouches for; what follows from the lock can be made at any time.
  await writeTexts([
    ...(found.uvLock === undefined ? [] : [[files.uvLock, found.uvLock] as const]),
    [files.lock, found.lock],
    [files.record, formatRecord(record)],
    [files.summary, formatSummary(layer.envName, found.packages)],
    [files.input, formatInput(layer)],
  ]);
  context.judge.forget(layer);
  return { ...told, outcome: 'locked' };
}

/**
 * While uv ran, or another run had the layer, git may have checked out another branch, or somebody edited a file: then what it found is for inputs
 * that are gone.
 *
 * @throws {VenvstacksError} `inputs-changed`
 */
function requireUnchanged({ layer, inputs, record }: LayerState, context: LockContext): void {
  const files = new Set([layer, ...lowerLayers(layer)].map(({ definition }) => definition));
  const stacks = readStacks([...files], layer.uv.folder, context.env);
  const again = stacks.flatMap(({ layers }) => layers).find(({ lockFolder }) => lockFolder === layer.lockFolder);
  const now = again && new Judge(context.env, context.judge.trees.anew()).judge(again);
  if (now?.staleLower.length === 0 && isDeepStrictEqual([now.inputs, now.record], [inputs, record])) return;
  throw inputsChanged(layer, 'Nothing was written: run it again.');
}

function previousName({ layer, record }: LayerState): string | undefined {
  if (record.kind === 'ours')
    return deployedNameOf({ ...layer, versioned: record.record.inputs.versioned }, record.record.lock_version);
  return record.kind === 'foreign' ? deployedNameOf(layer, record.record.lock_version) : undefined;
}

function packagesIn(lock: string | undefined): readonly LockedPackage[] | undefined {
  try {
    return lock === undefined ? undefined : parseLock(lock).packages;
  } catch {
    return undefined;
  }
}
