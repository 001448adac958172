import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readText } from './read-file';

/**
 * A git checkout as its files tell of it, so that no git needs to start. Whatever is not the plain case is left to git.
 */
export interface Checkout extends GitFolders {
  /** The way up from the folder that was asked for: with links on the way if that has some. */
  readonly root: string;
  /** The same folder without. */
  readonly realRoot: string;
}

/** Where a checkout's git keeps its things. */
export interface GitFolders {
  /** The folder of this worktree, with `HEAD` and the index. */
  readonly own: string;
  /** The one that all worktrees share, with refs and `config`; the same where there is one only. */
  readonly common: string;
}

/**
 * The checkout that a folder lies in, found as git finds it.
 *
 * @returns `unclear` where only git can tell
 */
export function findCheckout(folder: string): Checkout | 'none' | 'unclear' {
  if (process.env.GIT_CEILING_DIRECTORIES) return 'unclear';
  const start = realpathSync(folder);
  const device = statSync(start).dev;
  let up = '.';
  for (let each = start; ; each = dirname(each), up = join(up, '..')) {
    const dotGit = join(each, '.git');
    const stats = statSync(dotGit, { throwIfNoEntry: false });
    if (stats) {
      // git does not look for a repository on another disk.
      if (statSync(each).dev !== device) return 'unclear';
      const folders = gitFoldersIn(each);
      if (folders && isGitFolder(folders)) {
        const isPlain = !hasSetting(folders.own, /^(?:worktree\s*=|bare\s*=\s*true)/i);
        // A submodule's folder says where its files are, as does that of a worktree.
        if (stats.isDirectory() && !isPlain) return 'unclear';
        // Behind a link within the checkout the way up is another.
        const root = resolve(folder, up);
        return { root: realpathSync(root) === each ? root : each, realRoot: each, ...folders };
      }
      // git passes over a folder of that name with something else in it.
      if (!stats.isDirectory()) return 'unclear';
    }
    if (each === dirname(each)) return 'none';
  }
}

/** Where the git of a checkout keeps its things; undefined where its `.git` is a file that does not tell. */
export function gitFoldersIn(root: string): GitFolders | undefined {
  const dotGit = join(root, '.git');
  return statSync(dotGit).isDirectory() ? { own: dotGit, common: dotGit } : followGitFile(dotGit);
}

/** Where the `.git` file of a worktree or submodule leads. */
function followGitFile(dotGit: string): GitFolders | undefined {
  const [, target] = /^gitdir: (.+)$/.exec(readIfThere(dotGit)?.trimEnd() ?? '') ?? [];
  if (target === undefined) return undefined;
  const own = resolve(dirname(dotGit), target);
  const common = readIfThere(join(own, 'commondir'))?.trim();
  return { own, common: common === undefined ? own : resolve(own, common) };
}

function isGitFolder({ own, common }: GitFolders): boolean {
  return [join(own, 'HEAD'), join(common, 'objects'), join(common, 'refs')].every((path) => existsSync(path));
}

/** The commits that history starts from. */
export interface Heads {
  /** Undefined before the first commit. */
  readonly head: string | undefined;
  /** What is being merged. */
  readonly merged: readonly string[];
}

/** @returns undefined where only git can tell */
export function readHeads({ own, common }: GitFolders): Heads | undefined {
  // Refs that are no files.
  if (existsSync(join(common, 'reftable'))) return undefined;
  const merged = (readIfThere(join(own, 'MERGE_HEAD')) ?? '').split('\n').filter((line) => line !== '');
  if (!merged.every(isCommit)) return undefined;
  let name = 'HEAD';
  for (let depth = 0; depth < 5; depth++) {
    // Of all names only HEAD is a worktree's own, or a branch that somebody made so: git is to tell.
    if (/^refs\/(?:worktree|bisect|rewritten)\//.test(name)) return undefined;
    const text = readIfThere(join(name === 'HEAD' ? own : common, name))?.trim() ?? findPacked(common, name);
    if (text === undefined) return name === 'HEAD' ? undefined : { head: undefined, merged };
    if (isCommit(text)) return { head: text, merged };
    const [, next] = /^ref: (refs\/\S+)$/.exec(text) ?? [];
    if (next === undefined) return undefined;
    name = next;
  }
  return undefined;
}

function findPacked(common: string, name: string): string | undefined {
  const lines = (readIfThere(join(common, 'packed-refs')) ?? '').split('\n');
  return lines.find((line) => line.endsWith(` ${name}`))?.split(' ')[0];
}

function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** Whether older commits are cut off. */
export function isShallow({ common }: GitFolders): boolean {
  return (statSync(join(common, 'shallow'), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Whether somebody has replaced commits: then the same heads have another history than before. */
export function hasReplacements({ common }: GitFolders): boolean {
  const folder = join(common, 'refs/replace');
  return (
    existsSync(join(common, 'info/grafts')) ||
    (existsSync(folder) && readdirSync(folder).length > 0) ||
    (readIfThere(join(common, 'packed-refs')) ?? '').includes(' refs/replace/')
  );
}

/** Whether contents of old versions may have to be fetched, one by one. */
export function isPartial({ common }: GitFolders): boolean {
  return hasSetting(common, /^(?:promisor|partialclone)\s*=/i);
}

/** Whether a line of a git folder's `config` matches, without the spaces around it. */
export function hasSetting(folder: string, pattern: RegExp): boolean {
  const lines = (readIfThere(join(folder, 'config')) ?? '').split('\n');
  return lines.some((line) => pattern.test(line.trim()));
}

/** A file's text; undefined where there is none that can be read. */
export function readIfThere(file: string): string | undefined {
  // Most folders have no such file, and an exception takes longer than to look.
  if (!existsSync(file)) return undefined;
  try {
    return readText(file);
  } catch {
    return undefined;
  }
}
