import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { VenvstacksError } from '../errors';
import { findCheckout, gitEnvironment } from '../stack';
import { indent, isMissing, runProcess, type ProcessOptions, type ProcessResult } from './process';

/** The root of the checkout that a folder lies in; undefined outside of one. */
export async function repositoryRoot(folder: string): Promise<string | undefined> {
  const checkout = findCheckout(folder);
  if (checkout !== 'unclear') return checkout === 'none' ? undefined : checkout.root;
  const result = await tryGit(folder, ['rev-parse', '--show-cdup']);
  // With a path instead of `(or any …)`, the `.git` file of a worktree or submodule leads nowhere.
  if (!result || (result.code !== 0 && result.stderr.includes('not a git repository ('))) return undefined;
  // A git that refuses is not the same as none: then history would be passed over in silence.
  if (result.code !== 0) throw gitFailure(['rev-parse'], result.stderr);
  return resolve(folder, result.stdout.trim());
}

/**
 * Texts of files in `HEAD`, by one git; undefined for those that are not there.
 *
 * @param files absolute paths, in one checkout
 */
export async function readFromHead(...files: readonly string[]): Promise<(string | undefined)[]> {
  const folder = existingFolder(files[0] ?? '.');
  if ((await repositoryRoot(folder)) === undefined) return files.map(() => undefined);
  const names = files.map((file) => `./${relative(folder, file).replaceAll('\\', '/')}`);
  // One name a line: a folder may be called otherwise.
  if (names.some((name) => name.includes('\n'))) return Promise.all(names.map((name) => gitText(folder, 'HEAD', name)));
  const found = await readBlobs(
    folder,
    names.map((name) => `HEAD:${name}`),
  );
  return found.map((bytes) => bytes?.toString('utf8'));
}

/** Contents of files that git knows by name or id, by one git; undefined for those that are not there. */
export async function readBlobs(cwd: string, names: readonly string[]): Promise<(Buffer | undefined)[]> {
  if (names.length === 0) return [];
  // Sizes count bytes, and a damaged record need not be UTF-8.
  const text = await git(cwd, ['cat-file', '--batch'], { input: `${names.join('\n')}\n`, encoding: 'latin1' });
  const output = Buffer.from(text ?? '', 'latin1');
  let position = 0;
  return names.map(() => {
    const lineEnd = output.indexOf(10, position);
    const [, type, size = '0'] =
      /^[0-9a-f]+ (\w+) (\d+)$/.exec(output.toString('utf8', position, Math.max(position, lineEnd))) ?? [];
    const start = lineEnd + 1;
    position = type === undefined ? start : start + Number(size) + 1;
    return type === 'blob' ? output.subarray(start, start + Number(size)) : undefined;
  });
}

/** A file's text in a commit; undefined where it, or the commit, is not there. @param path from the repository's root */
export async function gitText(cwd: string, commit: string, path: string): Promise<string | undefined> {
  const args = ['show', `${commit}:${path}`];
  const result = await tryGit(cwd, args);
  if (!result || result.code === 0) return result?.stdout;
  // What is there and cannot be had, as offline in a partial clone, must not pass for missing.
  if (/does not exist in|exists(?: on disk)?, but not|invalid object name/.test(result.stderr)) return undefined;
  throw gitFailure(args, result.stderr);
}

/**
 * Paths that git would list as changed or untracked in the repository around a folder; none where there is no
 * repository.
 */
export async function uncommittedChanges(folder: string): Promise<string[]> {
  if ((await repositoryRoot(folder)) === undefined) return [];
  const listed = (await git(folder, ['status', '--porcelain', '-z', '--no-renames', '--untracked-files=normal'])) ?? '';
  return listed
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => entry.slice(3));
}

export interface GitOptions extends Pick<ProcessOptions, 'input' | 'encoding'> {
  /** Exit codes that are an answer; the output is then undefined. */
  readonly allowed?: readonly number[];
}

/**
 * git's output; undefined where it is not installed, and for exit codes that are allowed.
 *
 * @throws {VenvstacksError} `history`, with git's own words
 */
export async function git(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<string | undefined> {
  const { allowed = [], ...processOptions } = options;
  const result = await tryGit(cwd, args, processOptions);
  if (!result || allowed.includes(result.code ?? -1)) return undefined;
  if (result.code !== 0) throw gitFailure(args, result.stderr);
  return result.stdout;
}

/**
 * Whether git answers yes (exit code 0) or no (1); undefined where it is not installed.
 *
 * @throws {VenvstacksError} `history`, with git's own words
 */
export async function gitSays(cwd: string, args: readonly string[]): Promise<boolean | undefined> {
  const result = await tryGit(cwd, args);
  if (!result) return undefined;
  if (result.code !== 0 && result.code !== 1) throw gitFailure(args, result.stderr);
  return result.code === 0;
}

async function tryGit(
  cwd: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult | undefined> {
  try {
    return await runProcess('git', args, { cwd, env: gitEnvironment(), ...options });
  } catch (error) {
    if (isMissing(error)) return undefined;
    // Half a gigabyte: somebody has committed records that are none.
    if ((error as NodeJS.ErrnoException).code === 'ERR_STRING_TOO_LONG')
      throw gitFailure(args, 'its answer is too long');
    throw error;
  }
}

export function gitFailure(args: readonly string[], words: string): VenvstacksError {
  return new VenvstacksError(
    'history',
    `git's history cannot be read (git ${args.find((each) => !each.startsWith('-') && !each.includes('=')) ?? ''}):\n${indent(words)}`,
    {
      hint: 'Numbers follow from history: mend the repository, or what git says above.',
    },
  );
}

/** The nearest folder above a file that exists: the file's own may not, before the first lock. */
export function existingFolder(file: string): string {
  let folder = dirname(file);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
