import type { GeneratorCallback, Tree } from '@nx/devkit';
import { flushChanges, FsTree } from 'nx/src/generators/tree';

export type Generator<Options> = (tree: Tree, options: Options) => Promise<GeneratorCallback | void>;

/** What a generator did in a folder. */
export interface Generated {
  /** Changed files, as Nx lists them: `UPDATE nx.json`. */
  readonly changes: readonly string[];
  /** What it printed when all was written. */
  readonly output: string;
}

/** Runs a generator as `nx generate` does: on a tree over a real folder, then the changes are written, then its callback. */
export async function generate<T>(folder: string, generator: Generator<T>, options: T): Promise<Generated> {
  const tree = new FsTree(folder, false);
  const callback = await generator(tree, options);
  const changes = tree.listChanges();
  flushChanges(folder, changes);
  const written: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await callback?.();
  } finally {
    spy.mockRestore();
  }
  return { changes: changes.map(({ type, path }) => `${type} ${path}`), output: written.join('') };
}

/** Runs a generator that must refuse, and must not have touched the tree by then. @returns what the user sees */
export async function refusal<T>(folder: string, generator: Generator<T>, options: T): Promise<string> {
  const tree = new FsTree(folder, false);
  const error: unknown = await generator(tree, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(tree.listChanges()).toEqual([]);
  if (!(error instanceof Error)) throw new Error('it was not refused');
  // Nx offers a stack trace of any error that has one: a defect has, a refusal has not.
  if (error.stack !== '') throw error;
  return error.message;
}
