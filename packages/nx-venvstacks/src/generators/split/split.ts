import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, type TomlTable } from 'smol-toml';
import { VenvstacksError } from '../../errors';
import { findDefinitions, KINDS, LAYER_FILE, readStackFile, readStacks, type Layer, type Stack } from '../../stack';
import { forPeople } from '../for-people';
import { layerFileText, rebaseModules } from '../move/layer-text';
import {
  applyChanges,
  countLayers,
  draftsOf,
  lockFilesOf,
  lostComments,
  moveLocks,
  pairLayers,
  report,
  type Changes,
} from '../move/move-layers';
import {
  refuseBroken,
  refuseIgnored,
  refuseInsideModules,
  refuseOutside,
  refuseTaken,
  refuseUncommitted,
  refuseUnseen,
} from '../move/refusals';
import { pathInWorkspace, shownPath } from '../paths';
import { sourceTrees } from '../plugin-options';
import { stackFileAt } from './stack-file';
import { uvConfigChanges } from './uv-config';

export interface SplitOptions {
  /** Path of a venvstacks.toml, relative to the current folder. */
  readonly stack: string;
  /** Folder of the layers' folders, relative to the current folder. Default: the stack's. */
  readonly directory?: string;
  /** Whether to go on although git has uncommitted changes. */
  readonly force?: boolean;
}

/** `nx g nx-venvstacks:split`: the layers of a venvstacks.toml get a layer.toml each, in a folder of their own. */
export default forPeople<SplitOptions>(async (tree, options) => {
  const { root } = tree;
  const definitions = findDefinitions(root, root);
  const file = stackFileAt(pathInWorkspace(options.stack, root), definitions, root);
  const directory = options.directory === undefined ? dirname(file) : pathInWorkspace(options.directory, root);
  refuseOutside(directory, root);
  await refuseUncommitted(root, [file], options.force);
  const stack = readStackFile(file, process.env);
  refuseBroken(stack, root);
  if (stack.layers.length === 0) {
    throw new VenvstacksError('definition', `${shownPath(file, root)} declares no layer`, { hint: 'Just remove it.' });
  }
  const others = definitions.filter((each) => each !== file);
  const before = readStacks(others, root, process.env);
  const neighbours = before.find((each) => each.file === null);
  refuseSameNames(stack, neighbours, root);

  const texts = layerTexts(stack, file, directory);
  const lockFolders = [...texts.keys()].map((each) => join(dirname(each), 'requirements'));
  for (const each of texts.keys()) refuseOutside(dirname(each), root);
  refuseTaken(tree, [...texts.keys(), ...lockFolders]);
  refuseUnseen([...texts.keys()], root);
  const uvConfig = uvConfigChanges(stack, file, root, neighbours !== undefined);
  const definitionChanges: Changes = new Map([...texts, ...uvConfig.changes, [file, null]]);
  const oldFolders = stack.layers.map(({ lockFolder }) => lockFolder).filter((each) => existsSync(each));
  const all = [stack, ...before].flatMap(({ layers }) => layers);
  refuseInsideModules([...definitionChanges.keys(), ...lockFolders, ...oldFolders], all, root);

  const after = readStacks([...others, ...texts.keys()], root, process.env, draftsOf(definitionChanges));
  // The other stacks must not change either: uv's configuration at the root may be theirs, too.
  for (const each of before) pairLayers(each.layers, renewed(each.file, after, root), root);
  const moves = pairLayers(stack.layers, renewed(null, after, root), root);
  refuseIgnored(moves, lockFilesOf, root);
  const locks = moveLocks(moves, sourceTrees(tree));
  applyChanges(tree, new Map([...definitionChanges, ...locks.changes]));
  return report(
    tree,
    `${countLayers(moves)} now in ${directory === root ? 'the root of the workspace' : shownPath(directory, root)}.`,
    locks.stale,
    [...uvConfig.notes, ...lostComments(uvConfig.sources, [...texts.values(), ...uvConfig.results])],
  );
});

/** A stack as it will be. One that is not this one's and is broken was so before. */
function renewed(file: string | null, after: readonly Stack[], root: string): Stack {
  const stack = after.find((each) => each.file === file);
  if (!stack) throw new Error('a stack was lost on the way');
  if (file === null) refuseBroken(stack, root, 'The layers would not be sound in files of their own:\n');
  return stack;
}

/** All layer.toml files of a workspace are one stack. */
function refuseSameNames(stack: Stack, neighbours: Stack | undefined, root: string): void {
  if (!neighbours) return;
  refuseBroken(neighbours, root, 'The layers would join those of layer.toml files, which have problems:\n');
  for (const { envName, kind, name } of stack.layers) {
    const other = neighbours.layers.find((each) => each.envName === envName);
    if (!other) continue;
    throw new VenvstacksError('configuration', `${shownPath(other.definition, root)} is a ${kind} '${name}', too`, {
      layer: envName,
      hint: 'All layer.toml files of a workspace are one stack: give one of the two another name first.',
    });
  }
}

/** The text of each layer's new file, by absolute path. */
function layerTexts(stack: Stack, file: string, directory: string): Map<string, string> {
  const text = readFileSync(file, 'utf8');
  const document = parse(text);
  return new Map(
    stack.layers.map(({ kind, name, envName }: Layer) => {
      const tables = document[KINDS[kind].stackTable] as TomlTable[];
      const index = tables.findIndex((each) => each.name === name);
      const folder = join(directory, envName);
      const table = rebaseModules(tables[index] ?? {}, dirname(file), folder);
      return [join(folder, LAYER_FILE), layerFileText(text, { kind, table, at: [KINDS[kind].stackTable, index] })];
    }),
  );
}
