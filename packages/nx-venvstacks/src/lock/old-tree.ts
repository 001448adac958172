import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { LAYER_FILE, lowerLayers, readLayerShapes, STACK_FILE, UV_CONFIG_FILE, type Layer } from '../stack';
import { layerFiles } from './files';
import { existingFolder, git, gitText, repositoryRoot } from './git';
import { parseRecord } from './record';
import { deployedNameOf } from './state';
import { inTemporaryFolder } from './temporary';

/** What of a layer's surroundings venvstacks keeps no record of. */
export interface OldSurroundings {
  /** Deployed names: frameworks as linearised, then the runtime. */
  readonly lower: readonly string[];
  readonly dynlibExclude: readonly string[];
  readonly platforms: readonly string[];
  /** The runtime's, in full. */
  readonly python: string;
}

/**
 * A layer's surroundings in an old commit, from the definition files and records that it holds.
 *
 * @param commit anything that names one
 * @param lockFolder absolute path of the folder that held the layer's lock then
 * @returns undefined if the layer was not there
 */
export async function surroundingsAt(
  commit: string,
  envName: string,
  lockFolder: string,
): Promise<OldSurroundings | undefined> {
  const near = existingFolder(join(lockFolder, 'any'));
  const root = await repositoryRoot(near);
  if (root === undefined) return undefined;
  const listing = await git(root, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]);
  const paths = (listing ?? '').split('\0');
  const read = (path: string) => gitText(root, commit, path);

  return inTemporaryFolder(await realpath(tmpdir()), 'nx-venvstacks', async (folder) => {
    const definitions = definitionsFor(relative(root, lockFolder).replaceAll('\\', '/'), paths);
    for (const path of definitions) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), (await read(path)) ?? '');
    }
    const files = definitions.map((path) => join(folder, path)).filter((path) => basename(path) !== UV_CONFIG_FILE);
    const layer = files.length ? readLayerShapes(files, folder).find((each) => each.envName === envName) : undefined;
    if (!layer) return undefined;
    const nameThen = async (lower: Layer) => {
      const record = await read(relative(folder, layerFiles(lower).record).replaceAll('\\', '/'));
      const parsed = record === undefined ? undefined : parseRecord(record);
      const known = parsed?.kind === 'ours' || parsed?.kind === 'foreign' ? parsed.record.lock_version : undefined;
      return deployedNameOf(lower, known);
    };
    return {
      lower: await Promise.all(lowerLayers(layer).map(nameThen)),
      dynlibExclude: [...new Set(layer.dynlibExclude)].sort(),
      platforms: [...new Set(layer.platforms)].sort(),
      python: `${layer.python.implementation}@${layer.python.version}`,
    };
  });
}

/** The definition files of the stack whose layer had its lock in a folder; all paths start from the repository. */
function definitionsFor(lockFolder: string, paths: readonly string[]): string[] {
  const above = (levels: number) => lockFolder.split('/').slice(0, -levels);
  const stackFile = [...above(2), STACK_FILE].join('/');
  if (paths.includes(stackFile))
    return [stackFile, ...[[...above(2), UV_CONFIG_FILE].join('/')].filter((path) => paths.includes(path))];
  const layerFile = [...above(1), LAYER_FILE].join('/');
  return paths.includes(layerFile) ? paths.filter((path) => basename(path) === LAYER_FILE) : [];
}
