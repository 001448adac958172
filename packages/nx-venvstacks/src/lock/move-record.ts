import { canonicalJson, jsonEqual, type Json } from './canonical-json';
import { hashBytes } from './hash';
import type { CurrentInputs } from './inputs';
import { LockSyntaxError, parseLock, requirementsHash } from './pylock';
import { formatRecord, sealRecord, type VenvstacksRecord, type VersionRecord } from './record';

/** A value before and after the move. */
export interface Moved<T = Buffer> {
  readonly before: T;
  readonly after: T;
}

/**
 * A record that vouches for its layer, for another place: what it says of things that look different from there.
 *
 * @param text the record's own, which stays as it is if it says the same
 * @param lineage of a record that changes
 */
export function moveRecord(
  text: string,
  record: VersionRecord | VenvstacksRecord,
  inputs: Moved<CurrentInputs>,
  [lock, uvLock]: readonly (Moved | undefined)[],
  lineage: (before: string) => string,
): string {
  const hashes = { ...record, ...moveHashes(record, inputs) };
  if (!isOurs(record)) {
    return isSame(hashes, record) ? text : `${canonicalJson(hashes as unknown as Json, 'indented')}\n`;
  }
  const { resolution } = record.inputs;
  const uv = Object.entries(resolution.uv).map(([key, hash]) => [
    key,
    follow(hash, { before: inputs.before.resolution.uv[key], after: inputs.after.resolution.uv[key] }),
  ]);
  const moved: VersionRecord = {
    ...record,
    ...hashes,
    inputs: {
      ...record.inputs,
      resolution: { ...resolution, uv: Object.fromEntries(uv) as Record<string, string> },
    },
    lock_hash: follow(record.lock_hash, mapMoved(lock, hashBytes)),
    uv_lock_hash: record.uv_lock_hash === null ? null : follow(record.uv_lock_hash, mapMoved(uvLock, hashBytes)),
  };
  return isSame(moved, record) ? text : formatRecord(sealRecord({ ...moved, lineage: lineage(record.lineage) }));
}

/** A record without a fingerprint counts as one by venvstacks, whatever else is in it. */
export function isOurs(record: VersionRecord | VenvstacksRecord): record is VersionRecord {
  return 'fingerprint' in record;
}

type Hashes = Pick<VenvstacksRecord, keyof CurrentInputs['hashes']>;

function moveHashes(record: VenvstacksRecord, { before, after }: Moved<CurrentInputs>): Hashes {
  const one = (key: keyof CurrentInputs['hashes']) =>
    follow(record[key], { before: before.hashes[key], after: after.hashes[key] });
  return {
    lock_input_hash: one('lock_input_hash'),
    other_inputs_hash: one('other_inputs_hash'),
    version_inputs_hash: one('version_inputs_hash'),
  };
}

/** A recorded value that holds goes with what it stands for; one that does not is left as it is. */
function follow(recorded: string, moved: Moved<string | undefined> | undefined): string {
  return (recorded === moved?.before ? moved.after : undefined) ?? recorded;
}

function mapMoved<T, U>(moved: Moved<T> | undefined, change: (value: T) => U): Moved<U> | undefined {
  return moved && { before: change(moved.before), after: change(moved.after) };
}

/** Undefined for a lock that cannot be read. */
export function requirementsHashOf(lock: Buffer): string | undefined {
  try {
    return requirementsHash(parseLock(lock.toString('utf8')).packages);
  } catch (error) {
    if (!(error instanceof LockSyntaxError)) throw error;
    return undefined;
  }
}

function isSame(a: object, b: object): boolean {
  return jsonEqual(a as Json, b as Json);
}
