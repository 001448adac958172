import { basename, dirname, join, relative, resolve } from 'node:path';
import { existsSync, statSync } from 'node:fs';
import { Judge, type LayerState } from '../lock';
import {
  Disk,
  findDefinitions,
  findWorkspaceRoot,
  formatProblems,
  LAYER_FILE,
  readStackFile,
  readStacks,
  SourceTrees,
  STACK_FILE,
  type Stack,
} from '../stack';
import { formatTree } from './tree';
import { stackFacts } from './facts';
import { linkedFoldersOf } from './linked-folders';

/** What `show` prints and how it exits. */
export interface ShowOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: 0 | 1;
}

/**
 * The layers of a definition file, a folder or the workspace (interface.md, "Command line").
 *
 * @param path definition file or folder; undefined: the workspace around `cwd`
 */
export function show(
  path: string | undefined,
  options: { json: boolean; cwd: string; env: NodeJS.ProcessEnv },
): ShowOutput {
  const { cwd, env, json } = options;
  const target = resolve(cwd, path ?? findWorkspaceRoot(cwd) ?? cwd);
  if (!existsSync(target)) return failure(`There is no ${path ?? target}.`);
  const stacks = statSync(target).isDirectory() ? stacksIn(target, env) : stacksOfFile(target, env);
  if (typeof stacks === 'string') return failure(stacks);
  if (stacks.length === 0) {
    return failure(
      `No layers in ${relative(cwd, target) || '.'}: no ${STACK_FILE} and no ${LAYER_FILE} there or below.`,
    );
  }

  const root = findWorkspaceRoot(statSync(target).isDirectory() ? target : dirname(target));
  const judge = new Judge(env, new SourceTrees(new Disk(), linkedFoldersOf(root)));
  const stateOf = (stack: Stack): LayerState[] => stack.layers.map((layer) => judge.judge(layer));
  const stdout = json
    ? `${JSON.stringify({ stacks: stacks.map((stack) => stackFacts(stack, stateOf(stack), cwd)) }, null, 2)}\n`
    : stacks
        .filter((stack) => stack.layers.length || !stack.problems.length)
        .map((stack) => formatTree(titleOf(stack, cwd), stateOf(stack)))
        .join('\n');
  const warnings = stacks.flatMap((stack) => stack.warnings);
  const problems = stacks.flatMap((stack) => stack.problems);
  const dependent = stacks.flatMap(({ layers }) => layers).filter(({ macosxTarget }) => macosxTarget.fromEnvironment);
  const stderr = [
    ...(dependent.length && !json
      ? [
          `note: MACOSX_DEPLOYMENT_TARGET of this machine is the macosx_target of ${dependent.map(({ envName }) => envName).join(', ')}`,
        ]
      : []),
    ...(warnings.length ? [formatProblems(warnings, cwd).replace(/^(?! )/gm, 'warning: ')] : []),
    ...(problems.length ? [formatProblems(problems, cwd)] : []),
  ];
  return { stdout, stderr: stderr.map((text) => `${text}\n`).join(''), exitCode: problems.length ? 1 : 0 };
}

function failure(message: string): ShowOutput {
  return { stdout: '', stderr: `${message}\n`, exitCode: 1 };
}

function titleOf(stack: Stack, cwd: string): string {
  if (stack.file !== null) return relative(cwd, stack.file).replaceAll('\\', '/');
  return `${relative(cwd, stack.folder).replaceAll('\\', '/') || '.'} (${LAYER_FILE} files)`;
}

function stacksIn(folder: string, env: NodeJS.ProcessEnv): Stack[] {
  // Outside of any workspace a layer's own folder gives it its name; what it can refer to lies beside it.
  const root = findWorkspaceRoot(folder) ?? (existsSync(join(folder, LAYER_FILE)) ? dirname(folder) : folder);
  const below = findDefinitions(folder, root);
  // Who names a folder means the stack in it, also where git ignores it, as a copy that is shipped from.
  const own = [join(folder, STACK_FILE)].filter((file) => existsSync(file));
  const stackFiles = new Set([...own, ...below.filter((file) => basename(file) === STACK_FILE)]);
  // Layers in files of their own refer to layers anywhere in the workspace.
  const layerFiles = below.some((file) => basename(file) === LAYER_FILE)
    ? findDefinitions(root, root).filter((file) => basename(file) === LAYER_FILE)
    : [];
  return readStacks([...stackFiles, ...layerFiles], root, env);
}

function stacksOfFile(file: string, env: NodeJS.ProcessEnv): Stack[] | string {
  if (basename(file) === LAYER_FILE) {
    // Outside of any workspace the layers beside it are those that it can refer to.
    const root = findWorkspaceRoot(dirname(file)) ?? dirname(dirname(file));
    const files = new Set([file, ...findDefinitions(root, root).filter((each) => basename(each) === LAYER_FILE)]);
    return readStacks([...files], root, env);
  }
  return file.endsWith('.toml')
    ? [readStackFile(file, env)]
    : `${basename(file)} is no definition file: those are called ${STACK_FILE} or ${LAYER_FILE}.`;
}
