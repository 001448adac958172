import type { Tree } from '@nx/devkit';
import { basename, join } from 'node:path';
import { findDefinitions, LAYER_FILE, readStacks, STACK_FILE, type Overlay, type Stack } from '../../stack';

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
