import fc, { type Arbitrary } from 'fast-check';

/** Whether to look longer, each time at something else (`FAULTS=long`). */
const IS_LONG = process.env.FAULTS === 'long';

/** How often a property is tried, and from which seed: always the same one in a short run. */
export function fuzzing(runs: number): { numRuns: number; seed?: number } {
  return IS_LONG ? { numRuns: runs * 50 } : { numRuns: runs, seed: 20_260_301 };
}

/** For a whole property, in milliseconds. Far more than it takes: what does not end fails. */
export const FUZZ_TIMEOUT = IS_LONG ? 3_600_000 : 120_000;

/** Texts in which what readers look for is frequent: brackets, quotes, markers, line ends, long runs of one thing. */
export function messyText(tokens: readonly string[]): Arbitrary<string> {
  const run = fc
    .tuple(
      fc.constantFrom(' ', '\n', '\r\n', '\t', '[', '{', '(', '"', "'", ',', '#', '\\', '.', '=', '<', '\0'),
      fc.nat(300),
    )
    .map(([character, count]) => character.repeat(count));
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...tokens) },
    { weight: 2, arbitrary: run },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('\uFEFF', '\u2028', '__proto__', '1e999', '-0', '9'.repeat(400), '<<<<<<< x\n'),
    },
  );
  return fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
}

/** A valid text with pieces cut out, doubled, put elsewhere or replaced by something else. */
export function mutated(valid: readonly string[], tokens: readonly string[]): Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(10_000),
    length: fc.nat(40),
    to: fc.nat(10_000),
    insert: messyText(tokens),
    kind: fc.nat(3),
  });
  return fc.tuple(fc.constantFrom(...valid), fc.array(edit, { minLength: 1, maxLength: 4 })).map(([text, edits]) =>
    edits.reduce((before, { at, length, to, insert, kind }) => {
      const start = at % (before.length + 1);
      const target = to % (before.length + 1);
      const piece = before.slice(start, start + length);
      if (kind === 0) return before.slice(0, start) + before.slice(start + length);
      if (kind === 1) return before.slice(0, target) + piece + before.slice(target);
      if (kind === 2) return before.slice(0, start);
      return before.slice(0, start) + insert.slice(0, 200) + before.slice(start + length);
    }, text),
  );
}

/** A JSON value in which one thing is another: gone, doubled, of another type, enormous. */
export function mutatedJson(valid: object): Arbitrary<unknown> {
  const odd = fc.oneof(
    fc.constantFrom<unknown>(
      undefined,
      null,
      -1,
      0,
      1.5,
      2 ** 53,
      1e300,
      Infinity,
      NaN,
      '',
      '3',
      true,
      [],
      {},
      [[]],
      'x'.repeat(5000),
    ),
    fc.jsonValue(),
  );
  const places = placesIn(valid);
  return fc
    .array(fc.tuple(fc.constantFrom(...places), odd), { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce<unknown>((value, [place, other]) => replaceAt(value, place, other), structuredClone(valid)),
    );
}

function placesIn(value: unknown): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [[key], ...placesIn(each).map((place) => [key, ...place])]);
}

function replaceAt(value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) return other;
  if (typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
  copy[key] = replaceAt(copy[key], rest, other);
  return copy;
}
