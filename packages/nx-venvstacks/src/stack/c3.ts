/** A linearisation that cannot be: no remaining head can come next. */
export interface C3Conflict {
  /** The sequences that were left to merge, nearest first. */
  readonly remaining: readonly (readonly string[])[];
}

/**
 * Linearises by C3, as Python orders the bases of a class.
 *
 * @param named what the layer names, in its order
 * @param linearisationOf each named one's own linearisation, itself first
 */
export function linearise(
  named: readonly string[],
  linearisationOf: (name: string) => readonly string[],
): readonly string[] | C3Conflict {
  const result: string[] = [];
  let sequences = [...named.map((name) => [...linearisationOf(name)]), [...named]];
  for (;;) {
    sequences = sequences.filter((sequence) => sequence.length > 0);
    if (sequences.length === 0) return result;
    const next = sequences
      .map(([head]) => head)
      .find((head) => sequences.every((each) => !each.slice(1).includes(head ?? '')));
    if (next === undefined) return { remaining: sequences };
    result.push(next);
    sequences = sequences.map((sequence) => (sequence[0] === next ? sequence.slice(1) : sequence));
  }
}

/** Whether a linearisation failed. */
export function isConflict(result: readonly string[] | C3Conflict): result is C3Conflict {
  return 'remaining' in result;
}

/**
 * An order of the named ones that C3 accepts, as near to the given one as a stable sort comes; undefined where none
 * does.
 */
export function findOrder(
  named: readonly string[],
  linearisationOf: (name: string) => readonly string[],
): readonly string[] | undefined {
  // What must come before what: every pair that some linearisation orders.
  const before = new Map<string, Set<string>>();
  for (const name of named) {
    const sequence = linearisationOf(name);
    sequence.forEach((earlier, index) => {
      for (const later of sequence.slice(index + 1)) before.set(later, (before.get(later) ?? new Set()).add(earlier));
    });
  }
  const order: string[] = [];
  const waiting = [...named];
  while (waiting.length) {
    const index = waiting.findIndex((name) => !waiting.some((other) => other !== name && before.get(name)?.has(other)));
    const [next] = index < 0 ? [] : waiting.splice(index, 1);
    if (next === undefined) return undefined;
    order.push(next);
  }
  return isConflict(linearise(order, linearisationOf)) ? undefined : order;
}

/** Two of the named ones that order some pair differently; undefined where there are none. */
export function findDisagreement(
  named: readonly string[],
  linearisationOf: (name: string) => readonly string[],
): { first: string; second: string; pair: readonly [string, string] } | undefined {
  for (const first of named) {
    const one = linearisationOf(first);
    for (const second of named) {
      const other = linearisationOf(second);
      const common = one.filter((name) => other.includes(name));
      for (let i = 0; i + 1 < common.length; i++) {
        const [a = '', b = ''] = common.slice(i, i + 2);
        if (other.indexOf(a) > other.indexOf(b)) return { first, second, pair: [a, b] };
      }
    }
  }
  return undefined;
}
