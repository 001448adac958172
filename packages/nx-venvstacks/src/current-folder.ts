import { existsSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isInside } from './stack';

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
