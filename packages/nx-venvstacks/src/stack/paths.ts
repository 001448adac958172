import { dirname, join, normalize, posix, win32, type PlatformPath } from 'node:path';
import { Disk } from './disk';

/** How this system writes paths. Tests pass `win32`, whatever they run on. */
export const SYSTEM_PATHS: PlatformPath = process.platform === 'win32' ? win32 : posix;

/** Whether a path is a folder or lies in it. */
export function isInside(path: string, folder: string, paths = SYSTEM_PATHS): boolean {
  if (tailIn(path, folder, paths) !== undefined) return true;
  const way = paths.relative(folder, path);
  // No way leads to another drive of Windows, or to another server: `relative` then gives the whole path.
  return way !== '..' && !way.startsWith(`..${paths.sep}`) && !paths.isAbsolute(way);
}

/** The way from a folder to a path, with forward slashes. */
export function wayFrom(folder: string, path: string, paths = SYSTEM_PATHS): string {
  return (tailIn(path, folder, paths) ?? paths.relative(folder, path)).replaceAll('\\', '/');
}

/** What is left of a path that begins with a folder, as most do: much faster to tell than by `relative`. */
function tailIn(path: string, folder: string, { sep }: PlatformPath): string | undefined {
  if (!path.startsWith(folder) || !path.startsWith(sep, folder.length)) return undefined;
  // What is not in its normal form goes the slow way: `a/../b`, `a//b`, `a/`.
  return /[/\\](?:[./\\]|$)/.test(path.slice(folder.length)) ? undefined : path.slice(folder.length + 1);
}

/** Names with the same key are one name to some file system: in another case, or another of Unicode's normal forms. */
export function foldName(name: string): string {
  // Up and down again: so `ſ` meets `s`, and `ß` meets `ss`.
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/**
 * A path as the file system spells it, where that is in another case or another of Unicode's normal forms than written.
 * macOS and Windows find such a file all the same, Linux does not; and the name that is hashed would be another.
 *
 * @param path relative to the folder
 * @returns undefined for a path that is spelled right, and for one that is not there in any spelling
 */
export function otherSpelling(folder: string, path: string, disk = new Disk()): string | undefined {
  let place = folder;
  const spelled: string[] = [];
  for (const segment of normalize(path).split(/[/\\]/)) {
    if (segment === '..') {
      place = dirname(place);
      spelled.push(segment);
    } else if (segment !== '' && segment !== '.') {
      const name = nameIn(place, segment, disk);
      if (name === undefined) return undefined;
      place = join(place, name);
      spelled.push(name);
    }
  }
  const other = spelled.join('/');
  return other === normalize(path).replaceAll('\\', '/').replace(/\/$/, '') ? undefined : other;
}

function nameIn(folder: string, name: string, disk: Disk): string | undefined {
  if (disk.hasExactly(folder, name)) return name;
  const names = disk.list(folder);
  return names.includes(name) ? name : names.find((each) => foldName(each) === foldName(name));
}
