import type { Repository } from './repository';

export type ConflictStyle = 'merge' | 'diff3';

/** Merges a branch, which must end in conflicts. They stay in the files, as git writes them. */
export function mergeWithConflicts(repository: Repository, branch: string, style: ConflictStyle = 'merge'): void {
  try {
    repository.git('-c', `merge.conflictStyle=${style}`, 'merge', branch);
  } catch {
    return;
  }
  throw new Error(`${branch} was merged without a conflict`);
}

/** Settles all conflicts of a text by hand, the nth by the nth choice; the last choice goes for the rest. */
export function settleConflicts(text: string, ...choices: ('ours' | 'theirs')[]): string {
  let position = 0;
  return text.replace(
    /^<{7}.*\n([^]*?)(?:^\|{7}.*\n[^]*?)?^={7}\n([^]*?)^>{7}.*\n/gm,
    (_, ours: string, theirs: string) => {
      const choice = choices[Math.min(position++, choices.length - 1)];
      return choice === 'theirs' ? theirs : ours;
    },
  );
}

/** A text as a merge would leave it that found all of it changed on both sides. */
export function conflictOf(ours: string, theirs: string, style: ConflictStyle): string {
  const base = style === 'diff3' ? `||||||| 1a2b3c4\n${theirs}` : '';
  return `<<<<<<< HEAD\n${ours}${base}=======\n${theirs}>>>>>>> branch\n`;
}
