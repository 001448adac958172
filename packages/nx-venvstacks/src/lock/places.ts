import { lstatSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { VenvstacksError } from '../errors';
import { Disk, foreignCheckout, isInside, wayFrom, type Layer, type Module, type SourceTrees } from '../stack';
import { layerFiles } from './files';
import type { SourceLink } from './module-hash';

/** Whether a commit says what is in a source, or only the plugin's option `linkedFolders` lets it count. */
export type SourcePlace = 'versioned' | 'linked';

/**
 * Where a module lies: in the repository of its definition or in a submodule of it, so that a commit says what is
 * shipped. Only a link may lead elsewhere, into a folder that the plugin's option `linkedFolders` names.
 *
 * @throws {VenvstacksError} `configuration`
 */
export function placeOfModule(layer: Layer, module: Module, trees: SourceTrees): SourcePlace {
  const { path, absolutePath, realPath } = module;
  const wrong = whyUnversioned(layer, module, trees);
  if (wrong === undefined) return 'versioned';
  // What is named by a way out of the repository is no link.
  const isInRepository = isInside(absolutePath, trees.repositoryOf(layer.definition) ?? '');
  if (isInRepository && trees.mayLinkTo(realPath)) return 'linked';
  const messages = {
    outside: `the module '${path}' lies outside of the repository`,
    foreign: `the module '${path}' lies in a repository of its own, which is no submodule`,
    ignored: `git ignores the module '${path}', so its edits would go unseen`,
  };
  const hints = {
    outside: `What an application ships is versioned with it: move the module into the repository of ${basename(layer.definition)}.`,
    foreign: `No commit says what is in ${wrong.shown}: add it by git submodule add, or move the module.`,
    ignored: 'Take it out of .gitignore, or ship a module that is tracked.',
  };
  throw new VenvstacksError('configuration', messages[wrong.kind], { layer: layer.envName, hint: hints[wrong.kind] });
}

/** The same for a file that a link in a module leads to. @throws {VenvstacksError} `configuration` */
export function placeOfLink(layer: Layer, { path, realPath }: SourceLink, trees: SourceTrees): SourcePlace {
  const wrong = whyUnversioned(layer, { realPath, isFolder: false }, trees);
  if (wrong === undefined) return 'versioned';
  if (trees.mayLinkTo(realPath)) return 'linked';
  const messages = {
    outside: `the link '${path}' leads out of the repository`,
    foreign: `the link '${path}' leads into a repository that is no submodule: ${wrong.shown}`,
    ignored: `the link '${path}' leads to a file that git ignores`,
  };
  throw new VenvstacksError('configuration', messages[wrong.kind], { layer: layer.envName, hint: linkHint(realPath) });
}

/** What to do about a link that leads where no commit says what is there. @param realPath where it leads */
export function linkHint(realPath: string): string {
  return (
    'No commit says what is in that file: put a copy in place of the link.\n' +
    `If it must lie there, and is yours: name its folder in the plugin's option linkedFolders: [${JSON.stringify(dirname(realPath))}]`
  );
}

/**
 * Refuses to write through links: a repository may come from anybody, and lead to any file of this machine.
 *
 * @throws {VenvstacksError} `configuration`
 */
export function refuseLinkedOutputs(layer: Layer, trees: SourceTrees): void {
  const { envName, definition, lockFolder } = layer;
  const refuse = (message: string, hint: string) => {
    throw new VenvstacksError('configuration', message, { layer: envName, hint });
  };
  const disk = new Disk();
  const border = trees.realRepositoryOf(definition) ?? disk.realPathOf(dirname(definition));
  const folder = disk.realPathOf(lockFolder);
  if (!isInside(folder, border) || wayFrom(border, folder).split('/').includes('.git')) {
    const shown = wayFrom(dirname(definition), lockFolder);
    refuse(`the folder of its lock, ${shown}, leads out of the repository`, 'Put a folder in place of the link.');
  }
  const link = Object.values<string>({ ...layerFiles(layer) }).find((file) =>
    lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink(),
  );
  if (link !== undefined) {
    refuse(`${basename(link)} of its lock is a link`, 'What it leads to would be written over: remove the link.');
  }
}

function whyUnversioned(
  layer: Layer,
  { realPath, isFolder }: Pick<Module, 'realPath' | 'isFolder'>,
  trees: SourceTrees,
): { readonly kind: 'outside' | 'foreign' | 'ignored'; readonly shown: string } | undefined {
  const root = trees.realRepositoryOf(layer.definition);
  if (root === undefined) return undefined;
  if (!isInside(realPath, root)) return { kind: 'outside', shown: realPath };
  const foreign = foreignCheckout(realPath, root, trees.checkouts);
  if (foreign !== undefined) return { kind: 'foreign', shown: relative(root, foreign).replaceAll('\\', '/') };
  const isGits = wayFrom(root, realPath).split('/').includes('.git');
  return isGits || trees.ignores(realPath, isFolder) ? { kind: 'ignored', shown: realPath } : undefined;
}
