import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitFolders } from './git-folder';

/**
 * Paths that git tracks in a checkout, from its index (gitformat-index), relative to the root with forward slashes.
 *
 * @returns undefined where the index is not a plain one: split, sparse, damaged, or of a form that is not known here
 */
export function readTrackedPaths({ own, common }: GitFolders): ReadonlySet<string> | undefined {
  let index: Buffer;
  try {
    index = readFileSync(join(own, 'index'));
  } catch (error) {
    // Before anything was added.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? new Set() : undefined;
  }
  try {
    return parseIndex(index, hashSize(common));
  } catch {
    return undefined;
  }
}

function hashSize(common: string): number {
  return /^\s*objectformat\s*=\s*sha256\s*$/im.test(readFileSync(join(common, 'config'), 'utf8')) ? 32 : 20;
}

function parseIndex(index: Buffer, hash: number): ReadonlySet<string> | undefined {
  const version = index.readUInt32BE(4);
  if (index.toString('latin1', 0, 4) !== 'DIRC' || version < 2 || version > 4) return undefined;
  const paths = new Set<string>();
  let position = 12;
  let name: Uint8Array = Buffer.alloc(0);
  for (let left = index.readUInt32BE(8); left > 0; left--) {
    const flags = index.readUInt16BE(position + 40 + hash);
    const start = position + 42 + hash + (flags & 0x4000 ? 2 : 0);
    if (version === 4) {
      // As much of the last name goes as a number says, of 7 bits a byte; what takes its place follows.
      let [at, cut] = [start, index.readUInt8(start) & 0x7f];
      while (index.readUInt8(at++) & 0x80) cut = ((cut + 1) << 7) | (index.readUInt8(at) & 0x7f);
      const end = index.indexOf(0, at);
      name = Buffer.concat([name.subarray(0, name.length - cut), index.subarray(at, end)]);
      position = end + 1;
    } else {
      const end = index.indexOf(0, start);
      name = index.subarray(start, end);
      position += (end - position + 8) & ~7;
    }
    paths.add(Buffer.from(name).toString('utf8'));
  }
  // What follows are extensions, then a hash over all. Those in lower case change what the entries mean.
  while (position < index.length - hash) {
    if (/^[^A-Z]/.test(index.toString('latin1', position, position + 4))) return undefined;
    position += 8 + index.readUInt32BE(position + 4);
  }
  return position === index.length - hash ? paths : undefined;
}
