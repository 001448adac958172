import { parse, stringify, TomlError, type TomlTable } from 'smol-toml';
import type { Layer } from '../stack';
import { jsonEqual, type Json } from './canonical-json';
import { layerFiles } from './files';
import { hashBytes } from './hash';
import { parseLock, requirementsHash, type LockedPackage } from './pylock';
import {
  parseRecordFile,
  type RecordOnDisk,
  type ResolutionInputs,
  type VenvstacksRecord,
  type VersionRecord,
} from './record';
import { parseSummary } from './texts';
import { relocateValues } from './uv-project';

/** A package at the version that the last lock had. */
interface Pin {
  readonly name: string;
  readonly version: string;
}

/** What the next resolution starts from, so that only what must move moves. */
export interface Pins {
  /** A `uv.lock`, with local addresses relative to the lock's folder. */
  readonly uvLock: string;
  readonly source: 'uv.lock' | 'lock' | 'summary';
}

/** Reads files as they are in some place: on disk, or in git's `HEAD`. */
export type ReadFiles = (...paths: readonly string[]) => Promise<readonly (string | undefined)[]>;

/**
 * The last lock's pins, from the first source that is whole and agrees with the record: `uv.lock`, the lock, the
 * summary; on disk, then in git's `HEAD` (lock-format.md, "Pins stay where they can").
 *
 * @param places how to read files, in order of preference
 */
export async function findPins(
  layer: Layer,
  now: ResolutionInputs,
  places: readonly ReadFiles[],
): Promise<Pins | undefined> {
  const { record: path, uvLock: uvLockPath, lock: lockPath, summary: summaryPath } = layerFiles(layer);
  const reads = places.map((read) => once(() => read(path, uvLockPath, lockPath, summaryPath)));
  const records: RecordOnDisk[] = [];
  for (const read of reads) {
    const [recordText, uvLock, lock, summary] = await read();
    records.push(parseRecordFile(recordText));
    // A record that was deleted leaves files that the one in `HEAD` may still vouch for.
    const vouching =
      records[0]?.kind === 'absent' ? [parseRecordFile((await reads.at(-1)?.())?.[0])] : records.slice(-1);
    for (const record of vouching.flatMap(recordsIn)) {
      const pins =
        ('uv_lock_hash' in record ? fromUvLock(layer, record, uvLock, now) : undefined) ??
        fromLock(layer, record, lock) ??
        fromSummary(layer, record, summary);
      if (pins) return pins;
    }
  }
  return undefined;
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

function recordsIn(onDisk: RecordOnDisk): (VersionRecord | VenvstacksRecord)[] {
  const parsed = onDisk.kind === 'absent' ? [] : onDisk.kind === 'conflicted' ? onDisk.sides : [onDisk];
  return parsed.flatMap((each) => (each.kind === 'ours' || each.kind === 'foreign' ? [each.record] : []));
}

function fromUvLock(
  layer: Layer,
  record: VersionRecord,
  text: string | undefined,
  now: ResolutionInputs,
): Pins | undefined {
  if (text === undefined || hashBytes(text) !== record.uv_lock_hash) return undefined;
  const before = record.inputs.resolution;
  // uv takes no preferences from a lock whose cutoff, indexes or settings differ, or takes it over as it is; pins alone
  // make it ask the indexes again and still prefer them.
  const keys: (keyof ResolutionInputs)[] = ['python', 'cutoff', 'package_indexes', 'priority_indexes', 'uv'];
  const same = keys.every((key) => jsonEqual(before[key] as Json, now[key] as Json));
  return { uvLock: same ? text : formatPins(layer, packagesOfUvLock(text)), source: 'uv.lock' };
}

function fromLock(layer: Layer, record: VersionRecord | VenvstacksRecord, text: string | undefined): Pins | undefined {
  if (text === undefined) return undefined;
  let packages: LockedPackage[];
  try {
    ({ packages } = parseLock(text));
  } catch {
    return undefined;
  }
  const agrees =
    'lock_hash' in record
      ? hashBytes(text) === record.lock_hash
      : requirementsHash(packages) === record.requirements_hash;
  return agrees ? { uvLock: formatPins(layer, packages), source: 'lock' } : undefined;
}

function fromSummary(
  layer: Layer,
  record: VersionRecord | VenvstacksRecord,
  text: string | undefined,
): Pins | undefined {
  const summary = text === undefined ? undefined : parseSummary(text);
  const agrees = summary && 'pins' in record && summary.ownPinsHash === record.pins;
  return agrees ? { uvLock: formatPins(layer, summary.pins), source: 'summary' } : undefined;
}

/** Packages that a uv.lock pins; the project itself and what comes from elsewhere than an index are left out. */
export function packagesOfUvLock(text: string): Pin[] {
  let table: TomlTable;
  try {
    table = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // What uv itself could not read pins nothing.
    return [];
  }
  const { package: packages } = table;
  return (Array.isArray(packages) ? packages : []).flatMap((each) => {
    const { name, version, source } = each as TomlTable;
    const fromIndex = typeof source === 'object' && Object.hasOwn(source, 'registry');
    return typeof name === 'string' && typeof version === 'string' && fromIndex ? [{ name, version }] : [];
  });
}

/** uv's settings that its lock repeats; a lock that says otherwise is not used at all. */
const LOCK_OPTIONS = {
  resolution: 'resolution-mode',
  prerelease: 'prerelease-mode',
  'fork-strategy': 'fork-strategy',
} as const;

/**
 * A `uv.lock` that holds nothing but pins. uv finds it wanting, resolves, and prefers the versions in it; a pin that
 * cannot be had is no error.
 */
function formatPins(layer: Layer, pins: readonly Pin[]): string {
  const options = Object.entries(LOCK_OPTIONS).flatMap(([setting, option]) => {
    const value = layer.uv.settings[setting];
    return typeof value === 'string' ? [[option, value]] : [];
  });
  const distinct = new Map(pins.map(({ name, version }) => [`${name} ${version}`, { name, version }]));
  return stringify({
    version: 1,
    'requires-python': `==${layer.python.minor}.*`,
    ...(options.length ? { options: Object.fromEntries(options) as TomlTable } : {}),
    package: [...distinct.values()].map((pin) => ({ ...pin, source: { registry: 'https://pins.invalid/simple' } })),
  });
}

/** A `uv.lock` with its local addresses written for another folder. */
export function relocateUvLock(text: string, from: string, to: string): string {
  return relocateValues(text, ['registry', 'path', 'url'], from, to);
}
