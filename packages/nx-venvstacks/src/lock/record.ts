import * as v from 'valibot';
import { isDeeperThan } from '../stack';
import { canonicalJson, type Json } from './canonical-json';
import { hashBytes } from './hash';

/** The record's format that this version reads and writes. */
export const RECORD_FORMAT = 1;

/** What venvstacks 0.8 keeps of a lock; it ignores all other keys. */
export interface VenvstacksRecord {
  readonly lock_input_hash: string;
  readonly requirements_hash: string;
  readonly other_inputs_hash: string;
  readonly version_inputs_hash: string;
  /** The number in the deployed name; 1 while unversioned. */
  readonly lock_version: number;
  /** When the contents last changed: UTC, ISO 8601. */
  readonly locked_at: string;
}

/** What a machine gets. Two records have the same contents exactly when these are equal. */
export interface Contents {
  readonly env_name: string;
  readonly packages: string;
  readonly modules: readonly { readonly role: 'launch' | 'support'; readonly name: string; readonly hash: string }[];
  readonly python: string;
  readonly linux_target: string | null;
  readonly macosx_target: string | null;
  readonly dynlib_exclude: readonly string[];
  /** Deployed names of the lower layers: frameworks as linearised, then the runtime. */
  readonly lower: readonly string[];
}

/** What the locked packages follow from, beside the targets in `Contents`. */
export interface ResolutionInputs {
  readonly requirements: readonly string[];
  readonly python: string;
  readonly platforms: readonly string[];
  readonly cutoff: string | null;
  readonly package_indexes: Readonly<Record<string, string>>;
  readonly priority_indexes: readonly string[];
  readonly uv: Readonly<Record<string, string>>;
  readonly lower_pins: readonly (readonly [envName: string, pins: string])[];
}

export interface RecordInputs {
  readonly versioned: boolean;
  readonly contents: Contents;
  readonly resolution: ResolutionInputs;
}

/** The version record: what a lock was made from, and its number (versioning.md, "The record"). */
export interface VersionRecord extends VenvstacksRecord {
  readonly format: number;
  readonly last_version: number;
  readonly inputs: RecordInputs;
  readonly lock_hash: string;
  readonly uv_lock_hash: string | null;
  readonly pins: string;
  readonly lineage: string;
  readonly fingerprint: string;
}

/** What a record's text turned out to be. */
export type ParsedRecord =
  | { readonly kind: 'ours'; readonly record: VersionRecord; readonly fits: boolean }
  /** venvstacks wrote it. */
  | { readonly kind: 'foreign'; readonly record: VenvstacksRecord }
  /** Of a format that only a newer version of this plugin reads. */
  | { readonly kind: 'newer'; readonly format: number; readonly numbers: readonly number[] }
  /** A number in it cannot be one. */
  | {
      readonly kind: 'impossible';
      readonly field: string;
      readonly value: unknown;
      readonly numbers: readonly number[];
    }
  /** No record at all; the numbers are those that can still be made out in it. */
  | { readonly kind: 'damaged'; readonly numbers: readonly number[] };

/** A record as it is on disk; a merge conflict has two sides. */
export type RecordOnDisk =
  { readonly kind: 'absent' } | { readonly kind: 'conflicted'; readonly sides: readonly ParsedRecord[] } | ParsedRecord;

/** Reads a record's text, with conflict markers or without. */
export function parseRecordFile(text: string | undefined): RecordOnDisk {
  if (text === undefined) return { kind: 'absent' };
  const sides = splitConflict(text);
  return sides ? { kind: 'conflicted', sides: sides.map(parseRecord) } : parseRecord(text);
}

/** Reads one version of a record. */
export function parseRecord(text: string): ParsedRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'damaged', numbers: numbersIn(text) };
  }
  if (!isObject(value) || isDeeperThan(value, DEEPEST)) return { kind: 'damaged', numbers: numbersIn(text) };
  if (typeof value.format === 'number' && value.format > RECORD_FORMAT)
    return { kind: 'newer', format: value.format, numbers: numbersIn(text) };
  if (!isNumberOrAbsent(value.lock_version, 1))
    return { kind: 'impossible', field: 'lock_version', value: value.lock_version, numbers: numbersIn(text) };
  if (!isNumberOrAbsent(value.last_version, 0))
    return { kind: 'impossible', field: 'last_version', value: value.last_version, numbers: numbersIn(text) };
  if (!v.is(OUR_SCHEMA, value)) {
    const foreign: unknown = value;
    return !('fingerprint' in value) && v.is(VENVSTACKS_SCHEMA, foreign)
      ? { kind: 'foreign', record: foreign }
      : { kind: 'damaged', numbers: numbersIn(text) };
  }
  // We never write a versioned record whose number is not its highest.
  const isBehind = value.inputs.versioned && value.lock_version < value.last_version;
  return { kind: 'ours', record: value, fits: !isBehind && value.fingerprint === fingerprintOf(value) };
}

