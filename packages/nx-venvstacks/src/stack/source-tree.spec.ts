import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { makeFolder, writeFiles } from '../testing/folder';
import { git } from '../testing/git';
import { SourceTrees, type SourceFolder } from './source-tree';

const read = (...path: string[]) => new SourceTrees().read(join(...path));

/** Paths of all files, from below the folder; empty folders with a slash. */
function listed(folder: SourceFolder | string): string[] {
  if (typeof folder === 'string') throw new Error(folder);
  return [
    ...folder.files,
    ...folder.folders.flatMap((each) => {
      const below = listed(each);
      return below.length ? below.map((path) => `${each.name}/${path}`) : [`${each.name}/`];
    }),
  ];
}

function makeCheckout(files: Record<string, string>): string {
  const root = makeFolder(files);
  git(root, 'init', '-q');
  return root;
}

describe('a source tree outside of git', () => {
  it('has its files and folders in code-point order, without __pycache__', () => {
    const root = makeFolder({
      'mod/b.py': '',
      'mod/_a.py': '',
      'mod/Z.py': '',
      'mod/.gitignore': 'b.py\n',
      'mod/sub/x.py': '',
      'mod/Sub/x.py': '',
      'mod/__pycache__/b.pyc': '',
      'mod/sub/__pycache__': '',
    });
    expect(read(root, 'mod')).toEqual({
      name: 'mod',
      files: ['.gitignore', 'Z.py', '_a.py', 'b.py'],
      links: [],
      folders: [
        { name: 'Sub', files: ['x.py'], links: [], folders: [] },
        { name: 'sub', files: ['x.py'], links: [], folders: [] },
      ],
    });
  });

  it('is empty without a file, however many folders it has', () => {
    const root = makeFolder({ 'mod/__pycache__/b.pyc': '' });
    mkdirSync(join(root, 'mod/sub'));
    expect(read(root, 'mod')).toBe('empty');
  });

  it('follows links to files only', () => {
    const root = makeFolder({ 'mod/a.py': '', 'lib/b.py': '' });
    symlinkSync('../lib/b.py', join(root, 'mod/b.py'));
    symlinkSync('../lib', join(root, 'mod/lib'));
    symlinkSync('missing', join(root, 'mod/dead'));
    symlinkSync('circle', join(root, 'mod/circle'));
    expect(listed(read(root, 'mod'))).toEqual(['a.py', 'b.py']);
    expect(read(root, 'mod')).toMatchObject({ links: ['b.py'] });
  });

  it('leaves out what is no file', () => {
    const root = makeFolder({ 'mod/a.py': '' });
    execFileSync('mkfifo', [join(root, 'mod/pipe')]);
    expect(listed(read(root, 'mod'))).toEqual(['a.py']);
  });
});

