import type { Tree } from '@nx/devkit';
import { existsSync, realpathSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { findDefinitions, isInside, LAYER_FILE, readStacks, STACK_FILE, type Overlay, type Stack } from '../../stack';

/** The definition files of a workspace as they are, or would be after a change. */
export interface Workspace {
  /** Absolute path. */
  readonly root: string;
  /** Absolute paths of the definition files. */
  readonly definitions: readonly string[];
  /** What is otherwise than on disk. */
  readonly overlay: Overlay;
}

/** The workspace that a generator works on: what is on disk, and what the tree has changed already. */
export function workspaceOf(tree: Tree): Workspace {
  const { root } = tree;
  const onDisk: Workspace = { root, definitions: findDefinitions(root, root), overlay: new Map() };
  const changes = tree
    .listChanges()
    .map(({ path, type, content }) => [join(root, path), type === 'DELETE' ? null : String(content)] as const);
  return withChanges(onDisk, new Map(changes));
}

/** A workspace after a change. @param changes files by absolute path; null for one that is gone */
export function withChanges({ root, definitions, overlay }: Workspace, changes: Overlay): Workspace {
  const isThere = (file: string) => changes.get(file) !== null;
  const added = [...changes.keys()].filter((file) => [LAYER_FILE, STACK_FILE].includes(basename(file)));
  return {
    root,
    definitions: [...new Set([...definitions, ...added])].filter(isThere).sort(),
    overlay: new Map([...overlay, ...changes]),
  };
}

/** The stacks of a workspace. */
export function stacksOf({ root, definitions, overlay }: Workspace): Stack[] {
  return readStacks(definitions, root, process.env, overlay);
}

/** A path as it is shown and as Nx takes it: relative to the workspace, with forward slashes. */
export function shownPath(path: string, root: string): string {
  return relative(root, path).replaceAll('\\', '/') || '.';
}

/**
 * The folder that the user is in: a package manager runs us elsewhere, and says where it was called in INIT_CWD. The
 * workspace's root, where that is outside of it.
 */
export function currentFolder(root: string): string {
  for (const folder of [process.env.INIT_CWD, process.cwd()]) {
    if (folder === undefined || !existsSync(folder)) continue;
    const [realFolder, realRoot] = [realpathSync(folder), realpathSync(root)];
    if (isInside(realFolder, realRoot)) return join(root, relative(realRoot, realFolder));
  }
  return root;
}

/** A path as the user would type it, from the folder that the user is in. */
export function typedPath(path: string, root: string): string {
  return shownPath(path, currentFolder(root));
}
