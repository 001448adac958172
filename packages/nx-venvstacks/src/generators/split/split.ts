import type { Tree } from '@nx/devkit';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parse, type TomlTable } from 'smol-toml';
import { VenvstacksError } from '../../errors';
import {
  findDefinitions,
  KINDS,
  LAYER_FILE,
  readStackFile,
  readStacks,
  STACK_FILE,
  UV_CONFIG_FILE,
  type Layer,
  type Stack,
} from '../../stack';
import { forPeople } from '../for-people';
import { refuseUncommitted } from '../move/clean-tree';
import { layerFileText, rebaseModules } from '../move/layer-text';
import { applyChanges, moveLocks, pairLayers, refuseBroken, refuseHidden, reportMoved } from '../move/move-layers';
import { uvConfigAt, uvConfigFromStack } from '../move/uv-config-text';
import { currentFolder, shownPath } from '../workspace';

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
  const cwd = currentFolder(root);
  const definitions = findDefinitions(root, root);
  const file = stackFileAt(resolve(cwd, options.stack), definitions, root);
  await refuseUncommitted(root, options.force);
  const stack = readStackFile(file, process.env);
  refuseBroken(stack, root);
  if (stack.layers.length === 0) throw new VenvstacksError('definition', `${shownPath(file, root)} declares no layer`);

  const directory = options.directory === undefined ? dirname(file) : resolve(cwd, options.directory);
  const texts = layerTexts(stack, file, directory);
  refuseTaken(tree, [...texts.keys()]);
  refuseHidden([...texts.keys()], root);
  const layerFiles = definitions.filter((each) => basename(each) === LAYER_FILE);
  const before = readStacks(layerFiles, root, process.env);
  const uvConfig = uvConfigChanges(stack, file, root, before.length > 0);
  const changes = new Map<string, string | null>([...texts, ...uvConfig.changes, [file, null]]);
  const [after] = readStacks([...layerFiles, ...texts.keys()], root, process.env, changes);
  if (!after) throw new Error('no layer was left');
  // Layers that are there already must not change either: one uv configuration is for all of them.
  pairLayers(
    before.flatMap(({ layers }) => layers),
    after,
    root,
  );
  const moved = moveLocks(tree, pairLayers(stack.layers, after, root));
  applyChanges(tree, changes);
  return reportMoved(moved, shownPath(directory, root), uvConfig.notes);
});

function stackFileAt(path: string, definitions: readonly string[], root: string): string {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, STACK_FILE) : path;
  if (definitions.includes(file) && basename(file) === STACK_FILE) return file;
  const known = definitions.filter((each) => basename(each) === STACK_FILE).map((each) => shownPath(each, root));
  const hint = known.length ? `There is ${known.join(', ')}.` : `There is no ${STACK_FILE} in this workspace.`;
  const what = existsSync(file) ? `is no ${STACK_FILE} of this workspace, or one that Nx ignores` : 'does not exist';
  throw new VenvstacksError('configuration', `${shownPath(file, root)} ${what}`, { hint });
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

/** A folder may be there, with sources perhaps; what is to be written into it may not. */
function refuseTaken(tree: Tree, files: readonly string[]): void {
  const { root } = tree;
  const taken = files
    .flatMap((file) => [file, join(dirname(file), 'requirements')])
    .find((path) => existsSync(path) || tree.exists(shownPath(path, root)));
  if (taken === undefined) return;
  throw new VenvstacksError('configuration', `${shownPath(taken, root)} is there already`, {
    hint: 'Choose another --directory.',
  });
}

/** uv's configuration goes to the workspace's root, where that of layer.toml files is, unless there is one already. */
function uvConfigChanges({ layers }: Stack, file: string, root: string, isShared: boolean): UvConfigChanges {
  const source = layers[0]?.uv.file;
  const beside = join(dirname(file), UV_CONFIG_FILE);
  const target = join(root, UV_CONFIG_FILE);
  if (source === undefined || source === target) return { changes: [], notes: [] };
  const text = readFileSync(source, 'utf8');
  const moved =
    source === file ? uvConfigFromStack(text, dirname(file), root) : uvConfigAt(text, dirname(source), root);
  const isKept = existsSync(target) && !(beside === target && !isShared);
  // A file beside a [tool.uv] had no effect. It must not come into force now.
  const isOverridden = source === file && existsSync(beside);
  return {
    changes: [
      ...(existsSync(beside) ? [[beside, null] as [string, null]] : []),
      ...(isKept ? [] : [[target, moved.trim() === '' ? null : moved] as [string, string | null]]),
    ],
    notes: isOverridden ? [`${shownPath(beside, root)}, which [tool.uv] overrode, gave way to it.`] : [],
  };
}

interface UvConfigChanges {
  readonly changes: readonly [path: string, text: string | null][];
  readonly notes: readonly string[];
}