describe('a source tree in a git checkout', () => {
  it('is without what git ignores, by the patterns of every folder', () => {
    const root = makeCheckout({
      '.gitignore': '*.log\n/mod/out\nbuild/\n# comment\n',
      'mod/.gitignore': '!keep.log\n/local\n',
      'mod/a.py': '',
      'mod/x.log': '',
      'mod/keep.log': '',
      'mod/local/y.py': '',
      'mod/out/z.py': '',
      'mod/sub/out/z.py': '',
      'mod/sub/local/y.py': '',
      'mod/sub/build/b.py': '',
      'mod/sub/empty/gone.log': '',
    });
    expect(listed(read(root, 'mod'))).toEqual(['a.py', 'keep.log', 'sub/empty/', 'sub/local/y.py', 'sub/out/z.py']);
  });

  it('is without names that begin with .git, but keeps __pycache__ that nobody ignores', () => {
    const root = makeCheckout({ 'mod/.gitkeep': '', 'mod/.github/x': '', 'mod/.env': '', 'mod/__pycache__/a.pyc': '' });
    expect(listed(read(root, 'mod'))).toEqual(['.env', '__pycache__/a.pyc']);
  });

  it('keeps what is tracked although a pattern matches it', () => {
    const root = makeCheckout({
      '.gitignore': '*.log\nvendor/\n',
      'mod/a.log': '',
      'mod/b.log': '',
      'mod/vendor/c.py': '',
      'mod/vendor/d.py': '',
    });
    git(root, 'add', '-f', 'mod/a.log', 'mod/vendor/c.py');
    expect(listed(read(root, 'mod'))).toEqual(['a.log', 'vendor/c.py']);
  });

  it("counts the repository's own exclude file, but not the user's", () => {
    const root = makeCheckout({ 'mod/a.py': '', 'mod/secret': '', 'mod/global': '', 'ignore-globally': 'global\n' });
    appendFileSync(join(root, '.git/info/exclude'), 'secret\n');
    git(root, 'config', 'core.excludesFile', join(root, 'ignore-globally'));
    expect(listed(read(root, 'mod'))).toEqual(['a.py', 'global']);
  });

  it.each([
    ['true', ['b.PY']],
    ['false', ['A.LOG', 'b.PY']],
  ])('compares names as core.ignorecase=%s says', (ignorecase, expected) => {
    const root = makeCheckout({ '.gitignore': '*.log\n', 'mod/A.LOG': '', 'mod/b.PY': '' });
    git(root, 'config', 'core.ignorecase', ignorecase);
    expect(listed(read(root, 'mod'))).toEqual(expected);
  });

  it('is ignored as a whole where it or a folder above it is', () => {
    const root = makeCheckout({ '.gitignore': 'generated/\n*.tmp.py\n', 'generated/mod/a.py': '', 'x.tmp.py': '' });
    expect(read(root, 'generated/mod')).toBe('ignored');
    const trees = new SourceTrees();
    expect(trees.ignores(join(root, 'x.tmp.py'))).toBe(true);
    expect(trees.ignores(join(root, 'generated/mod/a.py'))).toBe(true);
    expect(trees.ignores(join(root, 'x.py'))).toBe(false);
  });

  it('is not ignored where something in it is tracked', () => {
    const root = makeCheckout({ '.gitignore': 'generated/\n', 'generated/mod/a.py': '', 'generated/mod/b.py': '' });
    git(root, 'add', '-f', 'generated/mod/a.py');
    expect(listed(read(root, 'generated/mod'))).toEqual(['a.py']);
  });

  it('is empty where git leaves nothing of it', () => {
    const root = makeCheckout({ '.gitignore': '*.py\n', 'mod/a.py': '', 'mod/.gitkeep': '' });
    expect(read(root, 'mod')).toBe('empty');
  });

  it('obeys the innermost checkout', () => {
    const root = makeCheckout({ '.gitignore': '*.log\n', 'inner/mod/a.log': '' });
    git(join(root, 'inner'), 'init', '-q');
    expect(listed(read(root, 'inner/mod'))).toEqual(['a.log']);
    expect(new SourceTrees().repositoryOf(join(root, 'inner/mod'))).toBe(join(root, 'inner'));
  });

  it("is the same in a worktree, with the main checkout's exclude file", () => {
    const root = makeCheckout({ 'main/.gitignore': '*.log\n', 'main/mod/a.py': '', 'main/mod/forced.log': '' });
    const main = join(root, 'main');
    git(main, 'init', '-q');
    git(main, 'add', '-f', '.');
    git(main, 'commit', '-q', '-m', 'Sources');
    git(main, 'worktree', 'add', '-q', '../tree');
    appendFileSync(join(main, '.git/info/exclude'), 'secret\n');
    writeFiles(root, { 'tree/mod/x.log': '', 'tree/mod/secret': '' });
    expect(listed(read(root, 'tree/mod'))).toEqual(['a.py', 'forced.log']);
  });

  it('is an error where the repository of a worktree is out of reach, and git would have to tell what is tracked', () => {
    const root = makeFolder({ '.git': 'gitdir: /nowhere\n', '.gitignore': '*.log\n', 'mod/a.py': '', 'mod/b.log': '' });
    expect(() => read(root, 'mod')).toThrow('git cannot tell which ignored files are tracked');
  });

  it('counts as one in a submodule, where .git is a file', () => {
    const library = makeCheckout({ '.gitignore': '*.log\n', 'mod/a.py': '' });
    git(library, 'add', '.');
    git(library, 'commit', '-q', '-m', 'Library');
    const root = makeCheckout({});
    git(root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'library');
    writeFileSync(join(root, 'library/mod/x.log'), '');
    expect(listed(read(root, 'library/mod'))).toEqual(['a.py']);
  });
});
