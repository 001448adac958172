import fc from 'fast-check';
import { findDisagreement, findOrder, isConflict, linearise } from './c3';

/** What each one stands on, in its order → its linearisation. */
function linearisations(graph: Readonly<Record<string, readonly string[]>>) {
  const of = (name: string): readonly string[] => {
    const below = linearise(graph[name] ?? [], of);
    if (isConflict(below)) throw new Error(`${name} is in conflict`);
    return [name, ...below];
  };
  return of;
}

describe('C3', () => {
  it('orders what Python orders in its own documentation of the algorithm', () => {
    // class A(B, C), with B(D, E) and C(D, F)
    const of = linearisations({ D: [], E: [], F: [], B: ['D', 'E'], C: ['D', 'F'] });
    expect(linearise(['B', 'C'], of)).toEqual(['B', 'C', 'D', 'E', 'F']);
  });

  it('keeps independent ones in the order in which they are named', () => {
    const of = linearisations({});
    expect(linearise(['z', 'a'], of)).toEqual(['z', 'a']);
    expect(linearise([], of)).toEqual([]);
  });

  it('fails where a lower one is named before the one that stands on it, and finds the order that works', () => {
    const of = linearisations({ base: [], derived: ['base'] });
    expect(linearise(['base', 'derived'], of)).toEqual({
      remaining: [['base'], ['derived', 'base'], ['base', 'derived']],
    });
    expect(findOrder(['base', 'derived'], of)).toEqual(['derived', 'base']);
  });

  it('moves as little as it can', () => {
    const of = linearisations({ base: [], derived: ['base'] });
    expect(findOrder(['x', 'base', 'y', 'derived', 'z'], of)).toEqual(['x', 'y', 'derived', 'base', 'z']);
  });

  it('finds no order where two disagree, and says on what', () => {
    const of = linearisations({ a: [], b: [], c: ['a', 'b'], d: ['b', 'a'] });
    expect(isConflict(linearise(['c', 'd'], of))).toBe(true);
    expect(findOrder(['c', 'd'], of)).toBeUndefined();
    expect(findDisagreement(['c', 'd'], of)).toEqual({ first: 'c', second: 'd', pair: ['a', 'b'] });
    expect(findDisagreement(['c', 'a'], of)).toBeUndefined();
  });

  it('keeps every order that it was given, and what it finds works', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const graphs = fc
      .tuple(...names.map((_, index) => fc.shuffledSubarray(names.slice(0, index))))
      .map((below) => Object.fromEntries(names.map((name, index) => [name, below[index] ?? []])));
    fc.assert(
      fc.property(graphs, fc.shuffledSubarray(names), (graph, named) => {
        const below = linearisations(graph);
        let result;
        let order;
        try {
          result = linearise(named, below);
          order = findOrder(named, below);
        } catch {
          return; // A lower one is in conflict itself.
        }
        if (isConflict(result)) {
          if (order) expect(isConflict(linearise(order, below))).toBe(false);
          return;
        }
        for (const given of [named, ...named.map(below)]) {
          expect(result.filter((name) => given.includes(name))).toEqual(given);
        }
        expect(order).toBeDefined();
      }),
    );
  });
});
