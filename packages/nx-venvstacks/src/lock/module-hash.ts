import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Module, SourceFolder, SourceProblem, SourceTrees } from '../stack';
import { hashBytes, hashFile, hashItems } from './hash';

/** Two hashes of a module. */
export interface ModuleHash {
  /** venvstacks' own: `sha256:…` for a file, `sha256/…` for a folder. Two different trees may have the same. */
  readonly hash: string;
  /** Over paths and contents, without that ambiguity. */
  readonly exact: string;
  /** Files in it that are links. */
  readonly links: readonly SourceLink[];
}

/** A link to a file, whose contents are shipped in its place. */
export interface SourceLink {
  /** From the module's name on, with forward slashes. */
  readonly path: string;
  /** Absolute path of the file, without links on the way. */
  readonly realPath: string;
}

/**
 * Hashes a launch or support module (lock-format.md, "Hashes").
 *
 * @param check is told of the links before any file is read; what it throws is thrown
 * @param hashOf the hash of a file's content
 * @returns the hashes, or why there is nothing to hash
 */
export function hashModule(
  { absolutePath }: Pick<Module, 'absolutePath'>,
  trees: SourceTrees,
  check: (links: readonly SourceLink[]) => void = () => undefined,
  hashOf: (file: string) => string = (file) => hashContent(file, trees),
): ModuleHash | SourceProblem {
  if (!statSync(absolutePath).isDirectory()) {
    if (trees.ignores(absolutePath)) return 'ignored';
    const content = hashOf(absolutePath);
    return { hash: hashItems([basename(absolutePath), content]), exact: content, links: [] };
  }
  const folder = trees.read(absolutePath);
  if (typeof folder === 'string') return folder;
  const links = linksIn(folder, absolutePath, `${basename(absolutePath)}/`);
  check(links);
  return { ...hashFolder(absolutePath, folder, hashOf), links };
}

function linksIn({ links, folders }: SourceFolder, folder: string, shown: string): SourceLink[] {
  return [
    ...links.map((name) => ({ path: shown + name, realPath: realpathSync(join(folder, name)) })),
    ...folders.flatMap((each) => linksIn(each, join(folder, each.name), `${shown}${each.name}/`)),
  ];
}

function hashContent(file: string, trees: SourceTrees): string {
  const kept = trees.keptBytes(file);
  return kept ? hashBytes(kept) : hashFile(file);
}

function hashFolder(top: string, folder: SourceFolder, hashOf: (file: string) => string): Omit<ModuleHash, 'links'> {
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
