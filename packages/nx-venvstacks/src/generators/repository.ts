import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { findCheckout, gitEnvironment, wayFrom } from '../stack';

/** The git repository that a workspace lies in. */
export interface Repository {
  /** Absolute path, without links on the way. */
  readonly root: string;
  /** The workspace's folder in it, with forward slashes; empty where the workspace is the whole repository. */
  readonly folder: string;
}

/**
 * The git repository that a workspace belongs to; undefined where there is none. One that ignores the workspace is
 * another's, such as that of a home folder: nothing of the workspace is committed there.
 *
 * @param root absolute path of the workspace
 */
export function repositoryAround(root: string): Repository | undefined {
  const realRoot = realpathSync(root);
  const checkout = findCheckout(realRoot);
  const repository = typeof checkout === 'object' ? checkout.realRoot : checkout === 'unclear' ? askGit(realRoot) : '';
  if (!repository) return undefined;
  const folder = wayFrom(repository, realRoot);
  return folder !== '' && isIgnored(realRoot) ? undefined : { root: repository, folder };
}

/** The way from a workspace to a folder or file, as a tree of Nx takes it: relative, with forward slashes. */
export function pathFrom(root: string, path: string): string {
  return relative(root, path).replaceAll('\\', '/');
}

/** The root of the repository in the words of git, where only git can tell; empty where there is none. */
function askGit(folder: string): string {
  const { status, stdout } = git(folder, 'rev-parse', '--show-toplevel');
  const [root] = status === 0 ? stdout.split(/\r?\n$/) : [];
  return root ? realpathSync(resolve(root)) : '';
}

function isIgnored(folder: string): boolean {
  return git(folder, 'check-ignore', '--quiet', '--', folder).status === 0;
}

function git(cwd: string, ...args: string[]): SpawnSyncReturns<string> {
  return spawnSync('git', args, { cwd, env: gitEnvironment(), encoding: 'utf8' });
}
