import { VenvstacksError } from '../errors';
import { LIMITS, type Layer } from '../stack';
import { describeChanges, inputsChanged } from './changes';
import type { LayerFiles } from './files';
import { hashFile } from './hash';
import type { CurrentInputs } from './inputs';
import { isTurnedFile } from './line-ends';
import { RECORD_FORMAT, type RecordOnDisk, type VersionRecord } from './record';
import { readIfThere } from './write';

/** The files that a layer's state follows from; undefined for those that are not there. */
export interface LayerTexts {
  readonly record: string | undefined;
  readonly lock: HashedFile | undefined;
  readonly uvLock: HashedFile | undefined;
}

interface HashedFile {
  readonly path: string;
  readonly hash: string;
}

export function readTexts({ record, lock, uvLock }: LayerFiles): LayerTexts {
  return { record: readIfThere(record), lock: readHashed(lock), uvLock: readHashed(uvLock) };
}

function readHashed(file: string): HashedFile | undefined {
  try {
    return { path: file, hash: hashFile(file, LIMITS.lock) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Why a record keeps its layer from being locked at all. */
export function obstacleOf(layer: Layer, onDisk: RecordOnDisk): VenvstacksError | undefined {
  const records = onDisk.kind === 'absent' ? [] : onDisk.kind === 'conflicted' ? onDisk.sides : [onDisk];
  for (const record of records) {
    if (record.kind === 'newer') {
      const message = `its version record has format ${record.format}; this version of nx-venvstacks reads up to ${RECORD_FORMAT}`;
      return new VenvstacksError('damaged', message, { layer: layer.envName, hint: 'Update nx-venvstacks.' });
    }
    if (record.kind === 'impossible') {
      const message = `${record.field} in its version record is ${showValue(record.value)}, which is no number of a lock`;
      const hint = 'Delete the record and run lock: the number is then taken from git’s history.';
      return new VenvstacksError('damaged', message, { layer: layer.envName, hint });
    }
  }
  return undefined;
}

function showValue(value: unknown): string {
  // JSON knows no number beyond all others, and reads one from `1e999`.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** What is wrong with a record as such. */
export function explainRecord(record: RecordOnDisk): string[] {
  switch (record.kind) {
    case 'absent':
      return ['not locked yet'];
    case 'conflicted':
      return ['its version record has conflict markers'];
    case 'foreign':
      return ['its version record was written by venvstacks'];
    case 'damaged':
      return ['its version record is damaged'];
    case 'ours':
      return record.fits ? [] : ['its version record does not fit its fingerprint: it was merged or edited by hand'];
    case 'newer':
    case 'impossible':
      return [];
  }
}

/** Where a layer’s files are not those that were recorded. */
export function damageOf(record: VersionRecord, { lock, uvLock }: LayerTexts): string[] {
  return [
    ...describeDamage('the lock', lock, record.lock_hash),
    ...describeDamage('uv.lock', uvLock, record.uv_lock_hash),
  ];
}

function describeDamage(what: string, file: HashedFile | undefined, recorded: string | null): string[] {
  if (file === undefined) return recorded === null ? [] : [`${what} is missing`];
  if (file.hash === recorded) return [];
  return [
    isTurned(file, recorded)
      ? `${what} has other line ends than were recorded`
      : `${what} is not the one that was recorded`,
  ];
}

/** Whether line ends are all in which a file differs from what was recorded. */
export function hasTurnedFiles(record: VersionRecord, { lock, uvLock }: LayerTexts): boolean {
  return isTurned(lock, record.lock_hash) || isTurned(uvLock, record.uv_lock_hash);
}

function isTurned(file: HashedFile | undefined, recorded: string | null): boolean {
  return file !== undefined && recorded !== null && file.hash !== recorded && isTurnedFile(file.path, recorded);
}

/** What has changed since a record was written. @param turnedModules of which only line ends did */
export function changesOf(record: VersionRecord, inputs: CurrentInputs, turnedModules: ReadonlySet<string>): string[] {
  if (inputsChanged(record.inputs, inputs)) {
    const changes = describeChanges(record.inputs, inputs, turnedModules);
    return changes.length ? changes : ['inputs changed'];
  }
  const hashes = Object.entries(inputs.hashes) as [keyof CurrentInputs['hashes'], string][];
  // What venvstacks hashes can differ where nothing does that counts: `glibc` and `glibc@2.28`.
  return hashes.some(([key, hash]) => record[key] !== hash)
    ? ['inputs are written differently, with the same meaning']
    : [];
}
