import type { Tree } from '@nx/devkit';
import { join } from 'node:path';
import {
  formatRequirement,
  isInside,
  normalizeName,
  parseRequirement,
  Pep508SyntaxError,
  readScriptMetadata,
  ScriptMetadataError,
} from '../../stack';
import { typedOption } from './options';
import { refuse } from './refuse';
import { importNameFor } from './python-names';
import { shownPath } from '../paths';

/** An application's launch module. */
export interface LaunchModule {
  /** Relative to the definition file's folder. */
  readonly path: string;
  /** Its text if it is to be written; undefined for one that is there. */
  readonly text: string | undefined;
  /** The requirements that it lists itself (PEP 723); undefined if it does not. */
  readonly requirements: readonly string[] | undefined;
}

/**
 * The launch module of a new application: the given one if it is there, else a new one that runs.
 *
 * @param folder absolute path of the definition file's folder
 */
export function planLaunchModule(
  tree: Tree,
  folder: string,
  { name, given, requirements }: { name: string; given: string | undefined; requirements: readonly string[] },
): LaunchModule {
  const path = given ?? `${importNameFor(name, requirements.flatMap(packageName))}.py`;
  const absolutePath = join(folder, path);
  const shown = shownPath(absolutePath, tree.root);
  if (/^(?:[a-zA-Z]:|[/\\])/.test(path) || path.includes('\\')) {
    refuse(
      `--launchModule: '${path}' must be a relative path, with forward slashes`,
      `It starts from ${shownPath(folder, tree.root)}.`,
    );
  }
  if (!isInside(absolutePath, tree.root)) {
    refuse(`--launchModule: '${path}' lies outside of the workspace`, 'Nx sees only what is in it: move it there.');
  }
  if (tree.exists(shown)) {
    const text = tree.isFile(shown) ? tree.read(shown, 'utf8') : undefined;
    return { path, text: undefined, requirements: listedRequirements(text ?? '') };
  }
  if (!path.endsWith('.py')) {
    refuse(
      `--launchModule: there is no ${shown}`,
      `Paths start from ${shownPath(folder, tree.root)}. For a new module name a .py file: ${typedOption('launchModule', `${withoutEnd(path)}.py`)}`,
    );
  }
  return { path, text: moduleText(name), requirements: undefined };
}

/** A path without what names but the folder it is in; `main` where nothing else is left. */
function withoutEnd(path: string): string {
  const kept = path.replace(/(?:^|\/)(?:\.{0,2}\/)*\.{0,2}$/, '');
  return kept === '' ? 'main' : kept;
}

function listedRequirements(source: string): string[] | undefined {
  try {
    return readScriptMetadata(source)?.dependencies.map(formatRequirement);
  } catch (error) {
    // The reader reports it, with its place.
    if (error instanceof ScriptMetadataError) return undefined;
    throw error;
  }
}

function packageName(requirement: string): string[] {
  try {
    return [normalizeName(parseRequirement(requirement).name)];
  } catch (error) {
    // The reader reports it, with its place.
    if (error instanceof Pep508SyntaxError) return [];
    throw error;
  }
}

/** What a name may not hold, quotes and backslashes, needs no escape here. */
function moduleText(name: string): string {
  return `"""The application ${name}."""

import sys


def main() -> None:
    print("${name} runs on Python", sys.version.split()[0])


if __name__ == "__main__":
    main()
`;
}
