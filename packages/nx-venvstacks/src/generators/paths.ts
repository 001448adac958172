import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { currentFolder } from '../current-folder';

/** A path as it is shown and as Nx takes it: relative to the workspace, with forward slashes. */
export function shownPath(path: string, root: string): string {
  return relative(root, path).replaceAll('\\', '/') || '.';
}

/** A path as the user would type it, from the folder that the user is in. */
export function typedPath(path: string, root: string): string {
  return shownPath(path, currentFolder(root));
}

/**
 * An absolute path of what the user wrote, without links below the workspace's root: a file behind one is no other file,
 * and paths that start from it start from where it really is.
 *
 * @param path absolute, or relative to the folder that the user is in; it need not be there
 */
export function pathInWorkspace(path: string, root: string): string {
  const realPath = realPathOf(resolve(currentFolder(root), path));
  const way = relative(realpathSync(root), realPath);
  // There is no way to another drive.
  return isAbsolute(way) ? realPath : join(root, way);
}

/** A path without links on the way, as far as it is there. */
export function realPathOf(path: string): string {
  if (path === dirname(path)) return path;
  return existsSync(path) ? realpathSync(path) : join(realPathOf(dirname(path)), basename(path));
}
