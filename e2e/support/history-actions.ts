import fc from 'fast-check';
import { LAYERS, SOURCES, type LayerName } from './history-stack';

/** How conflicts are settled. `picks` decides one by one, by its bits, where something is to be mixed. */
export interface Settling {
  readonly sources: 'ours' | 'theirs' | 'mix';
  /** `markers`: conflicts in files of locks stay as git left them. */
  readonly locks: 'markers' | 'ours' | 'theirs' | 'mix';
  readonly picks: number;
}

type Edit =
  | { readonly do: 'write'; readonly file: string; readonly choice: number }
  | { readonly do: 'define'; readonly line: number; readonly choice: number };

/** What happens in a workspace; `publish`: lock all, and commit; `diverge`: do so in two branches
 * with an edit in each, and merge them. Numbers choose among what is there, so that any sequence of actions makes sense. */
export type Action =
  | Edit
  | { readonly do: 'diverge'; readonly ours: Edit; readonly theirs: Edit; readonly settling: Settling }
  | { readonly do: 'lock'; readonly layers: readonly LayerName[]; readonly skipCache: boolean; readonly alone: boolean }
  | { readonly do: 'publish' | 'commit' | 'discard' | 'move index' | 'drop cache' | 'fetch cache' }
  | { readonly do: 'restore'; readonly commit: number; readonly what: 'all' | 'locks' | LayerName }
  | { readonly do: 'branch' | 'go'; readonly to: number }
  | { readonly do: 'merge' | 'pull' | 'revert' | 'cherry-pick'; readonly from: number; readonly settling: Settling }
  | { readonly do: 'clone'; readonly shareCache: boolean }
  | {
      readonly do: 'delete';
      readonly layer: LayerName;
      readonly what: 'record' | 'lock' | 'uv.lock' | 'summary' | 'all';
    }
  | { readonly do: 'renumber'; readonly layer: LayerName; readonly by: number }
  | { readonly do: 'strip'; readonly layers: readonly LayerName[] };

/** A history of a workspace, from its beginning. */
export interface Story {
  /** Whether one framework stands on the other. */
  readonly stacked: boolean;
  readonly begin: 'unlocked' | 'locked' | 'locked by venvstacks';
  readonly actions: readonly Action[];
}

const number = fc.nat(1_000_000);
const layer = fc.constantFrom(...LAYERS);
const settling = fc.record<Settling>({
  sources: fc.constantFrom('ours', 'theirs', 'mix'),
  locks: fc.constantFrom('markers', 'ours', 'theirs', 'mix'),
  picks: fc.nat(0xffff),
});
/** One side as a whole, which must be rare enough not to cover up all else and frequent enough to be seen. */
const oneSide = fc.constantFrom<Settling>(
  { sources: 'ours', locks: 'ours', picks: 0 },
  { sources: 'theirs', locks: 'theirs', picks: 0 },
);
const settled = fc.oneof({ weight: 4, arbitrary: settling }, { weight: 1, arbitrary: oneSide });

const edit = fc.oneof<fc.Arbitrary<Edit>[]>(
  fc.record({ do: fc.constant('write' as const), file: fc.constantFrom(...Object.keys(SOURCES)), choice: number }),
  fc.record({ do: fc.constant('define' as const), line: number, choice: number }),
);

const weighted: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Action>])[] = [
  [
    14,
    fc.record({ do: fc.constant('write' as const), file: fc.constantFrom(...Object.keys(SOURCES)), choice: number }),
  ],
  [28, edit],
  [3, fc.record({ do: fc.constant('diverge' as const), ours: edit, theirs: edit, settling: settled })],
  [
    2,
    fc
      .tuple(edit, number, settled)
      .map(([ours, choice, settling]) => ({ do: 'diverge', ours, theirs: { ...ours, choice }, settling })),
  ],
  [6, lock(fc.constant([]), fc.constant(false))],
  [2, lock(fc.subarray([...LAYERS], { minLength: 1 }), fc.constant(false))],
  [2, lock(fc.subarray([...LAYERS], { minLength: 1 }), fc.constant(true))],
  [3, fc.record({ do: fc.constant('commit' as const) })],
  [13, fc.record({ do: fc.constant('publish' as const) })],
  [1, fc.record({ do: fc.constant('discard' as const) })],
  [2, fc.record({ do: fc.constant('move index' as const) })],
  [1, fc.record({ do: fc.constantFrom('drop cache' as const, 'fetch cache' as const) })],
  [
    3,
    fc.record({
      do: fc.constant('restore' as const),
      commit: number,
      what: fc.constantFrom<'all' | 'locks' | LayerName>('all', 'locks', 'locks', ...LAYERS),
    }),
  ],
  [6, fc.record({ do: fc.constant('branch' as const), to: number })],
  [2, fc.record({ do: fc.constant('go' as const), to: number })],
  [
    10,
    fc.record({
      do: fc.constantFrom('merge' as const, 'merge' as const, 'pull' as const),
      from: number,
      settling: settled,
    }),
  ],
  [3, fc.record({ do: fc.constantFrom('revert' as const, 'cherry-pick' as const), from: number, settling: settled })],
  [1, fc.record({ do: fc.constant('clone' as const), shareCache: fc.boolean() })],
  [
    3,
    fc.record({
      do: fc.constant('delete' as const),
      layer,
      what: fc.constantFrom('record', 'record', 'lock', 'uv.lock', 'summary', 'all'),
    }),
  ],
  [1, fc.record({ do: fc.constant('renumber' as const), layer, by: fc.integer({ min: -2, max: 4 }) })],
  [1, fc.record({ do: fc.constant('strip' as const), layers: fc.subarray([...LAYERS], { minLength: 1 }) })],
];

function lock(layers: fc.Arbitrary<LayerName[]>, alone: fc.Arbitrary<boolean>): fc.Arbitrary<Action> {
  const skipCache = fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
  return fc.record({ do: fc.constant('lock' as const), layers, skipCache, alone });
}

/** Histories of up to some number of actions. */
export function stories(steps: number): fc.Arbitrary<Story> {
  return fc.record<Story>({
    stacked: fc.boolean(),
    begin: fc.constantFrom('locked', 'unlocked', 'locked by venvstacks'),
    actions: fc.array(fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))), {
      maxLength: steps,
      size: 'max',
    }),
  });
}
