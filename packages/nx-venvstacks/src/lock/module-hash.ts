import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Module, SourceFolder, SourceProblem, SourceTrees } from '../stack';
import { hashBytes, hashFile, hashItems } from './hash';

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
 * @param hashOf the hash of a file's content
 * @returns the hashes, or why there is nothing to hash
 */
export function hashModule(
  { absolutePath }: Pick<Module, 'absolutePath'>,
  trees: SourceTrees,
  hashOf: (file: string) => string = (file) => hashContent(file, trees),
): ModuleHash | SourceProblem {
  if (!statSync(absolutePath).isDirectory()) {
    if (trees.ignoresFile(absolutePath)) return 'ignored';
    const content = hashOf(absolutePath);
    return { hash: hashItems([basename(absolutePath), content]), exact: content };
  }
  const folder = trees.read(absolutePath);
  return typeof folder === 'string' ? folder : hashFolder(absolutePath, folder, hashOf);
}

function hashContent(file: string, trees: SourceTrees): string {
  const kept = trees.keptBytes(file);
  return kept ? hashBytes(kept) : hashFile(file);
}

function hashFolder(top: string, folder: SourceFolder, hashOf: (file: string) => string): ModuleHash {
  const hash = createHash('sha256');
  const listing: [path: string, content: string | null][] = [];
  const visit = (path: string, shown: string, { name, files, folders }: SourceFolder) => {
    hash.update(name);
    listing.push([shown, null]);
    for (const file of files) {
      const content = hashOf(join(path, file));
      hash.update(file).update(content);
      listing.push([`${shown}${file}`, content]);
    }
    for (const child of folders) visit(join(path, child.name), `${shown}${child.name}/`, child);
  };
  visit(top, '', folder);
  return { hash: `sha256/${hash.digest('hex')}`, exact: hashBytes(JSON.stringify(listing)).replace(':', '/') };
}
