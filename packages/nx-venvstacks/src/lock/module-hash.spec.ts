import { join } from 'node:path';
import { makeFolder } from '../testing/folder';
import { SourceTrees } from '../stack';
import { hashModule, type ModuleHash } from './module-hash';

function hash(files: Record<string, string>, path: string): ModuleHash {
  const absolutePath = join(makeFolder(files), path);
  const result = hashModule({ absolutePath }, new SourceTrees());
  if (typeof result === 'string') throw new Error(`${path}: ${result}`);
  return result;
}

describe('the unambiguous hash of a module', () => {
  const base = { 'mod/__init__.py': '', 'mod/a/x.py': 'X\n' };

  it('is that of the content for a file: its name is told beside it', () => {
    expect(hash({ 'a.py': 'x\n' }, 'a.py').exact).toBe(hash({ 'b.py': 'x\n' }, 'b.py').exact);
    expect(hash({ 'a.py': 'x\n' }, 'a.py').hash).not.toBe(hash({ 'b.py': 'x\n' }, 'b.py').hash);
    expect(hash({ 'a.py': 'x\r\n' }, 'a.py').exact).not.toBe(hash({ 'a.py': 'x\n' }, 'a.py').exact);
  });

  it('does not know where a folder lies', () => {
    const elsewhere = Object.fromEntries(Object.entries(base).map(([path, text]) => [`x/y/${path}`, text]));
    expect(hash(elsewhere, 'x/y/mod')).toEqual(hash(base, 'mod'));
  });

  it.each<[string, Record<string, string>]>([
    ['a file’s content', { ...base, 'mod/a/x.py': 'Y\n' }],
    ['a file more', { ...base, 'mod/a/y.py': '' }],
    ['a file’s name', { 'mod/__init__.py': '', 'mod/a/y.py': 'X\n' }],
    ['a file’s folder', { 'mod/__init__.py': '', 'mod/b/x.py': 'X\n' }],
    ['its depth', { 'mod/__init__.py': '', 'mod/a/a/x.py': 'X\n' }],
  ])('moves with %s', (_, files) => {
    expect(hash(files, 'mod').exact).not.toBe(hash(base, 'mod').exact);
  });

  it('tells trees apart that venvstacks hashes alike', () => {
    const deep = hash({ 'mod/a/f.py': 'F\n', 'mod/a/b/g.py': 'G\n' }, 'mod');
    const flat = hash({ 'mod/a/f.py': 'F\n', 'mod/b/g.py': 'G\n' }, 'mod');
    expect(deep.hash).toBe('sha256/3b76da8aa2ea2e9a5ff25987c6df04ad8297e9f1ea839ac38a71be78919ac24b');
    expect(flat.hash).toBe(deep.hash);
    expect(flat.exact).not.toBe(deep.exact);
  });
});
