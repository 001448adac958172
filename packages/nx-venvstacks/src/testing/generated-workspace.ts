import type { GeneratorCallback, Tree } from '@nx/devkit';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flushChanges, FsTree } from 'nx/src/generators/tree';
import { formatProblems, findDefinitions, readStacks, type Layer } from '../stack';
import { makeFolder, writeFiles } from './folder';

type Generator<Options> = (tree: Tree, options: Options) => Promise<GeneratorCallback | void>;

/** A workspace in a folder of its own, on which generators run as Nx runs them. */
export class GeneratedWorkspace {
  readonly root: string;

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.root = makeFolder({
      'nx.json': '{ "plugins": ["nx-venvstacks"] }',
      'package.json': '{ "name": "workspace", "private": true }',
      ...files,
    });
  }

  /** Runs a generator and writes its changes. @returns them as Nx lists them, and what it says at the end */
  async run<Options>(
    generator: Generator<Options>,
    options: Options,
  ): Promise<{ changes: readonly string[]; output: string }> {
    const tree = new FsTree(this.root, false);
    const callback = await generator(tree, options);
    const changes = tree.listChanges();
    flushChanges(this.root, changes);
    const written: string[] = [];
    const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    try {
      await callback?.();
    } finally {
      spy.mockRestore();
    }
    return { changes: changes.map(({ type, path }) => `${type} ${path}`), output: written.join('') };
  }

  /** Runs a generator that must refuse, having changed nothing. @returns what the user sees */
  async refusal<Options>(generator: Generator<Options>, options: Options): Promise<string> {
    const tree = new FsTree(this.root, false);
    const error: unknown = await generator(tree, options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(tree.listChanges()).toEqual([]);
    if (!(error instanceof Error)) throw new Error('it did not refuse');
    // Nx offers a stack trace of any error that has one.
    expect(error.stack).toBe('');
    return error.message;
  }

  path(path: string): string {
    return join(this.root, path);
  }

  write(files: Readonly<Record<string, string>>): void {
    writeFiles(this.root, files);
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(this.path(path));
  }

  /** A layer as the graph will see it. */
  layer(envName: string): Layer {
    const stacks = readStacks(findDefinitions(this.root, this.root), this.root, {});
    const layer = stacks.flatMap(({ layers }) => layers).find((each) => each.envName === envName);
    const problems = stacks.flatMap((stack) => stack.problems);
    if (!layer) throw new Error(`no sound layer ${envName}:\n${formatProblems(problems, this.root)}`);
    return layer;
  }
}
