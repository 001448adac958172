import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatProblems, findDefinitions, readStacks, type Layer } from '../stack';
import { makeFolder, writeFiles } from './folder';
import { generate, refusal, type Generated, type Generator } from './tree';

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

  /** Runs a generator and writes its changes. */
  run<Options>(generator: Generator<Options>, options: Options): Promise<Generated> {
    return generate(this.root, generator, options);
  }

  /** Runs a generator that must refuse, having changed nothing. @returns what the user sees */
  refusal<Options>(generator: Generator<Options>, options: Options): Promise<string> {
    return refusal(this.root, generator, options);
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
