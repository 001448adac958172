import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

/**
 * Folders of packages that are installed for some others: those themselves, and all that they depend on.
 *
 * @param folder where `node_modules` lies
 */
export function installedFor(names: readonly string[], folder: string): Set<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const place = findPackage(name, from);
    if (place === undefined || found.has(place)) return;
    found.add(place);
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(place, 'package.json'), 'utf8'),
    ) as Manifest;
    for (const each of Object.keys({ ...dependencies, ...optionalDependencies })) visit(each, place);
  };
  for (const name of names) visit(name, folder);
  return found;
}

/** Undefined for what is not installed, as an optional package for another system. */
function findPackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name);
    if (existsSync(join(place, 'package.json'))) return place;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Bytes of a package's own files, without packages that are installed in it. */
export function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => join(folder, entry.name))
    .map((path) => (statSync(path).isDirectory() ? sizeOf(path) : statSync(path).size))
    .reduce((sum, size) => sum + size, 0);
}
