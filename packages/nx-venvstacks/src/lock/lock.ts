import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VenvstacksError } from '../errors';
import { constraintOrder, isExcluded, type Layer } from '../stack';
import { amendLock } from './amend';
import { collectConstraints, type Constraint } from './constraints';
import { layerFiles } from './files';
import { readFromHead, readRecordHistory, type RecordHistory } from './git';
import { hashBytes } from './hash';
import type { CurrentInputs } from './inputs';
import { jsonEqual, type Json } from './canonical-json';
import { decideNumber, type Numbers, type Past } from './number';
import { findPins } from './pins';
import { formatLock, packagesHash, parseLock, pinsHash, requirementsHash, type LockedPackage } from './pylock';
import { formatRecord, parseRecord, RECORD_FORMAT, sealRecord, type Contents, type VersionRecord } from './record';
import { resolveLayer } from './resolve';
import { deployedNameOf, isValid, type Judge, type LayerState } from './state';
import { formatInput, formatSummary } from './texts';
import type { UvTool } from './uv-tool';
import { relocateAddress } from './uv-project';
import { readIfThere, writeText } from './write';

/** A lineage that a layer without platforms has: there is nothing to lock. */
export const EXCLUDED_LINEAGE = 'excluded';

/** What locking needs from outside. */
export interface LockContext {
  readonly judge: Judge;
  /** The id of this run's result (versioning.md, "Cached, and still right"). */
  readonly lineage: string;
  /** Called only when packages must be resolved. */
  readonly uv: () => Promise<UvTool>;
  readonly toolFolder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Lock folders of the workspace's other layers: what git knows of those is none of this layer's past. */
  readonly otherLockFolders: ReadonlySet<string>;
  /** The command that locks a layer, for headers and messages. */
  readonly commandFor: (envName: string) => string;
  readonly now: () => Date;
}

/** What a lock came to. */
export interface LockResult {
  readonly deployedName: string;
  /** Before; undefined for a first lock. */
  readonly previousName: string | undefined;
  /** `excluded`: no platform. `current`: nothing to do. `mended`: files written again. `locked`: a new record. */
  readonly outcome: 'excluded' | 'current' | 'mended' | 'locked';
  /** Whether uv was asked. */
  readonly resolved: boolean;
  /** Why it was stale. */
  readonly reasons: readonly string[];
  readonly packageChanges: readonly string[];
  /** Things worth knowing: history that was not read, and the like. */
  readonly notes: readonly string[];
}

/**
 * Makes a layer's lock valid: resolves if it must, numbers if it must, writes what must change. Upon failure no file
 * has changed.
 *
 * @throws {VenvstacksError}
 */
export async function lockLayer(layer: Layer, context: LockContext): Promise<LockResult> {
  if (isExcluded(layer)) return result(layer, undefined, 'excluded');
  const state = context.judge.judge(layer);
  const [lower] = state.staleLower;
  if (lower !== undefined) {
    throw new VenvstacksError('lower-stale', `the lower layer ${lower} is stale, so this one cannot be locked`, {
      layer: layer.envName,
      hint: `Lock it first: ${context.commandFor(lower)}`,
    });
  }
  if (state.obstacle) throw state.obstacle;
  if (isValid(state)) return confirm(state, context);
  if (state.fitting?.lineage === context.lineage) {
    throw new VenvstacksError('inputs-changed', 'inputs changed while this run was under way', {
      layer: layer.envName,
      hint: `Run it again; if it stays, nx reset.\nChanged: ${state.reasons.join('; ')}`,
    });
  }
  return renew(state, context);
}

