import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeFiles } from '../testing/folder';
import { commitAll, git } from '../testing/git';
import { findCheckout, isPartial, isShallow, readHeads, type Checkout } from './git-folder';

function repository(): string {
  const root = makeFolder({ 'folder/a': '' });
  commitAll(root);
  return root;
}

function checkout(folder: string): Checkout {
  const found = findCheckout(folder);
  if (typeof found !== 'object') throw new Error(found);
  return found;
}

function heads(folder: string) {
  return readHeads(checkout(folder));
}

function commit(root: string, name: string): string {
  return git(root, 'rev-parse', '--verify', name).trim();
}

describe('the checkout of a folder', () => {
  it('is the nearest one above, as git finds it', () => {
    const outer = repository();
    const inner = join(outer, 'inner');
    writeFiles(inner, { 'deep/file': '', 'odd/.git/nothing': '' });
    commitAll(inner);
    expect(checkout(join(outer, 'folder')).root).toBe(outer);
    expect(checkout(join(inner, 'deep')).root).toBe(inner);
    // A folder of that name which is none is passed over.
    expect(checkout(join(inner, 'odd')).root).toBe(inner);
    expect(git(join(inner, 'odd'), 'rev-parse', '--show-toplevel').trim()).toBe(inner);
  });

  it('is called by the way up from the folder that was asked for, links and all', () => {
    const root = repository();
    const [toRoot, toFolder] = [join(makeFolder(), 'link'), join(makeFolder(), 'link')];
    symlinkSync(root, toRoot);
    expect(checkout(join(toRoot, 'folder'))).toMatchObject({ root: toRoot, realRoot: root });
    // From there the way up leads elsewhere.
    symlinkSync(join(root, 'folder'), toFolder);
    expect(checkout(toFolder)).toMatchObject({ root, realRoot: root });
  });

  it('is none outside of one', () => {
    expect(findCheckout(makeFolder())).toBe('none');
  });

  it('is left to git where its files are elsewhere, or it leads nowhere', () => {
    const [bare, moved] = [repository(), repository()];
    git(bare, 'config', 'core.bare', 'true');
    git(moved, 'config', 'core.worktree', '../elsewhere');
    const lost = makeFolder({ '.git': 'gitdir: /nowhere\n' });
    expect([bare, moved, lost].map(findCheckout)).toEqual(['unclear', 'unclear', 'unclear']);
  });
});

describe('the heads of a checkout', () => {
  it('are those of its branch, loose or packed, or of no branch', () => {
    const root = repository();
    const loose = heads(root);
    git(root, 'pack-refs', '--all', '--prune');
    const packed = heads(root);
    commitAll(root);
    const ahead = heads(root);
    git(root, 'checkout', '--quiet', '--detach');
    expect(loose).toEqual({ head: commit(root, 'HEAD~1'), merged: [] });
    expect(packed).toEqual(loose);
    expect(ahead).toEqual({ head: commit(root, 'HEAD'), merged: [] });
    expect(heads(root)).toEqual(ahead);
  });

  it('are those of the branch that one stands for', () => {
    const root = repository();
    git(root, 'symbolic-ref', 'refs/heads/alias', 'refs/heads/main');
    git(root, 'symbolic-ref', 'HEAD', 'refs/heads/alias');
    expect(heads(root)).toEqual({ head: commit(root, 'main'), merged: [] });
  });

  it('are none before the first commit', () => {
    const root = makeFolder();
    git(root, 'init', '--quiet');
    expect(heads(root)).toEqual({ head: undefined, merged: [] });
  });

  it('are a worktree’s own', () => {
    const root = repository();
    const worktree = join(makeFolder(), 'tree');
    git(root, 'worktree', 'add', '--quiet', worktree);
    commitAll(worktree);
    expect(heads(worktree)).toEqual({ head: commit(worktree, 'HEAD'), merged: [] });
    expect(heads(root)?.head).toBe(commit(worktree, 'HEAD~1'));
  });

  it('have what is being merged, however many', () => {
    const root = repository();
    for (const branch of ['one', 'two']) {
      git(root, 'checkout', '--quiet', '-b', branch, 'main');
      writeFiles(root, { [branch]: '' });
      commitAll(root);
    }
    git(root, 'checkout', '--quiet', 'main');
    writeFiles(root, { three: '' });
    commitAll(root);
    git(root, 'merge', '--quiet', '--no-commit', 'one', 'two');
    expect(heads(root)).toEqual({
      head: commit(root, 'main'),
      merged: [commit(root, 'one'), commit(root, 'two')],
    });
  });

  it('are left to git where refs are no files, or HEAD is nothing known', () => {
    const [tables, odd] = [repository(), repository()];
    writeFiles(tables, { '.git/reftable/tables.list': '' });
    writeFileSync(join(odd, '.git/HEAD'), 'something');
    expect([tables, odd].map(heads)).toEqual([undefined, undefined]);
  });
});

describe('what a clone has not', () => {
  it('is known', () => {
    const root = repository();
    commitAll(root);
    git(root, 'config', 'uploadpack.allowFilter', 'true');
    const clone = (...options: string[]) => {
      const folder = makeFolder();
      rmSync(folder, { recursive: true });
      git(root, 'clone', '--quiet', ...options, `file://${root}`, folder);
      return checkout(folder);
    };
    const [whole, shallow, partial] = [clone(), clone('--depth=1'), clone('--filter=blob:none')];
    expect([whole, shallow, partial].map(isShallow)).toEqual([false, true, false]);
    expect([whole, shallow, partial].map(isPartial)).toEqual([false, false, true]);
  });
});
