import { existsSync, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LIMITS, readBytes } from './read-file';

/**
 * Folders and files as they are on disk, each looked at once: modules of many layers lie in the same folders, and what
 * a launch module states is read before it is hashed. For one reading of stacks and what follows at once, none longer.
 */
export class Disk {
  private readonly files = new Map<string, Buffer>();
  private readonly folders = new Map<string, readonly string[]>();
  private readonly realPaths = new Map<string, string>();

  /** A file's bytes, kept for who reads it next. */
  read(file: string): Buffer {
    const bytes = this.files.get(file) ?? readBytes(file, LIMITS.script);
    this.files.set(file, bytes);
    return bytes;
  }

  /** A file's bytes, if they were kept. */
  kept(file: string): Buffer | undefined {
    return this.files.get(file);
  }

  /** Names of what is in a folder; none where it cannot be listed. */
  list(folder: string): readonly string[] {
    const names = this.folders.get(folder) ?? readFolder(folder);
    this.folders.set(folder, names);
    return names;
  }

  /**
   * Whether something is there, under exactly this name; false where that is not certain. To look twice is faster than
   * to list a folder: a file system that takes letters of either case finds it by the other case, too.
   */
  hasExactly(folder: string, name: string): boolean {
    const other = swapCase(name);
    if (!/^[\x20-\x7e]+$/.test(name) || other === name) return false;
    return existsSync(join(folder, name)) && !existsSync(join(folder, other));
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

function swapCase(name: string): string {
  const upper = name.toUpperCase();
  return upper === name ? name.toLowerCase() : upper;
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
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
