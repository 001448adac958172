import { lstatSync, readdirSync, realpathSync, type Dirent } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Folders as they are on disk, each looked at once: modules of many layers lie in the same ones. For one reading of a
 * stack and none longer.
 */
export class Disk {
  private readonly folders = new Map<string, ReadonlyMap<string, Dirent>>();
  private readonly realPaths = new Map<string, string>();

  /** What is in a folder, by name; nothing where it cannot be listed. */
  list(folder: string): ReadonlyMap<string, Dirent> {
    const known = this.folders.get(folder);
    if (known) return known;
    const entries = new Map(readFolder(folder).map((entry) => [entry.name, entry]));
    this.folders.set(folder, entries);
    return entries;
  }

  /** A path without links on the way, as far as it is there. */
  realPathOf(path: string): string {
    const known = this.realPaths.get(path);
    if (known !== undefined) return known;
    const parent = dirname(path);
    const real = parent === path || isLink(path) ? followLink(path) : join(this.realPathOf(parent), basename(path));
    this.realPaths.set(path, real);
    return real;
  }
}

function readFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // What cannot be listed, or is no folder, is told about elsewhere.
    return [];
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Where a link leads that leads nowhere is where it lies. */
function followLink(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return join(followLink(dirname(path)), basename(path));
  }
}
