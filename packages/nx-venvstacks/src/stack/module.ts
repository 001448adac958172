import { lstatSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join, normalize, resolve } from 'node:path';
import type { Declaration } from './definition';
import type { Disk } from './disk';
import type { Module } from './layer';
import type { Overlay } from './overlay';
import { isInside, otherSpelling, wayFrom } from './paths';
import { compareCodePoints } from './pep508';
import type { Problem } from './problem';
import { missingSubmodule } from './submodules';

/** Finds an application's modules and checks that they can be shipped together. */
export function findModules(
  declaration: Declaration,
  lockFolder: string,
  overlay: Overlay,
  disk: Disk,
): { launchModule: Module | undefined; supportModules: Module[]; problems: Problem[] } {
  const { fields, file, problem } = declaration;
  const problems: Problem[] = [];
  if (declaration.kind !== 'application') return { launchModule: undefined, supportModules: [], problems };

  const find = (path: string, field: string, place: readonly (string | number)[]): Module | undefined => {
    const absolutePath = resolve(dirname(file), path);
    const what = field === 'launch_module' ? 'launch module' : 'support module';
    const own = statOf(absolutePath, lstatSync);
    const isLink = own && 'isSymbolicLink' in own && own.isSymbolicLink();
    const stats = overlay.has(absolutePath)
      ? draftStats(overlay.get(absolutePath))
      : isLink
        ? statOf(absolutePath, statSync)
        : own;
    const realPath = () =>
      isLink ? disk.realPathOf(absolutePath) : join(disk.realPathOf(dirname(absolutePath)), basename(absolutePath));
    const lastSegment = basename(normalize(path));
    const spelled = overlay.has(absolutePath) ? undefined : otherSpelling(dirname(file), path, disk);
    if (lastSegment === '.' || lastSegment === '..') {
      problems.push(
        problem(
          place,
          `the ${what} '${path}' has no name to import it by`,
          'Name the .py file or the package folder itself.',
        ),
      );
    } else if (spelled !== undefined) {
      problems.push(problem(place, ...explainSpelling(what, path, spelled)));
    } else if (!stats) {
      const missing = field === 'launch_module' ? 'the launch module does not exist' : 'support modules do not exist';
      problems.push(problem(place, `${missing}: ${path}`, explainMissing(absolutePath)));
    } else if ('unreadable' in stats) {
      problems.push(problem(place, `the ${what} '${path}' cannot be read: ${stats.unreadable}`));
    } else if (stats.isFile() && !path.endsWith('.py')) {
      problems.push(problem(place, `the ${what} '${path}' must be a .py file or a package folder`));
    } else if (!stats.isFile() && !stats.isDirectory()) {
      problems.push(problem(place, `the ${what} '${path}' is neither a file nor a folder`));
    } else if (isInside(realLockFolder(file, lockFolder, disk), realPath())) {
      problems.push(
        problem(
          place,
          `the ${what} '${path}' contains this layer's lock files`,
          'Put the sources into a folder of their own: a lock would change its own input.',
        ),
      );
    } else {
      const name = basename(normalize(join(path, '.')), stats.isFile() ? '.py' : undefined);
      return { path, absolutePath, realPath: realPath(), isFolder: stats.isDirectory(), name };
    }
    return undefined;
  };

  if (fields.launch_module === undefined) {
    problems.push(
      problem('launch_module', 'is required', 'Name the .py file or the package folder that runs the application.'),
    );
  }
  const launchModule =
    fields.launch_module === undefined ? undefined : find(fields.launch_module, 'launch_module', ['launch_module']);
  const supportModules = (fields.support_modules ?? [])
    .flatMap((path, index) => find(path, 'support_modules', ['support_modules', index]) ?? [])
    .sort((a, b) => compareCodePoints(a.path, b.path));

  const modules = launchModule ? [launchModule, ...supportModules] : supportModules;
  const taken = new Map<string, Module>();
  for (const module of modules) {
    const other = taken.get(module.name);
    if (other) {
      problems.push(
        problem(
          'support_modules',
          `conflict: '${other.path}' and '${module.path}' would both be imported as '${module.name}'`,
          'Rename one of them.',
        ),
      );
    }
    taken.set(module.name, module);
  }
  return { launchModule, supportModules, problems };
}

/** What to do where a module is not there. */
function explainMissing(path: string): string {
  return missingSubmodule(path) === undefined
    ? 'Paths start from the folder of this file.'
    : 'Its submodule is not checked out: git submodule update --init --recursive';
}

/** On macOS and Windows such a module would be found; it is an error there, too, or Linux would know another stack. */
function explainSpelling(what: string, path: string, spelled: string): [message: string, hint: string] {
  return path.normalize('NFC') === spelled.normalize('NFC')
    ? [
        `the ${what} '${path}' is written in another Unicode normal form than its name on disk`,
        'The letters look the same and are not: copy the name from there, or rename what is there.',
      ]
    : [`the ${what} '${path}' is called '${spelled}' on disk`, 'Upper and lower case count, on every system.'];
}

/** Undefined for a path that is not there; why, for one that cannot be followed, such as a link in a circle. */
function statOf(path: string, stat: typeof statSync): Stats | { readonly unreadable: string } | undefined {
  try {
    return stat(path, { throwIfNoEntry: false });
  } catch (error) {
    return { unreadable: (error as Error).message };
  }
}

/** Where a layer's lock files lie, without links on the way; the folder itself may not be there yet. */
function realLockFolder(definition: string, lockFolder: string, disk: Disk): string {
  const folder = dirname(definition);
  return join(disk.realPathOf(folder), wayFrom(folder, lockFolder));
}

/** A file that is not written yet, or about to be removed. */
function draftStats(
  draft: string | null | undefined,
): { isFile: () => boolean; isDirectory: () => boolean } | undefined {
  return typeof draft === 'string' ? { isFile: () => true, isDirectory: () => false } : undefined;
}
