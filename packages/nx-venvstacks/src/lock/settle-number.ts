import { VenvstacksError } from '../errors';
import { whyNoHistory, type RecordHistory } from './history';
import { decideNumber, unchangedSince, type Numbers } from './number';
import { readPast, type Surroundings } from './past';
import type { LockedPackage } from './pylock';
import type { Contents } from './record';
import type { LayerState } from './state';

/** A layer's number, settled against everything that is known of its past. */
export interface Settled extends Numbers {
  /** `locked_at` of a known record with the same contents. */
  readonly since: string | undefined;
  /** Things worth knowing: history that there is not. */
  readonly notes: readonly string[];
}

/**
 * Settles the number of a layer's new contents.
 *
 * @throws {VenvstacksError} `history`, where a new number could be an old one
 */
export async function settleNumber(
  state: LayerState,
  contents: Contents,
  packages: readonly LockedPackage[],
  surroundings: Surroundings,
): Promise<Settled> {
  const { layer, fitting, files } = state;
  const { past, history } = await readPast(state, packages, surroundings);
  const numbers = decideNumber(layer.versioned, contents, past);
  if (!Number.isSafeInteger(numbers.lockVersion)) {
    throw new VenvstacksError('damaged', `there is no number above ${numbers.lockVersion - 1}`, {
      layer: layer.envName,
      hint: 'A record has a number that no history could have reached: correct it, also in the commits that hold it.',
    });
  }
  const before = fitting?.inputs.versioned ? fitting.lock_version : undefined;
  const isNew = layer.versioned && numbers.lockVersion !== before;
  if (isNew && history?.shallow && !history.ignored) {
    throw new VenvstacksError(
      'history',
      'its number would change, and this clone is shallow: a number that was used before could come back',
      { layer: layer.envName, hint: 'Fetch the history first: git fetch --unshallow' },
    );
  }
  return {
    ...numbers,
    since: unchangedSince(contents, past),
    notes: layer.versioned ? notesOn(history, files.record) : [],
  };
}

function notesOn(history: RecordHistory | undefined, record: string): string[] {
  if (!history) return [`${whyNoHistory(record)}: numbers follow only from the record on disk`];
  return history.ignored ? ['git ignores the record: numbers follow only from the one on disk'] : [];
}
