import { basename } from 'node:path';
import { VenvstacksError } from '../errors';
import { constraintOrder, LIMITS, lowerLayers, readBytes, type Layer } from '../stack';
import { canonicalJson } from './canonical-json';
import { layerFiles } from './files';
import { hashBytes } from './hash';
import { currentInputs, type CurrentInputs, type LowerFacts } from './inputs';
import { isOurs, moveRecord, requirementsHashOf, type Moved } from './move-record';
import { relocateUvLock } from './pins';
import { parseRecordFile, type VenvstacksRecord, type VersionRecord } from './record';
import type { Judge } from './state';
import { relocateValues } from './uv-project';

/** A layer as it is declared now, and as it will be in another place. */
export interface Move {
  readonly from: Layer;
  readonly to: Layer;
}

export interface MoveContext {
  /** Knows the layers where they are. */
  readonly judge: Judge;
  readonly env: NodeJS.ProcessEnv;
  /** The lineage of a record that changes: another run's result has another one (versioning.md). */
  readonly lineage: (before: string) => string;
}

/**
 * A layer's lock files for another place. Nothing is resolved or numbered: packages, number and contents stay. Addresses
 * relative to the lock's folder are written anew, and so is what a record says of things that look different from
 * elsewhere but mean the same. What is stale stays so, for the same reasons: a file that its record does not vouch for
 * moves as it is.
 *
 * @returns absolute path → content, the record last; of the files that are there
 * @throws {VenvstacksError} `configuration`, if the layer would not be the same in its new place; `damaged`, for a file
 *   that cannot be read
 */
export function moveLock(move: Move, context: MoveContext): ReadonlyMap<string, Buffer> {
  const [old, next] = [layerFiles(move.from), layerFiles(move.to)];
  const [from, to] = [move.from.lockFolder, move.to.lockFolder];
  const bytesOf = (path: string) => readForMove(path, move.from);
  const [lock, uvLock, summary, input, record] = [old.lock, old.uvLock, old.summary, old.input, old.record].map(
    bytesOf,
  );
  const inputs = moveInputs(move, context);
  const vouching = inputs && vouchingRecord(record);
  const movedLock = lock && {
    before: lock,
    after: vouchesForLock(vouching, lock) ? changeText(lock, (text) => relocateValues(text, ['path'], from, to)) : lock,
  };
  const movedUvLock = uvLock && {
    before: uvLock,
    after: vouchesForUvLock(vouching, uvLock) ? changeText(uvLock, (text) => relocateUvLock(text, from, to)) : uvLock,
  };
  const movedRecord =
    record && inputs && vouching
      ? changeText(record, (text) => moveRecord(text, vouching, inputs, [movedLock, movedUvLock], context.lineage))
      : record;
  const files: [string, Buffer | undefined][] = [
    [next.lock, movedLock?.after],
    [next.uvLock, movedUvLock?.after],
    [next.summary, summary],
    [next.input, input],
    [next.record, movedRecord],
  ];
  return new Map(files.flatMap(([path, content]) => (content ? [[path, content]] : [])));
}

/** Undefined for a file that is not there. */
function readForMove(path: string, { envName }: Layer): Buffer | undefined {
  try {
    return readBytes(path, LIMITS.lock);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new VenvstacksError('damaged', `its ${basename(path)} cannot be read, and so cannot be moved: ${message}`, {
      layer: envName,
    });
  }
}

/** The same bytes where nothing changes: they need not be UTF-8. */
function changeText(bytes: Buffer, change: (text: string) => string): Buffer {
  const text = bytes.toString('utf8');
  const changed = change(text);
  return changed === text ? bytes : Buffer.from(changed);
}

/** A record that says something of the layer; one that is damaged, merged or edited by hand is left to `lock`. */
function vouchingRecord(bytes: Buffer | undefined): VersionRecord | VenvstacksRecord | undefined {
  const parsed = parseRecordFile(bytes?.toString('utf8'));
  return parsed.kind === 'foreign' || (parsed.kind === 'ours' && parsed.fits) ? parsed.record : undefined;
}

function vouchesForLock(record: VersionRecord | VenvstacksRecord | undefined, lock: Buffer): boolean {
  if (!record) return false;
  return isOurs(record) ? record.lock_hash === hashBytes(lock) : record.requirements_hash === requirementsHashOf(lock);
}

function vouchesForUvLock(record: VersionRecord | VenvstacksRecord | undefined, uvLock: Buffer): boolean {
  return record !== undefined && isOurs(record) && record.uv_lock_hash === hashBytes(uvLock);
}

/** The layer's inputs in both places; undefined where they cannot be collected, and the layer is stale for that. */
function moveInputs({ from, to }: Move, { judge, env }: MoveContext): Moved<CurrentInputs> | undefined {
  const before = judge.judge(from).inputs;
  if (!before) return undefined;
  const lower = new Map(lowerLayers(from).map((layer) => [layer.envName, judge.judge(layer)]));
  const facts = ({ envName }: Layer): LowerFacts => {
    const state = lower.get(envName);
    return { envName, deployedName: state?.deployedName ?? envName, pins: state?.fitting?.pins ?? '' };
  };
  const after = currentInputs(to, lowerLayers(to).map(facts), constraintOrder(to).map(facts), env, judge.trees);
  const meaning = ({ versioned, contents, resolution }: CurrentInputs) =>
    canonicalJson({
      versioned,
      contents,
      resolution: { ...resolution, uv: Object.keys(resolution.uv).sort() },
    });
  if (meaning(before) !== meaning(after)) {
    throw new VenvstacksError('configuration', 'would not be the same layer in its new place', { layer: from.envName });
  }
  return { before, after };
}