function result(layer: Layer, record: VersionRecord | undefined, outcome: LockResult['outcome']): LockResult {
  const name = deployedNameOf(layer, record?.lock_version);
  return {
    deployedName: name,
    previousName: name,
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
  const { packages } = parseLock(await readFile(files.lock, 'utf8'));
  const mended = [
    await writeText(files.input, formatInput(layer)),
    await writeText(files.summary, formatSummary(layer.envName, packages)),
  ];
  if (fitting.lineage !== lineage) {
    await writeText(files.record, formatRecord(sealRecord({ ...fitting, lineage })));
    judge.forget(layer);
  }
  return result(layer, fitting, mended.includes(true) ? 'mended' : 'current');
}

interface Packages {
  readonly lock: string;
  readonly uvLock: string | undefined;
  readonly packages: readonly LockedPackage[];
}

async function renew(state: LayerState, context: LockContext): Promise<LockResult> {
  const { layer, files, inputs } = state;
  if (!inputs) throw new Error(`${layer.envName} has no inputs`);
  const before = packagesIn(readIfThere(files.lock));
  const found = state.needsResolution ? await resolve(state, inputs, context) : await keep(state);

  const contents: Contents = { ...inputs.contents, packages: packagesHash(found.packages) };
  const history = await readRecordHistory(files.record);
  const numbers = number(state, contents, found, history, context);
  const record = sealRecord({
    ...inputs.hashes,
    requirements_hash: requirementsHash(found.packages),
    lock_version: numbers.lockVersion,
    last_version: numbers.lastVersion,
    locked_at: lockedAt(state, contents, inputs.resolution.cutoff, context.now()),
    format: RECORD_FORMAT,
    inputs: { versioned: inputs.versioned, contents, resolution: inputs.resolution },
    lock_hash: hashBytes(found.lock),
    uv_lock_hash: found.uvLock === undefined ? null : hashBytes(found.uvLock),
    pins: pinsHash(found.packages),
    lineage: context.lineage,
  });

  await writeText(files.lock, found.lock);
  if (found.uvLock !== undefined) await writeText(files.uvLock, found.uvLock);
  await writeText(files.summary, formatSummary(layer.envName, found.packages));
  await writeText(files.input, formatInput(layer));
  // Last: a record that does not fit the files beside it shows that a run was cut short.
  await writeText(files.record, formatRecord(record));
  context.judge.forget(layer);

  return {
    deployedName: deployedNameOf(layer, record.lock_version),
    previousName: previousName(state),
    outcome: 'locked',
    resolved: state.needsResolution,
    reasons: state.reasons,
    packageChanges: before ? describePackages(before, found.packages) : [describeCount(found.packages)],
    notes: history ? [] : ['no git history here: numbers follow only from the record on disk'],
  };
}

async function keep({ files }: LayerState): Promise<Packages> {
  const lock = await readFile(files.lock, 'utf8');
  return { lock, uvLock: readIfThere(files.uvLock), packages: parseLock(lock).packages };
}

async function resolve({ layer, files }: LayerState, inputs: CurrentInputs, context: LockContext): Promise<Packages> {
  const constraints = await lowerConstraints(layer);
  const places = [(path: string) => Promise.resolve(readIfThere(path)), readFromHead];
  const pins = await findPins(layer, inputs.resolution, places);
  const resolution = await resolveLayer(layer, {
    constraints,
    cutoff: inputs.resolution.cutoff ?? undefined,
    previous: pins?.uvLock,
    uv: await context.uv(),
    env: context.env,
    toolFolder: context.toolFolder,
  });
  const exported = parseLock(resolution.exported);
  const relocate = (address: string) => relocateAddress(address, resolution.folder, dirname(files.lock));
  const amended = amendLock(layer, exported.table, exported.packages, constraints, relocate);
  const lock = formatLock(amended, layer.envName, context.commandFor(layer.envName));
  return { lock, uvLock: resolution.uvLock, packages: parseLock(lock).packages };
}

async function lowerConstraints(layer: Layer): Promise<Constraint[]> {
  const locks = constraintOrder(layer).map(async (lower) => ({
    envName: lower.envName,
    packages: parseLock(await readFile(layerFiles(lower).lock, 'utf8')).packages,
  }));
  return collectConstraints(await Promise.all(locks));
}

function number(
  state: LayerState,
  contents: Contents,
  found: Packages,
  history: RecordHistory | undefined,
  context: LockContext,
): Numbers {
  const { layer, record } = state;
  // What git ignores has no history; then, as without git, only what is on disk is known.
  const versions = history && !history.ignored ? history.versions : [];
  const relevant = versions.filter(
    ({ folder }) => folder === layer.lockFolder || !context.otherLockFolders.has(folder),
  );
  const past: Past = {
    onDisk: record,
    committed: relevant.map(({ folder, text }) => ({
      parsed: parseRecord(text),
      inOwnFolder: folder === layer.lockFolder,
    })),
    merging: history?.merging ?? false,
    foreignHolds: record.kind === 'foreign' && foreignHolds(state, found) && relevant.length === 0,
  };
  const numbers = decideNumber(layer.versioned, contents, past);
  const isNew = layer.versioned && numbers.lockVersion !== state.fitting?.lock_version;
  if (isNew && history?.shallow && !history.ignored) {
    throw new VenvstacksError(
      'history',
      'its number would change, and this clone is shallow: a number that was used before could come back',
      {
        layer: layer.envName,
        hint: 'Fetch the history first: git fetch --unshallow',
      },
    );
  }
  return numbers;
}

/** Whether all four hashes of a record by venvstacks hold for the new lock. */
function foreignHolds({ record, inputs }: LayerState, { packages }: Packages): boolean {
  if (record.kind !== 'foreign' || !inputs) return false;
  const now = { ...inputs.hashes, requirements_hash: requirementsHash(packages) };
  return Object.entries(now).every(([key, hash]) => record.record[key as keyof typeof now] === hash);
}

/** When the contents last changed, but never later than the cutoff: so that a lock of an old state can be repeated. */
function lockedAt(state: LayerState, contents: Contents, cutoff: string | null, now: Date): string {
  const before = state.fitting;
  const unchanged = before && jsonEqual(before.inputs.contents as unknown as Json, contents as unknown as Json);
  const time = unchanged ? new Date(before.locked_at) : now;
  const limit = cutoff === null ? time : new Date(cutoff.replace(' ', 'T').toUpperCase());
  return formatTime(time <= limit ? time : limit);
}

/** As Python's `isoformat()`: microseconds only when there are any. */
function formatTime(time: Date): string {
  const [, seconds = '', milliseconds = '000'] = /^(.*)\.(\d{3})Z$/.exec(time.toISOString()) ?? [];
  return `${seconds}${milliseconds === '000' ? '' : `.${milliseconds}000`}+00:00`;
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

function describeCount(packages: readonly LockedPackage[]): string {
  const shared = packages.filter((each) => each.shared).length;
  const own = packages.length - shared;
  return `${own} ${own === 1 ? 'package' : 'packages'} locked${shared ? `, ${shared} more provided by lower layers` : ''}`;
}

/** Packages added, removed and moved: `scipy 1.16.2 → 1.16.3`. */
function describePackages(before: readonly LockedPackage[], now: readonly LockedPackage[]): string[] {
  const versions = (packages: readonly LockedPackage[]) => {
    const byName = new Map<string, string>();
    for (const { name, version } of packages) byName.set(name, [byName.get(name), version].filter(Boolean).join(', '));
    return byName;
  };
  const [from, to] = [versions(before), versions(now)];
  return [...new Set([...from.keys(), ...to.keys()])].sort().flatMap((name) => {
    const [old, current] = [from.get(name), to.get(name)];
    if (old === current) return [];
    if (old === undefined) return [`${name} ${current ?? ''} added`];
    return [current === undefined ? `${name} ${old} removed` : `${name} ${old} → ${current}`];
  });
}
