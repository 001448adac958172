import type { LockedPackage } from './pylock';

/** Packages added, removed and moved, `scipy 1.16.2 → 1.16.3`; without a lock before, how many there are. */
export function describePackages(
  before: readonly LockedPackage[] | undefined,
  now: readonly LockedPackage[],
): string[] {
  if (!before) return [describeCount(now)];
  const [from, to] = [versionsOf(before), versionsOf(now)];
  return [...new Set([...from.keys(), ...to.keys()])].sort().flatMap((name) => {
    const [old, current] = [from.get(name), to.get(name)];
    if (old === current) return [];
    if (old === undefined) return [`${name} ${current ?? ''} added`];
    return [current === undefined ? `${name} ${old} removed` : `${name} ${old} → ${current}`];
  });
}

/** A package may be there in several versions, each for some platforms. */
function versionsOf(packages: readonly LockedPackage[]): Map<string, string> {
  const versions = new Map<string, string>();
  for (const { name, version } of packages)
    versions.set(name, [versions.get(name), version].filter(Boolean).join(', '));
  return versions;
}

function describeCount(packages: readonly LockedPackage[]): string {
  const shared = packages.filter((each) => each.shared).length;
  const own = packages.length - shared;
  return `${own} ${own === 1 ? 'package' : 'packages'}${shared ? `, ${shared} more from lower layers` : ''}`;
}
