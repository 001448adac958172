import { randomUUID } from 'node:crypto';
import { EXCLUDED_LINEAGE, isValid, type Judge } from '../lock/judging';
import { isExcluded, type Layer } from '../stack';

/**
 * The id that goes into a lock's cache key: that of its record while the lock is valid, a fresh one while it is stale,
 * so that a result is only ever found again by the state that it made (versioning.md, "Cached, and still right").
 */
export function lineageOf(layer: Layer, judge: Judge): string {
  if (isExcluded(layer)) return EXCLUDED_LINEAGE;
  const state = judge.judge(layer);
  return isValid(state) && state.fitting ? state.fitting.lineage : randomUUID();
}
