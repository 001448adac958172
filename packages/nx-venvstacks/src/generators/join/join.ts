import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, type TomlTable } from 'smol-toml';
import { VenvstacksError } from '../../errors';
import {
  findDefinitions,
  formatRequirement,
  KINDS,
  readStackFile,
  readStacks,
  STACK_FILE,
  UV_CONFIG_FILE,
  type Layer,
  type Stack,
} from '../../stack';
import { forPeople } from '../for-people';
import { rebaseModules, stackTableText } from '../move/layer-text';
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
import { refuseBroken, refuseIgnored, refuseInsideModules, refuseTaken, refuseUncommitted } from '../move/refusals';
import { uvConfigAt } from '../move/uv-config-text';
import { pathInWorkspace, shownPath } from '../paths';
import { sourceTrees } from '../plugin-options';
import { COPY_HEADER, formerLockFiles, isFormerCopy, refusePlace, type Place } from './place';

export interface JoinOptions {
  /** Folder of the new venvstacks.toml, relative to the current folder. */
  readonly directory: string;
  /** Whether the layer.toml files stay, and the stack is a copy. */
  readonly keep?: boolean;
  /** Whether to go on although git has uncommitted changes. */
  readonly force?: boolean;
}

/** `nx g nx-venvstacks:join`: the layers of all layer.toml files become one venvstacks.toml. */
export default forPeople<JoinOptions>(async (tree, { directory, keep = false, force }) => {
  const { root } = tree;
  const folder = pathInWorkspace(directory, root);
  const file = join(folder, STACK_FILE);
  const place = { folder, file, root, keep };
  refusePlace(place, tree);
  const definitions = findDefinitions(root, root);
  await refuseUncommitted(root, definitions, force);
  const stacks = readStacks(definitions, root, process.env);
  const stack = stacks.find((each) => each.file === null);
  if (!stack) {
    throw new VenvstacksError('configuration', 'there is no layer.toml in this workspace', {
      hint: 'Layers of a venvstacks.toml are joined already.',
    });
  }
  refuseBroken(stack, root);

  const text = stackText(stack.layers, folder, keep);
  const definitionChanges: Changes = new Map([
    [file, text],
    ...uvConfigChanges(stacks, place),
    ...(keep ? [] : stack.layers.map(({ definition }) => [definition, null] as const)),
  ]);
  const lockFolders = stack.layers.map(({ envName }) => join(folder, 'requirements', envName));
  const oldFolders = keep ? [] : stack.layers.map(({ lockFolder }) => lockFolder).filter((each) => existsSync(each));
  const all = stacks.flatMap(({ layers }) => layers);
  refuseInsideModules([...definitionChanges.keys(), ...lockFolders, ...oldFolders], all, root);

  const joined = readStackFile(file, process.env, draftsOf(definitionChanges));
  refuseBroken(joined, root, 'The layers would not be sound in one file:\n');
  const moves = pairLayers(stack.layers, joined, root);
  const former = formerLockFiles(place);
  const leaving = new Set([...former, ...(keep ? [] : stack.layers.flatMap(lockFilesOf))]);
  const locks = moveLocks(moves, sourceTrees(tree), { keep });
  const written = [...locks.changes].flatMap(([path, content]) => (content === null ? [] : [path]));
  refuseTaken(
    tree,
    written.filter((path) => !leaving.has(path)),
  );
  if (!keep) refuseIgnored(moves, lockFilesOf, root);
  const gone = former.map((path) => [path, null] as const);
  applyChanges(tree, new Map([...gone, ...definitionChanges, ...locks.changes]));
  const done = keep ? `${countLayers(moves)} copied to` : `${countLayers(moves)} now in`;
  return report(
    tree,
    `${done} ${shownPath(file, root)}.`,
    locks.stale,
    lostComments(
      stack.layers.map(({ definition }) => readFileSync(definition, 'utf8')),
      [text],
    ),
  );
});

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
  { folder, file, root, keep }: Place,
): (readonly [path: string, text: string | null])[] {
  const source = join(root, UV_CONFIG_FILE);
  const target = join(folder, UV_CONFIG_FILE);
  if (source === target) return [];
  if (existsSync(target) && !isFormerCopy({ file, keep })) {
    throw new VenvstacksError('configuration', `${shownPath(target, root)} is there already`, {
      hint: 'It would apply to the joined stack: remove it, or choose another folder.',
    });
  }
  if (!existsSync(source)) return existsSync(target) ? [[target, null]] : [];
  const isStillUsed = stacks.some((stack) => stack.file !== null && stack.folder === root);
  return [
    [target, uvConfigAt(readFileSync(source, 'utf8'), root, folder)],
    ...(keep || isStillUsed ? [] : [[source, null] as const]),
  ];
}
