import { deployedNameOf, withFormerName } from '../lock/judging';
import { compareCodePoints } from '../stack';
import type { Standing } from './standing';

/** A layer's record before and after a command. */
export interface Change {
  readonly before: Standing;
  readonly now: Standing;
}

/** At most so many lines: an account is read at a glance. */
const MOST_LINES = 30;

/** What moved, in lines, lower layers first; undefined where nothing did. */
export function accountOf(changes: readonly Change[]): string | undefined {
  const moved = changes
    .flatMap(({ before, now }) => {
      const line = describeMove(before, now);
      return line === undefined ? [] : [printable(line)];
    })
    .sort((a, b) => height(a) - height(b) || compareCodePoints(a, b));
  if (moved.length === 0) return undefined;
  const lines = moved.length > MOST_LINES ? moved.slice(0, MOST_LINES - 1) : moved;
  const rest = moved.length - lines.length;
  return [
    'Layers that moved:',
    ...lines.map((line) => `  ${line}`),
    ...(rest ? [`  ... and ${rest} more: git diff shows them`] : []),
  ].join('\n');
}

/** `app@4 (was 3)`, as the lock itself reports it; undefined for a layer that stands where it stood. */
export function describeMove(before: Standing, now: Standing): string | undefined {
  const name = nameOf(now);
  if (name === undefined) return undefined;
  if (before.kind === 'absent') return `${name} (new)`;
  if (before.kind === 'unclear') return name;
  const former = before.kind === 'foreign' ? nameOf({ ...now, number: before.number } as Standing) : nameOf(before);
  if (former !== undefined && former !== name) return withFormerName(name, former);
  const isOther = before.kind === 'unnumbered' && now.kind === 'unnumbered' && before.contents !== now.contents;
  return isOther ? `${name} (changed)` : undefined;
}

function nameOf(standing: Standing): string | undefined {
  if (standing.kind === 'numbered')
    return deployedNameOf({ envName: standing.envName, versioned: true }, standing.number);
  return standing.kind === 'unnumbered' ? standing.envName : undefined;
}

/** Runtimes, frameworks, applications. */
function height(line: string): number {
  return line.startsWith('app-') ? 2 : line.startsWith('framework-') ? 1 : 0;
}

/** A record's text is a stranger's: what would move the cursor, or is not seen, stays out of a terminal. */
function printable(line: string): string {
  return line.replaceAll(/\p{C}/gu, '?').slice(0, 300);
}
