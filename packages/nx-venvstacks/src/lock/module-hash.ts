import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Module, SourceFolder, SourceProblem, SourceTrees } from '../stack';
import { hashBytes, hashItems } from './hash';

/** Two hashes of a module. */
export interface ModuleHash {
  /** venvstacks' own: `sha256:…` for a file, `sha256/…` for a folder. Two different trees may have the same. */
  readonly hash: string;
  /** Over paths and contents, without that ambiguity. */
  readonly exact: string;
}

/**
 * Hashes a launch or support module (lock-format.md, "Hashes").
 *
 * @param read a file's content
 * @returns the hashes, or why there is nothing to hash
 */
export function hashModule(
  { absolutePath }: Pick<Module, 'absolutePath'>,
  trees: SourceTrees,
  read: (file: string) => Buffer = (file) => trees.readFile(file),
): ModuleHash | SourceProblem {
  if (!statSync(absolutePath).isDirectory()) {
    if (trees.ignoresFile(absolutePath)) return 'ignored';
    const content = hashBytes(read(absolutePath));
    return { hash: hashItems([basename(absolutePath), content]), exact: content };
  }
  const folder = trees.read(absolutePath);
  return typeof folder === 'string' ? folder : hashFolder(absolutePath, folder, read);
}

function hashFolder(top: string, folder: SourceFolder, read: (file: string) => Buffer): ModuleHash {
  const hash = createHash('sha256');
  const listing: [path: string, content: string | null][] = [];
  const visit = (path: string, shown: string, { name, files, folders }: SourceFolder) => {
    hash.update(name);
    listing.push([shown, null]);
    for (const file of files) {
      const content = hashBytes(read(join(path, file)));
      hash.update(file).update(content);
      listing.push([`${shown}${file}`, content]);
    }
    for (const child of folders) visit(join(path, child.name), `${shown}${child.name}/`, child);
  };
  visit(top, '', folder);
  return { hash: `sha256/${hash.digest('hex')}`, exact: hashBytes(JSON.stringify(listing)).replace(':', '/') };
}
