import type { Tree } from '@nx/devkit';
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  formatProblems,
  hiddenFromNx,
  isInside,
  LAYER_FILE,
  STACK_FILE,
  suggest,
  type LayerKind,
  type Stack,
} from '../../stack';
import { nxHere } from '../commands';
import { pathInWorkspace, realPathOf, shownPath, typedPath } from '../paths';
import { typedOption, type ReadOptions } from './options';
import { refuse } from './refuse';
import type { Workspace } from './workspace';

/** Where a new layer is declared. */
export interface Place {
  /** Absolute path of the definition file. */
  readonly file: string;
  /** Its folder, where paths in it start. */
  readonly folder: string;
  /** The text of a `venvstacks.toml` that is there already; undefined for a new file. */
  readonly text: string | undefined;
  /** The stack that the layer comes to; undefined for the first layer of one. */
  readonly stack: Stack | undefined;
}

/** Finds out where a layer is to be declared, as far as that follows from the options. */
export function findPlace(
  tree: Tree,
  kind: LayerKind,
  options: ReadOptions,
  workspace: Workspace,
  stacks: readonly Stack[],
): Place {
  const { name, stack, directory } = options;
  const { root } = workspace;
  if (stack !== undefined && directory !== undefined) {
    refuse(
      '--stack and --directory exclude each other',
      'A layer is either added to a venvstacks.toml or gets a folder with a layer.toml.',
    );
  }
  const place =
    stack !== undefined
      ? placeInStackFile(tree, kind, stack, workspace, stacks)
      : placeInFolder(name, directory, workspace, stacks);
  if (!isInside(place.folder, root) || !isInside(realPathOf(place.folder), realpathSync(root))) {
    refuse(`${stack ?? directory ?? place.folder} lies outside of the workspace`, 'Name a path in the workspace.');
  }
  refuseHidden(place.file, root);
  return place;
}

function placeInStackFile(
  tree: Tree,
  kind: LayerKind,
  given: string,
  { root, definitions }: Workspace,
  stacks: readonly Stack[],
): Place {
  const path = pathInWorkspace(given, root);
  const file = basename(path) !== STACK_FILE && isFolder(path) ? join(path, STACK_FILE) : path;
  const known = definitions.filter((each) => basename(each) === STACK_FILE).map((each) => typedPath(each, root));
  const shown = shownPath(file, root);
  if (basename(file) !== STACK_FILE) {
    const hint =
      suggest(typedPath(file, root), known) ??
      `Write ${typedOption('stack', `${given.replace(/\/+$/, '')}/${STACK_FILE}`)}`;
    refuse(`--stack: a stack's file is called ${STACK_FILE}, not '${basename(file)}'`, hint);
  }
  const text = tree.read(shown, 'utf8') ?? undefined;
  if (text === undefined && kind !== 'runtime') {
    const hint = known.length
      ? suggest(typedPath(file, root), known)
      : `A new one begins with a runtime: ${nxHere(root)} g nx-venvstacks:runtime python ${typedOption('stack', given)}`;
    refuse(`--stack: there is no ${shown}`, hint);
  }
  return { file, folder: dirname(file), text, stack: stacks.find((each) => each.file === file) };
}

/** Beside the other layers, if those have a place of their own. */
function placeInFolder(
  name: string,
  directory: string | undefined,
  { root, definitions }: Workspace,
  stacks: readonly Stack[],
): Place {
  const parents = new Set(
    definitions.filter((file) => basename(file) === LAYER_FILE).map((file) => dirname(dirname(file))),
  );
  const [parent] = parents;
  const beside = parents.size === 1 && parent !== undefined && isInside(parent, root) ? parent : join(root, 'layers');
  const folder = directory === undefined ? join(beside, name) : pathInWorkspace(directory, root);
  const stack = stacks.find(({ file }) => file === null);
  return { file: join(folder, LAYER_FILE), folder, text: undefined, stack };
}

/** Refuses a file that would be written, or is there, where Nx does not see it. */
export function refuseHidden(file: string, root: string): void {
  if (!hiddenFromNx(root)(file)) return;
  refuse(
    `${shownPath(file, root)} is left out by git or .nxignore: Nx does not see it`,
    'Choose another place, or change what is left out.',
  );
}

/** A stack's file is not touched while it has problems: what a new layer would do to it could not be told. */
export function refuseBrokenStackFile({ stack }: Place, root: string): void {
  if (typeof stack?.file !== 'string' || stack.problems.length === 0) return;
  refuse(
    `${shownPath(stack.file, root)} is broken already`,
    `${formatProblems(stack.problems, root)}\nCorrect it first.`,
  );
}

/** Refuses a folder that holds anything but the module that is meant to be used. */
export function refuseFilledFolder(
  tree: Tree,
  kind: LayerKind,
  { folder }: Place,
  { name, launchModule }: ReadOptions,
): void {
  const typed = typedPath(folder, tree.root);
  const other = typedOption('directory', /^[./]+$/.test(typed) ? `${typed}/${name}` : `${typed}-${kind}`);
  const shown = shownPath(folder, tree.root);
  if (tree.exists(shown) && tree.isFile(shown)) {
    refuse(`${shown} is a file`, `Choose another folder: ${other}`);
  }
  const children = tree.children(shown === '.' ? '' : shown);
  const [moduleRoot] = launchModule?.replace(/^(?:\.\/)+/, '').split('/') ?? [];
  const others = children.filter((child) => child !== moduleRoot).sort();
  if (others.length === 0) return;
  const some = others.length > 3 ? [...others.slice(0, 3), '…'] : others;
  const [only = ''] = others;
  const hint =
    others.length === 1 && only.endsWith('.py')
      ? `If that is the launch module: ${typedOption('launchModule', only)}. Else choose another folder: ${other}`
      : `Choose another folder: ${other}`;
  refuse(`the folder ${shown} is not empty: it holds ${some.join(', ')}`, hint);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
