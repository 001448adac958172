import type { GeneratorCallback, Tree } from '@nx/devkit';
import { randomUUID } from 'node:crypto';
import { join, relative } from 'node:path';
import { VenvstacksError } from '../../errors';
import { isValid, Judge, layerFileNames, moveLock, uvConfigsAgree, type Move } from '../../lock';
import { formatProblems, hiddenFromNx, isInside, layerModules, type Layer, type Stack } from '../../stack';
import { shownPath } from '../workspace';

/** Refuses a stack with problems: what cannot be read cannot be moved. @throws {VenvstacksError} `definition` */
export function refuseBroken(stack: Stack, root: string): void {
  if (stack.problems.length) throw new VenvstacksError('definition', formatProblems(stack.problems, root));
}

/**
 * The layers of a stack beside those that they become.
 *
 * @param renew the stack as it will be
 * @throws {VenvstacksError} `definition` or `configuration`, where they would not be the same
 */
export function pairLayers(layers: readonly Layer[], renew: Stack, root: string): Move[] {
  refuseBroken(renew, root);
  return layers.map((from) => {
    const to = renew.layers.find(({ envName }) => envName === from.envName);
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

/** What became of the layers. */
export interface Moved {
  readonly layers: number;
  /** Absolute paths of the lock files in their new places. */
  readonly files: ReadonlySet<string>;
  /** Environment names of layers that are as stale as before. */
  readonly stale: readonly string[];
}

/**
 * Puts the lock files of layers into their new places.
 *
 * @param options keep: whether the old ones stay
 * @throws {VenvstacksError} `configuration`
 */
export function moveLocks(tree: Tree, moves: readonly Move[], { keep = false } = {}): Moved {
  const judge = new Judge(process.env);
  // A copy is nobody's cached result; what is moved is the result of another run.
  const context = { judge, env: process.env, lineage: (id: string) => (keep ? id : randomUUID()) };
  refuseInsideModules(moves, tree.root);
  // All texts before any change: a layer is judged by the files of those below it.
  const texts = new Map(moves.flatMap((move) => [...moveLock(move, context)]));
  const stale = moves.filter(({ from }) => !isValid(judge.judge(from))).map(({ from }) => from.envName);
  if (!keep) {
    for (const { from } of moves) {
      for (const name of layerFileNames(from)) remove(tree, join(from.lockFolder, name));
    }
  }
  for (const [path, content] of texts) tree.write(relative(tree.root, path), content);
  return { layers: moves.length, files: new Set(texts.keys()), stale };
}

/** Writes and removes files. @param changes by absolute path; null for one that goes */
export function applyChanges(tree: Tree, changes: ReadonlyMap<string, string | null>): void {
  for (const [path, text] of changes) {
    if (text === null) remove(tree, path);
    else tree.write(relative(tree.root, path), text);
  }
}

/** Removes what is in a folder and was not written now. */
export function removeOthers(tree: Tree, folder: string, files: ReadonlySet<string>): void {
  for (const name of tree.children(relative(tree.root, folder))) {
    const path = join(folder, name);
    if (!tree.isFile(relative(tree.root, path))) removeOthers(tree, path, files);
    else if (!files.has(path)) remove(tree, path);
  }
}

function remove(tree: Tree, path: string): void {
  const inTree = relative(tree.root, path);
  if (tree.exists(inTree)) tree.delete(inTree);
}

/** Tells what was done, once it is done. @param place where the layers are now */
export function reportMoved({ layers, stale }: Moved, place: string, notes: readonly string[] = []): GeneratorCallback {
  return () => {
    const lines = [
      `${layers} ${layers === 1 ? 'layer is' : 'layers are'} now in ${place}. No pin and no number changed.`,
      ...notes,
      ...(stale.length ? [`As stale as before: ${stale.join(', ')}. Lock them: npx nx run-many -t lock`] : []),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  };
}

/** Refuses definition files that Nx would not see. @throws {VenvstacksError} `configuration` */
export function refuseHidden(files: readonly string[], root: string): void {
  const isHidden = hiddenFromNx(root);
  const hidden = files.find((file) => isHidden(file));
  if (hidden === undefined) return;
  throw new VenvstacksError(
    'configuration',
    `${shownPath(hidden, root)} would be left out by .gitignore or .nxignore`,
    {
      hint: 'Choose another folder: layers that Nx does not see are no projects.',
    },
  );
}

/** A lock inside of a module would change what the module's application ships. */
function refuseInsideModules(moves: readonly Move[], root: string): void {
  const modules = moves.flatMap(({ from }) => layerModules(from).map((module) => ({ module, from })));
  for (const { to } of moves) {
    const around = modules.find(({ module }) => isInside(to.lockFolder, module.absolutePath));
    if (!around) continue;
    const place = shownPath(to.lockFolder, root);
    const message = `its lock files would be in ${place}, inside of the module '${around.module.path}' of ${around.from.envName}`;
    throw new VenvstacksError('configuration', message, { layer: to.envName, hint: 'Choose another --directory.' });
  }
}