/** Deeper than any record, and far from what the stack of calls could hold. */
const DEEPEST = 100;

/** The numbers that can be made out in a text, whatever else it is. */
function numbersIn(text: string): number[] {
  const found = text.matchAll(/"(?:lock|last)_version"\s*:\s*(\d{1,15})\b/g);
  return [...found].map(([, digits]) => Number(digits));
}

function isNumberOrAbsent(value: unknown, least: number): boolean {
  return value === undefined || (Number.isSafeInteger(value) && (value as number) >= least);
}

const texts = v.array(v.string());
// An array is an object to JavaScript.
const tableOfTexts = v.pipe(
  v.custom<Record<string, string>>((value) => !Array.isArray(value)),
  v.record(v.string(), v.string()),
);
const time = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);

const VENVSTACKS_SCHEMA = v.looseObject({
  lock_input_hash: v.string(),
  requirements_hash: v.string(),
  other_inputs_hash: v.string(),
  version_inputs_hash: v.string(),
  lock_version: v.number(),
  locked_at: time,
});

const OUR_SCHEMA = v.looseObject({
  ...VENVSTACKS_SCHEMA.entries,
  format: v.literal(RECORD_FORMAT),
  last_version: v.number(),
  inputs: v.looseObject({
    versioned: v.boolean(),
    contents: v.looseObject({
      env_name: v.string(),
      packages: v.string(),
      modules: v.array(v.looseObject({ role: v.picklist(['launch', 'support']), name: v.string(), hash: v.string() })),
      python: v.string(),
      linux_target: v.nullable(v.string()),
      macosx_target: v.nullable(v.string()),
      dynlib_exclude: texts,
      lower: texts,
    }),
    resolution: v.looseObject({
      requirements: texts,
      python: v.string(),
      platforms: texts,
      cutoff: v.nullable(v.string()),
      package_indexes: tableOfTexts,
      priority_indexes: texts,
      uv: tableOfTexts,
      lower_pins: v.array(v.tuple([v.string(), v.string()])),
    }),
  }),
  lock_hash: v.string(),
  uv_lock_hash: v.nullable(v.string()),
  pins: v.string(),
  lineage: v.string(),
  fingerprint: v.string(),
});

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** sha256 of a record's compact JSON without the fingerprint itself: one that does not fit tells of a change by hand. */
export function fingerprintOf(record: Omit<VersionRecord, 'fingerprint'>): string {
  const { fingerprint: _, ...rest } = record as VersionRecord;
  return hashBytes(canonicalJson(rest as unknown as Json));
}

/** Completes a record with its fingerprint. */
export function sealRecord(record: Omit<VersionRecord, 'fingerprint'>): VersionRecord {
  return { ...record, fingerprint: fingerprintOf(record) };
}

/** A record's text: sorted keys, two spaces, final newline. */
export function formatRecord(record: VersionRecord): string {
  return `${canonicalJson(record as unknown as Json, 'indented')}\n`;
}

/** The texts of both sides of a merge conflict, two-way or diff3; undefined for a text without markers. */
export function splitConflict(text: string): [ours: string, theirs: string] | undefined {
  if (!/^<{7}(?: |\r?$)/m.test(text)) return undefined;
  const ours: string[] = [];
  const theirs: string[] = [];
  let part: 'both' | 'ours' | 'base' | 'theirs' = 'both';
  for (const line of text.split('\n')) {
    const marker = /^([<|=>])\1{6}(?: |\r?$)/.exec(line)?.[1];
    if (marker === '<') part = 'ours';
    else if (marker === '|' && part === 'ours') part = 'base';
    else if (marker === '=' && part !== 'both') part = 'theirs';
    else if (marker === '>') part = 'both';
    else {
      if (part === 'both' || part === 'ours') ours.push(line);
      if (part === 'both' || part === 'theirs') theirs.push(line);
    }
  }
  return [ours.join('\n'), theirs.join('\n')];
}
