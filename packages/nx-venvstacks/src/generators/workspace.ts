import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
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

/**
 * An absolute path of what the user wrote, who may have come to the workspace by a link or have written one.
 *
 * @param path absolute, or relative to the folder that the user is in
 */
export function pathInWorkspace(path: string, root: string): string {
  const absolute = resolve(currentFolder(root), path);
  if (isInside(absolute, root)) return absolute;
  const [realPath, realRoot] = [realPathOf(absolute), realpathSync(root)];
  return isInside(realPath, realRoot) ? join(root, relative(realRoot, realPath)) : absolute;
}

/** A path without links on the way, as far as it is there. */
export function realPathOf(path: string): string {
  if (path === dirname(path)) return path;
  return existsSync(path) ? realpathSync(path) : join(realPathOf(dirname(path)), basename(path));
}
