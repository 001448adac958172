import { distance } from 'fastest-levenshtein';

/** Names together that are compared: how long that takes goes with the square. */
const LONGEST = 1000;

/** `Did you mean 'x' or 'y'?` with the known names nearest to an unknown one, else the known names, if any. */
export function suggest(unknown: string, known: Iterable<string>): string | undefined {
  const candidates = [...new Set(known)];
  const near = candidates
    .filter((name) => name.length + unknown.length < LONGEST)
    .map((name) => ({ name, steps: distance(unknown.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, steps }) => steps <= Math.max(2, Math.ceil(Math.max(name.length, unknown.length) / 3)))
    .sort((a, b) => a.steps - b.steps)
    .slice(0, 3)
    .map(({ name }) => `'${name}'`);
  if (near.length) return `Did you mean ${near.join(' or ')}?`;
  if (candidates.length === 0) return undefined;
  const shown = candidates.slice(0, 8).map((name) => `'${name}'`);
  return `Known: ${shown.join(', ')}${candidates.length > shown.length ? ', …' : ''}.`;
}
