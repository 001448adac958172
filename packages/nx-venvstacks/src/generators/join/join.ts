import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse, type TomlTable } from 'smol-toml';
import { VenvstacksError } from '../../errors';
import {
  findDefinitions,
  formatRequirement,
  hiddenFromNx,
  isInside,
  KINDS,
  readStackFile,
  readStacks,
  STACK_FILE,
  UV_CONFIG_FILE,
  type Layer,
  type Stack,
} from '../../stack';
import { forPeople } from '../for-people';
import { refuseUncommitted } from '../move/clean-tree';
import { rebaseModules, stackTableText } from '../move/layer-text';
import {
  applyChanges,
  moveLocks,
  pairLayers,
  refuseBroken,
  refuseHidden,
  removeOthers,
  reportMoved,
} from '../move/move-layers';
import { uvConfigAt } from '../move/uv-config-text';
import { currentFolder, shownPath } from '../workspace';

export interface JoinOptions {
  /** Folder of the new venvstacks.toml, relative to the current folder. */
  readonly directory: string;
  /** Whether the layer.toml files stay, and the stack is a copy. */
  readonly keep?: boolean;
  /** Whether to go on although git has uncommitted changes. */
  readonly force?: boolean;
}

/** The first line of a copy: only such a file is replaced by the next one. */
const COPY_HEADER =
  '# Joined by nx-venvstacks from the layer.toml files of this workspace: edit those, and join again.';

/** `nx g nx-venvstacks:join`: the layers of all layer.toml files become one venvstacks.toml. */
export default forPeople<JoinOptions>(async (tree, { directory, keep = false, force }) => {
  const { root } = tree;
  const folder = resolve(currentFolder(root), directory);
  const file = join(folder, STACK_FILE);
  refusePlace(file, root, keep);
  await refuseUncommitted(root, force);
  const stacks = readStacks(findDefinitions(root, root), root, process.env);
  const stack = stacks.find((each) => each.file === null);
  if (!stack) {
    throw new VenvstacksError('configuration', 'there is no layer.toml in this workspace', {
      hint: 'Layers of a venvstacks.toml are joined already.',
    });
  }
  refuseBroken(stack, root);

  const changes = new Map<string, string | null>([
    [file, stackText(stack.layers, folder, keep)],
    ...uvConfigChanges(stacks, folder, root, keep),
    ...(keep ? [] : stack.layers.map(({ definition }): [string, null] => [definition, null])),
  ]);
  const moves = pairLayers(stack.layers, readStackFile(file, process.env, changes), root);
  const moved = moveLocks(tree, moves, { keep });
  applyChanges(tree, changes);
  if (keep) removeOthers(tree, join(folder, 'requirements'), moved.files);
  return reportMoved(moved, shownPath(file, root));
});

function refusePlace(file: string, root: string, keep: boolean): void {
  const shown = shownPath(file, root);
  if (!isInside(file, root)) {
    throw new VenvstacksError('configuration', `${shown} is outside of the workspace`, {
      hint: 'Choose a folder of the workspace.',
    });
  }
  if (keep && !hiddenFromNx(root)(file)) {
    throw new VenvstacksError('configuration', `${shown} would be a second stack of the same layers`, {
      hint: `Choose a folder that .gitignore or .nxignore leaves out, as in --directory=dist/stack; or leave --keep away: then the layer.toml files go.`,
    });
  }
  if (!keep) refuseHidden([file], root);
  if (!existsSync(file)) return;
  if (keep && readFileSync(file, 'utf8').startsWith(COPY_HEADER)) return;
  throw new VenvstacksError('configuration', `${shown} is there already`, { hint: 'Choose another folder.' });
}

/** The text of the joined stack: runtimes, frameworks, applications, each after what it stands on. */
function stackText(layers: readonly Layer[], folder: string, keep: boolean): string {
  const tables = layers.map((layer) => {
    const text = readFileSync(layer.definition, 'utf8');
    const { layerTable } = KINDS[layer.kind];
    const own = parse(text)[layerTable] as TomlTable;
    const table = rebaseModules(
      // venvstacks has no default for either.
      { name: layer.name, requirements: layer.requirements.map(formatRequirement), ...own },
      dirname(layer.definition),
      folder,
    );
    return stackTableText(text, { kind: layer.kind, table, at: [layerTable] });
  });
  const lineBreak = tables.every((table) => table.includes('\r\n')) ? '\r\n' : '\n';
  return [...(keep ? [`${COPY_HEADER}\n`] : []), ...tables].join('\n').replace(/\r?\n/g, lineBreak);
}

/** uv's configuration goes along: from the workspace's root to the stack's folder. */
function uvConfigChanges(
  stacks: readonly Stack[],
  folder: string,
  root: string,
  keep: boolean,
): [path: string, text: string | null][] {
  const source = join(root, UV_CONFIG_FILE);
  const target = join(folder, UV_CONFIG_FILE);
  if (source === target) return [];
  const isThere = existsSync(source);
  const isTaken = existsSync(target) && !existsSync(join(folder, STACK_FILE));
  if (isTaken) {
    throw new VenvstacksError('configuration', `${shownPath(target, root)} is there already`, {
      hint: 'It would apply to the joined stack: remove it, or choose another folder.',
    });
  }
  if (!isThere) return existsSync(target) ? [[target, null]] : [];
  const isStillUsed = stacks.some((stack) => stack.file !== null && stack.folder === root);
  return [
    [target, uvConfigAt(readFileSync(source, 'utf8'), root, folder)],
    ...(keep || isStillUsed ? [] : [[source, null] as [string, null]]),
  ];
}
