import type { Settling } from './history-actions';
import { attempt, choose, short } from './history-edits';
import { settleConflicts } from './history-settle';
import { LAYERS, lockFile, LOCKS, type LayerName } from './history-stack';
import type { Repository } from './repository';

/** Commits whatever there is, markers too; concludes a merge. @returns what was done */
export function commit(repository: Repository): string {
  if (repository.git('status', '--porcelain') === '' && !isUnderWay(repository)) return 'nothing to commit';
  repository.commit();
  return `commit ${short(head(repository))}`;
}

export function head(repository: Repository): string {
  return repository.git('rev-parse', 'HEAD').trim();
}

/** Commits whose histories count: `HEAD`, and what is being merged. */
export function heads(repository: Repository): string[] {
  const merged = revision(repository, 'MERGE_HEAD');
  return [head(repository), ...(merged === undefined ? [] : [merged])];
}

/** All commits up to one, parents before children. */
export function historyOf(
  repository: Repository,
  tip = 'HEAD',
): { readonly id: string; readonly parents: readonly string[] }[] {
  const lines = repository.git('rev-list', '--topo-order', '--reverse', '--parents', tip).trim().split('\n');
  return lines.map((line) => {
    const [id = '', ...parents] = line.split(' ');
    return { id, parents };
  });
}

/** The records of a commit. */
export function committedRecords(repository: Repository, id: string): Map<LayerName, string | undefined> {
  const paths = repository.git('ls-tree', '-r', '--name-only', id, '--', LOCKS).split('\n');
  return new Map(
    LAYERS.map((layer) => {
      const path = lockFile(layer, 'record');
      return [layer, paths.includes(path) ? repository.git('show', `${id}:${path}`) : undefined];
    }),
  );
}

export function branch(repository: Repository, name: string, to: number): string {
  const first = commit(repository);
  // One that begins far back has little in common with the others, one at the tip leaves nothing behind to merge.
  const [tip = '', ...earlier] = allCommits(repository).slice(0, 5);
  const id = choose(earlier.length ? earlier : [tip], to);
  repository.git('checkout', '--quiet', '-b', name, id);
  return `${first}; branch ${name} from ${short(id)}`;
}

/** Merges the tip of another branch. */
export function mergeBranch(repository: Repository, from: number, settling: Settling): string {
  const first = commit(repository);
  const refs = repository.git(
    'for-each-ref',
    '--format=%(objectname)',
    '--no-merged=HEAD',
    'refs/heads',
    'refs/remotes',
  );
  const others = refs.split('\n').filter(Boolean);
  if (others.length === 0) return `${first}; no branch to merge`;
  const id = choose(others, from);
  return `${first}; ${mergeCommit(repository, id, settling)}`;
}

/** Merges what another clone has. */
export function pull(repository: Repository, other: Repository, settling: Settling): string {
  const first = commit(repository);
  repository.git('fetch', '--quiet', other.root, 'HEAD');
  return `${first}; pull: ${mergeCommit(repository, head(other), settling)}`;
}

/** Merges a commit. */
export function mergeCommit(repository: Repository, id: string, settling: Settling): string {
  const clean = attempt(() => repository.git('merge', '--quiet', '--no-edit', id));
  return `merge ${short(id)}${clean ? '' : settle(repository, settling)}`;
}

/** Reverts a commit of this branch, or copies one of any. */
export function pickCommit(
  repository: Repository,
  what: 'revert' | 'cherry-pick',
  from: number,
  settling: Settling,
): string {
  const first = commit(repository);
  const others = repository.git('rev-list', '--all', '--not', 'HEAD').split('\n').filter(Boolean);
  const all = what === 'revert' || others.length === 0 ? ancestors(repository) : others;
  // The first commit brings the definition: without it there is nothing to lock.
  const withParents = new Map(historyOf(repository, '--all').map(({ id, parents }) => [id, parents]));
  const later = all.filter((id) => withParents.get(id)?.length);
  if (later.length === 0) return `${first}; nothing to ${what}`;
  const id = choose(later, from);
  const mainline = (withParents.get(id)?.length ?? 0) > 1 ? ['-m', '1'] : [];
  const clean = attempt(() => repository.git(what, '--no-edit', ...mainline, id));
  return `${first}; ${what} ${short(id)}${clean ? '' : settle(repository, settling)}`;
}

function settle(repository: Repository, settling: Settling): string {
  const paths = settleConflicts(repository, settling);
  return paths.length
    ? `, conflicts in ${paths.join(', ')}; sources: ${settling.sources}, locks: ${settling.locks}`
    : ', nothing new';
}

function ancestors(repository: Repository): string[] {
  return repository.git('rev-list', 'HEAD').trim().split('\n');
}

function allCommits(repository: Repository): string[] {
  return repository.git('rev-list', '--all').trim().split('\n');
}

function isUnderWay(repository: Repository): boolean {
  return ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD'].some((name) => revision(repository, name) !== undefined);
}

function revision(repository: Repository, name: string): string | undefined {
  let id: string | undefined;
  attempt(() => (id = repository.git('rev-parse', '--verify', '--quiet', name).trim()));
  return id;
}
