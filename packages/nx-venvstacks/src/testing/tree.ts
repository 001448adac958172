import { FsTree, flushChanges } from 'nx/src/generators/tree';
import type { Generator, Tree } from '@nx/devkit';

/** What a generator did in a folder. */
export interface Generated {
  /** Changed files, as in `UPDATE nx.json`. */
  readonly changes: readonly string[];
  /** What it printed when all was written. */
  readonly output: string;
}

/** Runs a generator as `nx generate` does: on a tree over a real folder, then the changes are written, then its callback. */
export async function generate<T>(folder: string, generator: Generator<T>, options: T): Promise<Generated> {
  const tree: Tree = new FsTree(folder, false);
  const callback = await generator(tree, options);
  const changes = tree.listChanges();
  flushChanges(folder, changes);
  const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await callback?.();
    return {
      changes: changes.map(({ type, path }) => `${type} ${path}`),
      output: written.mock.calls.map(([text]) => String(text)).join(''),
    };
  } finally {
    written.mockRestore();
  }
}
