import fc, { type Arbitrary } from 'fast-check';
import { DEFINITION_EDITS } from './definition-edits';
import { FILE_EDITS } from './file-edits';
import { NX_EDITS } from './nx-edits';
import { NothingToEdit, Tree } from './tree';
import type { Change, PullRequest } from './world';

export const EDITS: Readonly<Record<string, Change>> = { ...DEFINITION_EDITS, ...FILE_EDITS, ...NX_EDITS };

/** One of the edits, and the numbers by which it chooses. */
export interface Edit {
  readonly name: string;
  readonly picks: readonly number[];
}

/** A pull request, told. */
export interface Story {
  readonly before: readonly Edit[];
  readonly isLocked: boolean;
  readonly isUncommitted: boolean;
  readonly edits: readonly Edit[];
}

const edit: Arbitrary<Edit> = fc.record({
  name: fc.constantFrom(...Object.keys(EDITS)),
  picks: fc.array(fc.nat(199), { minLength: 3, maxLength: 3 }),
});

/** Pull requests of one to three edits. Half of them start from the workspace as it is made. */
export const stories: Arbitrary<Story> = fc.record({
  before: fc.oneof(fc.constant([]), fc.array(edit, { minLength: 1, maxLength: 2 })),
  isLocked: fc.boolean(),
  isUncommitted: fc.nat(3).map((number) => number === 0),
  edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
});

export function pullRequestOf({ before, edits, ...how }: Story): PullRequest {
  return { ...how, before: before.map(changeOf), changes: edits.map(changeOf) };
}

function changeOf({ name, picks }: Edit): Change {
  return ({ root }) => {
    try {
      EDITS[name]?.(new Tree(root, picks));
    } catch (error) {
      // What there is to edit depends on the edits before; some ask for what the file system does not have.
      if (!(error instanceof NothingToEdit) && (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    }
  };
}
