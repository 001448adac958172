import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findDefinitions, findWorkspaceRoot, hiddenFromNx, readStacks } from '.';
import { makeFolder } from '../testing/folder';
import { git } from '../testing/git';
import { RUNTIME, RUNTIME_LAYER } from '../testing/stack';

function found(root: string, folder = '.'): string[] {
  return findDefinitions(join(root, folder), root).map((file) => file.slice(root.length + 1));
}

describe('definition files', () => {
  it('are found at any depth, sorted, and only by their names', () => {
    const root = makeFolder({
      'venvstacks.toml': '',
      'b/c/layer.toml': '',
      'a/venvstacks.toml': '',
      '.hidden/layer.toml': '',
      'a/layer.toml.txt': '',
      'a/my-layer.toml': '',
      'a/venvstacks.uv.toml': '',
    });
    expect(found(root)).toEqual(['.hidden/layer.toml', 'a/venvstacks.toml', 'b/c/layer.toml', 'venvstacks.toml']);
    expect(found(root, 'b')).toEqual(['b/c/layer.toml']);
  });

  it('do not count in folders of tools, nor through links', () => {
    const root = makeFolder({
      'node_modules/x/layer.toml': '',
      'a/node_modules/x/layer.toml': '',
      '.venv/x/venvstacks.toml': '',
      '.nx/cache/layer.toml': '',
      '.git/layer.toml': '',
      'real/layer.toml': '',
    });
    symlinkSync('real', join(root, 'link'));
    expect(found(root)).toEqual(['real/layer.toml']);
  });

  it('do not count where git ignores them, also by nested files', () => {
    const root = makeFolder({
      '.gitignore': 'fixtures/\n',
      'fixtures/a/layer.toml': '',
      'tests/.gitignore': '/broken\n',
      'tests/broken/layer.toml': '',
      'tests/sound/layer.toml': '',
    });
    git(root, 'init', '-q');
    expect(found(root)).toEqual(['tests/sound/layer.toml']);
  });

  it("do not count where the workspace's .nxignore leaves them out, from whatever folder one looks", () => {
    const root = makeFolder({
      '.nxignore': 'tests/*\n!tests/sound\n',
      'tests/broken/layer.toml': '',
      'tests/sound/layer.toml': '',
    });
    expect(found(root)).toEqual(['tests/sound/layer.toml']);
    expect(found(root, 'tests')).toEqual(['tests/sound/layer.toml']);
  });
});

describe('a definition file that git ignores', () => {
  it('counts again where .nxignore says so', () => {
    const root = makeFolder({
      '.gitignore': 'layer.toml\n',
      '.nxignore': '!generated/layer.toml\n',
      'generated/layer.toml': '',
      'generated/deeper/layer.toml': '',
    });
    git(root, 'init', '-q');
    expect(found(root)).toEqual(['generated/layer.toml']);
  });

  it('does not count for Nx either where there is no repository yet', () => {
    const root = makeFolder({
      '.gitignore': 'dist\n',
      'dist/layer.toml': '',
      'kept/layer.toml': '',
    });
    expect(found(root)).toEqual(['kept/layer.toml']);
  });
});

describe('the root of a workspace', () => {
  it('is the nearest folder upwards with nx.json or .git', () => {
    const root = makeFolder({ 'outer/nx.json': '{}', 'outer/inner/.git/HEAD': '', 'outer/inner/a/b/c.txt': '' });
    expect(findWorkspaceRoot(join(root, 'outer/inner/a/b'))).toBe(join(root, 'outer/inner'));
    expect(findWorkspaceRoot(join(root, 'outer'))).toBe(join(root, 'outer'));
    expect(findWorkspaceRoot(root)).toBeUndefined();
  });
});

describe('the stacks of a workspace', () => {
  it('are one for each venvstacks.toml and one for all layer.toml files', () => {
    const root = makeFolder({
      'z/venvstacks.toml': RUNTIME,
      'a/venvstacks.toml': RUNTIME,
      'layers/one/layer.toml': RUNTIME_LAYER,
      'layers/two/layer.toml': RUNTIME_LAYER,
    });
    const stacks = readStacks(findDefinitions(root, root).reverse(), root, {});
    expect(stacks.map(({ file, folder, layers }) => [file, folder, layers.map(({ name }) => name)])).toEqual([
      [join(root, 'a/venvstacks.toml'), join(root, 'a'), ['py312']],
      [join(root, 'z/venvstacks.toml'), join(root, 'z'), ['py312']],
      [null, root, ['one', 'two']],
    ]);
  });

  it('are none without a definition file', () => {
    expect(readStacks([], makeFolder(), {})).toEqual([]);
  });

  it('break each by itself', () => {
    const root = makeFolder({
      'a/venvstacks.toml': '???',
      'b/venvstacks.toml': RUNTIME,
      'c/layer.toml': RUNTIME_LAYER,
    });
    const stacks = readStacks(findDefinitions(root, root), root, {});
    expect(stacks.map(({ problems, layers }) => [problems.length, layers.length])).toEqual([
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
  });
});

describe('what Nx does not see', () => {
  it('is what git ignores and .nxignore does not take back in, and what .nxignore leaves out', () => {
    const root = makeFolder({
      '.gitignore': 'requirements\nother\n',
      '.nxignore': '!requirements\nsecret\n',
      '.git/HEAD': '',
    });
    const isHidden = hiddenFromNx(root);
    expect(
      ['requirements/a.json', 'other/a.json', 'secret/a.json', 'src/a.json'].map((path) => isHidden(join(root, path))),
    ).toEqual([false, true, true, false]);
  });
});
