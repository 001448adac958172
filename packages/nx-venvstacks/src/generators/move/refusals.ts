import type { Tree } from '@nx/devkit';
import { existsSync, lstatSync, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { VenvstacksError } from '../../errors';
import { uncommittedChanges, type Move } from '../../lock';
import {
  formatProblems,
  hiddenFromNx,
  isInside,
  layerModules,
  NEVER_SEARCHED,
  SourceTrees,
  type Layer,
  type Stack,
} from '../../stack';
import { realPathOf, shownPath } from '../paths';

/**
 * Refuses to go on where git has uncommitted changes: a move touches many files, and is best looked at and undone by
 * itself.
 *
 * @param files what will be moved: some of it may lie in a repository of its own
 * @throws {VenvstacksError} `configuration`
 */
export async function refuseUncommitted(root: string, files: readonly string[], force = false): Promise<void> {
  if (force) return;
  const trees = new SourceTrees();
  const repositories = new Set([root, ...files.map((file) => trees.repositoryOf(file) ?? root)]);
  const changes = new Set<string>();
  for (const folder of repositories) for (const path of await uncommittedChanges(folder)) changes.add(path);
  if (changes.size === 0) return;
  const shown = [...changes].slice(0, 5).map((path) => `    ${path}`);
  const rest = changes.size > shown.length ? [`    and ${changes.size - shown.length} more`] : [];
  refuse(
    ['git has uncommitted changes:', ...shown, ...rest].join('\n'),
    'Commit or stash them, so that this change can be looked at by itself; or pass --force.',
  );
}

/** Refuses a folder that no project can be in. @throws {VenvstacksError} `configuration` */
export function refuseOutside(folder: string, root: string): void {
  if (!isInside(folder, root)) {
    refuse(`${shownPath(folder, root)} is outside of the workspace`, 'Choose a folder of the workspace.');
  }
  const file = [folder, ...foldersAbove(folder, root)].find((each) => existsSync(each) && !isFolder(each));
  if (file !== undefined) refuse(`${shownPath(file, root)} is a file, not a folder`, 'Choose another folder.');
}

function foldersAbove(path: string, root: string): string[] {
  return path === root || path === dirname(path) ? [] : [dirname(path), ...foldersAbove(dirname(path), root)];
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

/**
 * Refuses a stack with problems: what cannot be read cannot be moved.
 *
 * @param introduction what the problems are about, where that is not what is on disk
 * @throws {VenvstacksError} `definition`
 */
export function refuseBroken(stack: Stack, root: string, introduction = ''): void {
  if (stack.problems.length)
    throw new VenvstacksError('definition', introduction + formatProblems(stack.problems, root));
}

/** Whether a definition file would be no project's. */
export function isUnseen(root: string): (file: string) => boolean {
  const isHidden = hiddenFromNx(root);
  return (file) =>
    isHidden(file) ||
    relative(root, file)
      .split(/[/\\]/)
      .some((each) => NEVER_SEARCHED.includes(each));
}

/** Refuses definition files that Nx would not see. @throws {VenvstacksError} `configuration` */
export function refuseUnseen(files: readonly string[], root: string): void {
  const isHere = isUnseen(root);
  const hidden = files.find((file) => isHere(file));
  if (hidden === undefined) return;
  const inside = relative(root, hidden)
    .split(/[/\\]/)
    .find((each) => NEVER_SEARCHED.includes(each));
  refuse(
    inside === undefined
      ? `${shownPath(hidden, root)} would be left out by .gitignore or .nxignore`
      : `${shownPath(hidden, root)} would not be found: nothing in ${inside} is`,
    'Choose another folder: layers that Nx does not see are no projects.',
  );
}

/** Refuses to write over what is there. @throws {VenvstacksError} `configuration` */
export function refuseTaken(tree: Tree, paths: readonly string[]): void {
  const { root } = tree;
  const taken = paths.find((path) => isThere(path) || tree.exists(shownPath(path, root)));
  if (taken !== undefined) refuse(`${shownPath(taken, root)} is there already`, 'Choose another folder.');
}

/** Also for a link that leads nowhere. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A file where a folder would have to be: that is there.
    return true;
  }
}

/**
 * Refuses to change what an application ships: its contents would change, and its number.
 *
 * @param paths files that come or go
 * @param layers all layers of the workspace
 * @throws {VenvstacksError} `configuration`
 */
export function refuseInsideModules(paths: readonly string[], layers: readonly Layer[], root: string): void {
  const modules = layers.flatMap((layer) => layerModules(layer).map((module) => ({ module, layer })));
  for (const path of paths) {
    const around = modules.find(
      ({ module }) => isInside(path, module.absolutePath) || isInside(realPathOf(path), module.realPath),
    );
    if (!around) continue;
    const message = `${shownPath(path, root)} lies in the module '${around.module.path}', whose contents would change`;
    const hint = 'Choose another folder, or give the sources of the module a folder of their own first.';
    throw new VenvstacksError('configuration', message, { layer: around.layer.envName, hint });
  }
}

/**
 * Refuses to take locks out of git's sight: numbers follow from committed records.
 *
 * @throws {VenvstacksError} `configuration`
 */
export function refuseIgnored(
  moves: readonly Move[],
  filesOf: (layer: Layer) => readonly string[],
  root: string,
): void {
  const trees = new SourceTrees();
  for (const { from, to } of moves) {
    const before = filesOf(from);
    filesOf(to).forEach((file, index) => {
      const old = before[index] ?? '';
      if (!trees.ignores(file) || trees.ignores(old) || !existsSync(old)) return;
      const message = `git would ignore ${shownPath(file, root)}, and does not ignore ${shownPath(old, root)}`;
      const hint = 'Choose another folder, or change .gitignore: numbers follow from committed records.';
      throw new VenvstacksError('configuration', message, { layer: to.envName, hint });
    });
  }
}

function refuse(message: string, hint: string): never {
  throw new VenvstacksError('configuration', message, { hint });
}
