import type { GeneratorCallback, Tree } from '@nx/devkit';
import { randomUUID } from 'node:crypto';
import { join, relative } from 'node:path';
import { VenvstacksError } from '../../errors';
import { isValid, Judge, layerFileNames, moveLock, uvConfigsAgree, type Move } from '../../lock';
import { normalizeOptions, shellWord } from '../../inference';
import { tomlPlaces, type Layer, type Overlay, type SourceTrees, type Stack } from '../../stack';
import { nxHere } from '../commands';
import { shownPath } from '../paths';
import { pluginOptions } from '../plugin-options';

/** Files that are written, by absolute path; null for one that goes. */
export type Changes = ReadonlyMap<string, string | Buffer | null>;

/** Changes of definition files, as stacks are read with them. */
export function draftsOf(changes: Changes): Overlay {
  return new Map([...changes].map(([path, content]) => [path, content === null ? null : content.toString()]));
}

/** `1 layer is`, `2 layers are`. */
export function countLayers({ length }: { readonly length: number }): string {
  return length === 1 ? '1 layer is' : `${length} layers are`;
}

/**
 * The layers of a stack beside those that they become.
 *
 * @param renewed the sound stack as it will be
 * @throws {VenvstacksError} `configuration`, where uv would be told something else
 */
export function pairLayers(layers: readonly Layer[], renewed: Stack, root: string): Move[] {
  return layers.map((from) => {
    const to = renewed.layers.find(({ envName }) => envName === from.envName);
    if (!to) throw new Error(`${from.envName} was lost on the way`);
    if (!uvConfigsAgree(from.uv, to.uv)) {
      throw new VenvstacksError('configuration', 'another uv configuration would apply to it', {
        layer: from.envName,
        hint: `Here: ${placeOf(from.uv.file, root)}. There: ${placeOf(to.uv.file, root)}. Make them say the same first.`,
      });
    }
    return { from, to };
  });
}

function placeOf(file: string | undefined, root: string): string {
  return file === undefined ? 'none' : shownPath(file, root);
}

/** Absolute paths of the files of a layer's lock, whether they are there or not. */
export function lockFilesOf(layer: Pick<Layer, 'envName' | 'lockFolder'>): string[] {
  return layerFileNames(layer).map((name) => join(layer.lockFolder, name));
}

/** What becomes of the locks. */
export interface MovedLocks {
  readonly changes: Changes;
  /** Environment names of layers that are as stale as before. */
  readonly stale: readonly string[];
}

/**
 * The lock files of layers in their new places.
 *
 * @param trees how modules are read
 * @param options keep: whether the old ones stay
 * @throws {VenvstacksError} `configuration` or `damaged`
 */
export function moveLocks(moves: readonly Move[], trees: SourceTrees, { keep = false } = {}): MovedLocks {
  const judge = new Judge(process.env, trees);
  // A copy is nobody's cached result; what is moved is the result of another run.
  const context = { judge, env: process.env, lineage: (id: string) => (keep ? id : randomUUID()) };
  const removed = keep ? [] : moves.flatMap(({ from }) => lockFilesOf(from).map((path) => [path, null] as const));
  return {
    changes: new Map([...removed, ...moves.flatMap((move) => [...moveLock(move, context)])]),
    stale: moves.filter(({ from }) => !isValid(judge.judge(from))).map(({ from }) => from.envName),
  };
}

/** Writes and removes files: removes first, for a folder may be left by one layer and entered by another. */
export function applyChanges(tree: Tree, changes: Changes): void {
  const inTree = (path: string) => relative(tree.root, path);
  for (const [path, content] of changes) if (content === null && tree.exists(inTree(path))) tree.delete(inTree(path));
  for (const [path, content] of changes) if (content !== null) tree.write(inTree(path), content);
}

/** Tells what was done, once it is done. @param done what was done with how many layers */
export function report(
  tree: Tree,
  done: string,
  stale: readonly string[],
  notes: readonly string[] = [],
): GeneratorCallback {
  const { lockTargetName } = pluginOptions(tree)[0] ?? normalizeOptions({});
  const command =
    lockTargetName === false ? '' : ` Lock them: ${nxHere(tree.root)} run-many -t ${shellWord(lockTargetName)}`;
  return () => {
    const lines = [
      `${done} No pin and no number changed.`,
      ...notes,
      ...(stale.length ? [`As stale as before: ${stale.join(', ')}.${command}`] : []),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  };
}

/** Says which comments of some TOML texts others do not have: a table that was written inline leaves them behind. */
export function lostComments(before: readonly string[], after: readonly string[]): string[] {
  const kept = after.flatMap((text) => tomlPlaces(text).comments);
  const lost = before
    .flatMap((text) => tomlPlaces(text).comments)
    .filter((comment) => {
      const place = kept.indexOf(comment);
      if (place >= 0) kept.splice(place, 1);
      return place < 0;
    });
  return lost.length ? ['Comments that found no place:', ...lost.map((comment) => `    ${comment}`)] : [];
}
