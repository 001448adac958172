import { join } from 'node:path';
import { hasSetting, type GitFolders } from './git-folder';
import { readBytes } from './read-file';

/**
 * Paths that git tracks in a checkout, from its index (gitformat-index), relative to the root with forward slashes.
 *
 * @returns undefined where the index is not a plain one: split, sparse, damaged, or of a form that is not known here
 */
export function readTrackedPaths({ own, common }: GitFolders): ReadonlySet<string> | undefined {
  let index: Buffer;
  try {
    index = readBytes(join(own, 'index'));
  } catch (error) {
    // Before anything was added.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? new Set() : undefined;
  }
  try {
    return parseIndex(index, hasSetting(common, /^objectformat\s*=\s*sha256$/i) ? 32 : 20);
  } catch {
    return undefined;
  }
}

/** Bytes of all paths together: a small index that is damaged could stand for paths that fill the memory. */
const MOST_BYTES = 1 << 29;

function parseIndex(index: Buffer, hash: number): ReadonlySet<string> | undefined {
  const version = index.readUInt32BE(4);
  if (index.toString('latin1', 0, 4) !== 'DIRC' || version < 2 || version > 4) return undefined;
  const paths = new Set<string>();
  let position = 12;
  let bytes = 0;
  let name: Uint8Array = Buffer.alloc(0);
  for (let left = index.readUInt32BE(8); left > 0; left--) {
    const flags = index.readUInt16BE(position + 40 + hash);
    let start = position + 42 + hash + (flags & 0x4000 ? 2 : 0);
    let kept = 0;
    if (version === 4) {
      // As much of the last name goes as a number says, of 7 bits a byte; what takes its place follows.
      let cut = index.readUInt8(start) & 0x7f;
      while (index.readUInt8(start++) & 0x80) cut = ((cut + 1) << 7) | (index.readUInt8(start) & 0x7f);
      kept = name.length - cut;
    }
    const end = index.indexOf(0, start);
    bytes += kept + end - start;
    if (end < 0 || kept < 0 || kept > name.length || bytes > MOST_BYTES) return undefined;
    name =
      kept === 0 ? index.subarray(start, end) : Buffer.concat([name.subarray(0, kept), index.subarray(start, end)]);
    // An entry of version 2 or 3 is filled up to a multiple of 8 bytes.
    position = version === 4 ? end + 1 : position + ((end - position + 8) & ~7);
    paths.add(Buffer.from(name).toString('utf8'));
  }
  // What follows are extensions, then a hash over all. Those in lower case change what the entries mean.
  while (position < index.length - hash) {
    if (/^[^A-Z]/.test(index.toString('latin1', position, position + 4))) return undefined;
    position += 8 + index.readUInt32BE(position + 4);
  }
  return position === index.length - hash ? paths : undefined;
}
