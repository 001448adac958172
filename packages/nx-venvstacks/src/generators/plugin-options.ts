import type { Tree } from '@nx/devkit';
import { normalizeOptions, type NormalizedOptions, type PluginOptions } from '../inference';
import { readNxJson } from '../nx';
import { Disk, realFolders, SourceTrees } from '../stack';

export const PLUGIN = 'nx-venvstacks';

/**
 * The options of the plugin in `nx.json`, and in what that extends: one for each time that it is registered.
 *
 * @throws {Error} for an option that is unknown or of the wrong kind
 */
export function pluginOptions(tree: Tree): NormalizedOptions[] {
  return (readNxJson(tree)?.plugins ?? [])
    .map((entry) => (typeof entry === 'string' ? { plugin: entry, options: undefined } : entry))
    .filter(({ plugin }) => plugin === PLUGIN)
    .map(({ options }) => normalizeOptions(options as PluginOptions | undefined));
}

/** Reads modules as a graph does: links may lead where the option `linkedFolders` says. @throws {Error} as above */
export function sourceTrees(tree: Tree): SourceTrees {
  const folders = pluginOptions(tree)[0]?.linkedFolders ?? [];
  return new SourceTrees(new Disk(), realFolders(folders, tree.root));
}
