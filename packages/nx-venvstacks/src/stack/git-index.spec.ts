import { join } from 'node:path';
import { makeFolder, writeFiles } from '../testing/folder';
import { commitAll, git } from '../testing/git';
import { findCheckout } from './git-folder';
import { readTrackedPaths } from './git-index';

const FILES = {
  a: '',
  'folder/a': '1',
  'folder/b.py': '2',
  'folder/deep/grün [1].py': '3',
  'folder/deep/longer name, longer than before.py': '4',
  [`long/${'x'.repeat(200)}/${'y'.repeat(200)}`]: '5',
  z: '6',
};

function repository(...init: string[]): string {
  const root = makeFolder(FILES);
  git(root, 'init', '--quiet', ...init);
  return root;
}

function tracked(root: string): readonly string[] | undefined {
  const checkout = findCheckout(root);
  if (typeof checkout !== 'object') throw new Error(checkout);
  const paths = readTrackedPaths(checkout);
  return paths && [...paths].sort();
}

/** What git itself says. */
function listed(root: string): string[] {
  return [...new Set(git(root, 'ls-files', '-c', '-z').split('\0'))].filter((path) => path !== '').sort();
}

describe('what an index tracks', () => {
  it.each(['2', '3', '4'])('is read as git reads it, version %s', (version) => {
    const root = repository();
    git(root, 'config', 'index.version', version);
    commitAll(root);
    writeFiles(root, { added: '', 'folder/intended': '' });
    git(root, 'add', 'added');
    git(root, 'add', '--intent-to-add', 'folder/intended');
    git(root, 'update-index', '--skip-worktree', 'z');
    expect(listed(root)).toHaveLength(9);
    expect(tracked(root)).toEqual(listed(root));
  });

  it('is read where hashes are longer', () => {
    const root = repository('--object-format=sha256');
    commitAll(root);
    expect(listed(root)).toHaveLength(7);
    expect(tracked(root)).toEqual(listed(root));
  });

  it('is nothing before anything was added, and nothing after all was removed', () => {
    const root = repository();
    expect(tracked(root)).toEqual([]);
    commitAll(root);
    git(root, 'rm', '-r', '--quiet', '--cached', '.');
    expect(tracked(root)).toEqual([]);
  });

  it('has what is in conflict', () => {
    const root = repository();
    commitAll(root);
    for (const branch of ['one', 'two']) {
      git(root, 'checkout', '--quiet', '-b', branch, 'HEAD');
      writeFiles(root, { a: branch });
      commitAll(root);
      git(root, 'checkout', '--quiet', '-');
    }
    git(root, 'checkout', '--quiet', 'one');
    expect(() => git(root, 'merge', 'two~0')).toThrow();
    expect(git(root, 'ls-files', '-u')).toContain('\ta\n');
    expect(tracked(root)).toEqual(listed(root));
  });

  it('is a worktree’s own, and a submodule’s', () => {
    const [root, outer] = [repository(), repository()];
    commitAll(root);
    const worktree = join(makeFolder(), 'tree');
    git(root, 'worktree', 'add', '--quiet', worktree);
    git(worktree, 'rm', '--quiet', 'z');
    expect(tracked(worktree)).toEqual(listed(worktree));
    expect(tracked(root)).toContain('z');
    git(outer, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', root, 'sub');
    expect(tracked(join(outer, 'sub'))).toEqual(listed(root));
  });

  it('is left to git where the index is split, sparse or damaged', () => {
    const [split, sparse, damaged] = [repository(), repository(), repository()];
    for (const root of [split, sparse, damaged]) commitAll(root);
    git(split, 'update-index', '--split-index');
    git(sparse, 'sparse-checkout', 'set', '--cone', '--sparse-index', 'long');
    writeFiles(damaged, { '.git/index': 'DIRC' });
    expect([split, sparse, damaged].map(tracked)).toEqual([undefined, undefined, undefined]);
  });
});
