import { splitConflict } from '../../packages/nx-venvstacks/src/lock/record';
import type { Settling } from './history-actions';
import { LOCKS } from './history-stack';
import type { Repository } from './repository';

/**
 * Settles the conflicts that a merge, revert or cherry-pick has left. Whoever commits concludes it.
 *
 * @returns the files in conflict
 */
export function settleConflicts(repository: Repository, { sources, locks, picks }: Settling): string[] {
  let bits = picks;
  const pick = () => {
    bits = (bits >> 1) | ((bits & 1) << 15);
    return bits % 2 === 0;
  };
  const paths = repository.git('diff', '--name-only', '--diff-filter=U').split('\n').filter(Boolean);
  for (const path of paths.filter((each) => repository.has(each))) {
    const text = repository.read(path);
    const how = path.startsWith(LOCKS) ? locks : sources;
    if (how === 'markers' || !text.includes('<<<<<<<')) continue;
    if (how !== 'mix') repository.git('checkout', '--quiet', `--${how}`, '--', path);
    else repository.write({ [path]: (path.endsWith('.json') && mixKeys(text, pick)) || mixHunks(text, pick) });
  }
  return paths;
}

/** A record of which each key is one side's: finer than what git tells apart. */
function mixKeys(text: string, pick: () => boolean): string | undefined {
  const sides = splitConflict(text);
  if (!sides || pick()) return undefined;
  let a: Record<string, unknown>, b: Record<string, unknown>;
  try {
    [a, b] = sides.map((side) => JSON.parse(side) as Record<string, unknown>) as [typeof a, typeof b];
  } catch {
    return undefined;
  }
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  const mixed = keys.map((key) => [key, (pick() ? a : b)[key]] as const);
  return `${JSON.stringify(Object.fromEntries(mixed), undefined, 2)}\n`;
}

function mixHunks(text: string, pick: () => boolean): string {
  return text.replace(
    /^<{7} .*\n((?:.*\n)*?)(?:\|{7} .*\n(?:.*\n)*?)?={7}\n((?:.*\n)*?)>{7} .*\n/gm,
    (_, ours: string, theirs: string) => (pick() ? ours : theirs),
  );
}
