import { compareCodePoints, normalizeName } from '../stack';
import { formatPin, type LockedPackage } from './pylock';

/** What a lower layer has locked: a version of a package, perhaps only where a marker holds. */
export interface Constraint {
  readonly name: string;
  readonly version: string;
  /** Empty for none. */
  readonly marker: string;
  /** Environment name of the layer that holds it. */
  readonly layer: string;
}

/** A lower layer's lock. */
export interface LowerLock {
  readonly envName: string;
  readonly packages: readonly LockedPackage[];
}

/**
 * Constraints from the locks of lower layers (lock-format.md, "Constraints").
 *
 * @param locks the runtime's first, then those of the frameworks as linearised
 * @returns per package the conditional pins met before an unconditional one, then that one; names in code-point order
 */
export function collectConstraints(locks: readonly LowerLock[]): Constraint[] {
  const byName = new Map<string, Constraint[]>();
  for (const { envName, packages } of locks) {
    for (const { name, version, marker } of packages.filter(({ shared }) => !shared)) {
      const key = normalizeName(name);
      const met = byName.get(key) ?? [];
      byName.set(key, met);
      // After an unconditional pin nothing counts; the same marker counts once.
      if (met.some((each) => each.marker === '' || each.marker === marker)) continue;
      met.push({ name, version, marker, layer: envName });
    }
  }
  return [...byName].sort(([a], [b]) => compareCodePoints(a, b)).flatMap(([, met]) => met);
}

/** A constraint as uv's project states it. */
export function formatConstraint(constraint: Constraint): string {
  return formatPin(constraint);
}
