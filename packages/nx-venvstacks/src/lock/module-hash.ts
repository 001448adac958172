import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Module, SourceFolder, SourceProblem, SourceTrees } from '../stack';
import { hashBytes, hashItems } from './hash';

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
 * @param read a file's content
 * @returns the hashes, or why there is nothing to hash
 */
export function hashModule(
  { absolutePath }: Pick<Module, 'absolutePath'>,
  trees: SourceTrees,
  check: (links: readonly SourceLink[]) => void = () => undefined,
  read: (file: string) => Buffer = (file) => trees.readFile(file),
): ModuleHash | SourceProblem {
  if (!statSync(absolutePath).isDirectory()) {
    if (trees.ignores(absolutePath)) return 'ignored';
    const content = hashBytes(read(absolutePath));
    return { hash: hashItems([basename(absolutePath), content]), exact: content, links: [] };
  }
  const folder = trees.read(absolutePath);
  if (typeof folder === 'string') return folder;
  const links = linksIn(folder, absolutePath, `${basename(absolutePath)}/`);
  check(links);
  return { ...hashFolder(absolutePath, folder, read), links };
}

function linksIn({ links, folders }: SourceFolder, folder: string, shown: string): SourceLink[] {
  return [
    ...links.map((name) => ({ path: shown + name, realPath: realpathSync(join(folder, name)) })),
    ...folders.flatMap((each) => linksIn(each, join(folder, each.name), `${shown}${each.name}/`)),
  ];
}

function hashFolder(top: string, folder: SourceFolder, read: (file: string) => Buffer): Omit<ModuleHash, 'links'> {
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
