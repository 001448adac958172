import { VenvstacksError } from '../errors';
import { isExcluded, type Layer } from '../stack';
import { findPackages, type Resolving } from './find-packages';
import { hashBytes } from './hash';
import { LINE_ENDS_ADVICE } from './line-ends';
import { formatLockedAt } from './locked-at';
import { describePackages } from './package-changes';
import type { Surroundings } from './past';
import { packagesHash, parseLock, pinsHash, requirementsHash, type LockedPackage } from './pylock';
import { readLock } from './read-lock';
import { formatRecord, RECORD_FORMAT, sealRecord, type Contents } from './record';
import { settleNumber } from './settle-number';
import { deployedNameOf, isValid, type Judge, type LayerState } from './state';
import { formatInput, formatSummary } from './texts';
import { readIfThere, writeText } from './write';

/** What locking needs from outside. */
export interface LockContext extends Resolving, Surroundings {
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
 * fails before the writing leaves every file as it was.
 *
 * @throws {VenvstacksError}
 */
export async function lockLayer(layer: Layer, context: LockContext): Promise<LockResult> {
  if (isExcluded(layer)) return result(layer.envName, 'excluded');
  const state = context.judge.judge(layer);
  const [lower] = state.staleLower;
  if (lower !== undefined) {
    throw new VenvstacksError('lower-stale', `the lower layer ${lower} is stale, so this one cannot be locked`, {
      layer: layer.envName,
      hint: `Lock it first: ${context.commandFor(lower)}`,
    });
  }
  if (state.obstacle) throw state.obstacle;
  if (isValid(state) && !context.upgrade) return confirm(state, context);
  // Also where the record was edited meanwhile: a stale layer's own run has an id that no file has yet.
  if (state.record.kind === 'ours' && state.record.record.lineage === context.lineage) {
    throw new VenvstacksError('inputs-changed', 'inputs changed while this run was under way', {
      layer: layer.envName,
      hint: `Run it again; if it stays, nx reset.\nChanged: ${state.reasons.join('; ')}`,
    });
  }
  return renew(state, context);
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
async function confirm({ layer, files, fitting }: LayerState, { lineage, judge }: LockContext): Promise<LockResult> {
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

async function renew(state: LayerState, context: LockContext): Promise<LockResult> {
  const { layer, files, inputs } = state;
  if (!inputs) throw new Error(`${layer.envName} has no inputs`);
  const before = packagesIn(readIfThere(files.lock));
  const found = await findPackages(state, inputs, context);
  if (isValid(state) && state.fitting && found.lock === readIfThere(files.lock)) {
    return result(deployedNameOf(layer, state.fitting.lock_version), 'current');
  }
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

  // At the same time: each waits for the disk.
  await Promise.all([
    writeText(files.lock, found.lock),
    found.uvLock !== undefined && writeText(files.uvLock, found.uvLock),
    writeText(files.summary, formatSummary(layer.envName, found.packages)),
    writeText(files.input, formatInput(layer)),
  ]);
  // Last: a record that does not fit the files beside it shows that a run was cut short.
  await writeText(files.record, formatRecord(record));
  context.judge.forget(layer);
  return { ...told, outcome: 'locked' };
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
