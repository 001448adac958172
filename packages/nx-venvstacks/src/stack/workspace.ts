import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import createIgnore, { type Ignore } from 'ignore';
import { Disk } from './disk';
import { readRules, testRules } from './ignore-rules';
import { AS_ON_DISK } from './overlay';
import { SourceTrees } from './source-tree';
import { LAYER_FILE, readLayerFiles, readStackFile, STACK_FILE, type Stack } from './stack';

/**
 * Reads the stacks that some definition files make: one for each `venvstacks.toml`, one for all `layer.toml` files.
 *
 * @param files absolute paths
 * @param root absolute path of the workspace
 * @param overlay files that are to be taken otherwise than they are on disk
 * @param disk keeps what was read, for who looks at the same files next
 */
export function readStacks(
  files: readonly string[],
  root: string,
  env: NodeJS.ProcessEnv,
  overlay = AS_ON_DISK,
  disk = new Disk(),
): Stack[] {
  const layerFiles = files.filter((file) => basename(file) === LAYER_FILE);
  const stackFiles = files.filter((file) => basename(file) === STACK_FILE).sort();
  return [
    ...stackFiles.map((file) => readStackFile(file, env, overlay, disk)),
    ...(layerFiles.length ? [readLayerFiles(layerFiles, root, env, overlay, disk)] : []),
  ];
}

/** Names of folders that are passed over, wherever they are: what is in them is nobody's definition file. */
export const NEVER_SEARCHED = ['node_modules', '.git', '.nx', '.venv'];

/**
 * Definition files in a folder and below, absolute. What git or `.nxignore` leaves out does not count, as in Nx.
 *
 * @param root absolute path of the workspace, where `.nxignore` lies
 */
export function findDefinitions(folder: string, root: string): string[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- on demand: the graph gets its files from Nx
  const { sync: findFiles } = require('fast-glob') as typeof import('fast-glob');
  const found = findFiles(`**/{${STACK_FILE},${LAYER_FILE}}`, {
    cwd: folder,
    absolute: true,
    dot: true,
    followSymbolicLinks: false,
    ignore: NEVER_SEARCHED.map((name) => `**/${name}/**`),
    suppressErrors: true,
  });
  const isHidden = hiddenFromNx(root);
  return found
    .map((file) => join(file))
    .filter((file) => !isHidden(file))
    .sort();
}

/**
 * Whether Nx does not see a file: it lies in a folder like `node_modules`, git ignores it, and `.nxignore` does not take
 * it back in; or `.nxignore` leaves it out.
 */
export function hiddenFromNx(root: string): (file: string) => boolean {
  const trees = new SourceTrees();
  const nxRules = rulesIn(join(root, '.nxignore'));
  // Nx goes by a .gitignore also where there is no repository yet.
  const isRepository = trees.repositoryOf(join(root, '.gitignore')) !== undefined;
  const gitRules = isRepository ? undefined : rulesIn(join(root, '.gitignore'));
  return (file) => {
    const segments = relative(root, file).split(/[/\\]/);
    if (segments.some((segment) => NEVER_SEARCHED.includes(segment))) return true;
    return hides(nxRules, segments) ?? hides(gitRules, segments) ?? trees.ignores(file);
  };
}

interface Rules {
  readonly file: string;
  readonly matcher: Ignore;
}

function rulesIn(file: string): Rules | undefined {
  const text = readRules(file);
  return text === undefined ? undefined : { file, matcher: createIgnore().add(text) };
}

/** What rules say of a path; undefined for nothing. */
function hides(rules: Rules | undefined, segments: readonly string[]): boolean | undefined {
  let verdict: boolean | undefined;
  // A rule for a folder holds for all in it, until a deeper one says otherwise.
  segments.forEach((_, index) => {
    const isFile = index === segments.length - 1;
    const path = segments.slice(0, index + 1).join('/') + (isFile ? '' : '/');
    const found = rules && testRules(rules.matcher, path, rules.file);
    if (found?.ignored) verdict = true;
    else if (found?.unignored) verdict = false;
  });
  return verdict;
}

/** The nearest folder from a folder upwards that has `nx.json` or `.git`; undefined where there is none. */
export function findWorkspaceRoot(folder: string): string | undefined {
  for (let each = folder; ; each = dirname(each)) {
    if (existsSync(join(each, 'nx.json')) || existsSync(join(each, '.git'))) return each;
    if (each === dirname(each)) return undefined;
  }
}
