import { jsonEqual, type Json } from './canonical-json';
import type { Contents, ParsedRecord, RecordOnDisk, VersionRecord } from './record';

/** A committed record that counts for a layer's number. */
export interface PastRecord {
  readonly parsed: ParsedRecord;
  /** Whether it lay in the folder that is the layer's today. */
  readonly inOwnFolder: boolean;
}

/** Everything that is known of a layer's past numbers. */
export interface Past {
  readonly onDisk: RecordOnDisk;
  /** Newest first; none where there is no git. */
  readonly committed: readonly PastRecord[];
  readonly merging: boolean;
  /** Whether a record by venvstacks that is on disk still holds: its hashes do, and nothing they leave out has moved. */
  readonly foreignHolds: boolean;
}

/** A layer's number and the highest it ever had. */
export interface Numbers {
  readonly lockVersion: number;
  readonly lastVersion: number;
}

/**
 * The number rule (versioning.md): the same contents keep their number, others get one that was never used, one that
 * was raised by hand stays as it is.
 */
export function decideNumber(versioned: boolean, contents: Contents, past: Past): Numbers {
  const taken = Math.max(0, ...allKnown(past).flatMap(takenBy));
  if (!versioned) return { lockVersion: 1, lastVersion: taken };
  const lockVersion = keptNumber(contents, past) ?? takenOverNumber(contents, past) ?? raisedNumber(past) ?? taken + 1;
  // Also of a number that is kept: history still knows of a higher one.
  return { lockVersion, lastVersion: lockVersion };
}

/** Since when the contents are what they are, if a known record speaks for them. */
export function unchangedSince(contents: Contents, past: Past): string | undefined {
  const candidate = speaker(past);
  if (candidate && sameContents(candidate.inputs.contents, contents)) return candidate.locked_at;
  return past.onDisk.kind === 'foreign' && past.foreignHolds ? past.onDisk.record.locked_at : undefined;
}

function onDiskRecords({ onDisk }: Past): readonly ParsedRecord[] {
  if (onDisk.kind === 'absent') return [];
  return onDisk.kind === 'conflicted' ? onDisk.sides : [onDisk];
}

function allKnown(past: Past): ParsedRecord[] {
  return [...onDiskRecords(past), ...past.committed.map(({ parsed }) => parsed)];
}

function takenBy(parsed: ParsedRecord): readonly number[] {
  switch (parsed.kind) {
    case 'ours':
      return [parsed.record.last_version, ...(parsed.record.inputs.versioned ? [parsed.record.lock_version] : [])];
    case 'foreign':
      return [parsed.record.lock_version];
    case 'newer':
    case 'impossible':
    case 'damaged':
      return parsed.numbers;
  }
}

function keptNumber(contents: Contents, past: Past): number | undefined {
  const candidate = speaker(past);
  if (!candidate?.inputs.versioned || !sameContents(candidate.inputs.contents, contents)) return undefined;
  return isContradicted(candidate, contents, past) ? undefined : candidate.lock_version;
}

/** Whether a known record that counts gives a record's number to other contents. */
export function isContradicted(
  { lock_version }: Pick<VersionRecord, 'lock_version'>,
  contents: Contents,
  past: Past,
): boolean {
  const witnesses = [
    ...onDiskRecords(past),
    ...past.committed.filter(({ inOwnFolder }) => inOwnFolder || past.merging).map(({ parsed }) => parsed),
  ].flatMap((parsed) => fitting(parsed) ?? []);
  return witnesses.some(
    (each) =>
      each.inputs.versioned && each.lock_version === lock_version && !sameContents(each.inputs.contents, contents),
  );
}

/** The one record that may speak for a number of today's contents. */
function speaker(past: Past): VersionRecord | undefined {
  const { onDisk, committed } = past;
  if (onDisk.kind === 'absent') {
    const newest = committed.find(({ inOwnFolder }) => inOwnFolder) ?? committed[0];
    return newest && fitting(newest.parsed);
  }
  if (onDisk.kind !== 'conflicted') return fitting(onDisk);
  const [ours, theirs] = onDisk.sides;
  if (!ours || !theirs) return undefined;
  const [a, b] = [fitting(ours), fitting(theirs)];
  if (
    a &&
    b &&
    a.inputs.versioned &&
    b.inputs.versioned &&
    a.lock_version === b.lock_version &&
    sameContents(a.inputs.contents, b.inputs.contents)
  ) {
    return a;
  }
  if (a && takenBy(theirs).every((number) => number < a.lock_version)) return a;
  if (b && takenBy(ours).every((number) => number < b.lock_version)) return b;
  return undefined;
}

/** venvstacks records no lower names, platforms or indexes: its record speaks for contents only where nothing of ours does. */
function takenOverNumber(contents: Contents, past: Past): number | undefined {
  const { onDisk, committed, foreignHolds } = past;
  if (onDisk.kind !== 'foreign' || isContradicted(onDisk.record, contents, past)) return undefined;
  const { lock_version } = onDisk.record;
  const confirmed = committed
    .flatMap(({ parsed }) => fitting(parsed) ?? [])
    .some(
      (record) =>
        record.inputs.versioned &&
        record.lock_version === lock_version &&
        sameContents(record.inputs.contents, contents),
    );
  const oursIsKnown = committed.some(({ parsed, inOwnFolder }) => inOwnFolder && parsed.kind === 'ours');
  return confirmed || (foreignHolds && !oursIsKnown) ? lock_version : undefined;
}

function raisedNumber(past: Past): number | undefined {
  const { onDisk } = past;
  if (onDisk.kind !== 'ours' || onDisk.fits) return undefined;
  const { lock_version, last_version } = onDisk.record;
  const others = past.committed.flatMap(({ parsed }) => takenBy(parsed));
  return lock_version > Math.max(last_version, ...others) ? lock_version : undefined;
}

function fitting(parsed: ParsedRecord): VersionRecord | undefined {
  return parsed.kind === 'ours' && parsed.fits ? parsed.record : undefined;
}

function sameContents(a: Contents, b: Contents): boolean {
  return jsonEqual(a as unknown as Json, b as unknown as Json);
}
