import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { isInside } from '../stack';

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
