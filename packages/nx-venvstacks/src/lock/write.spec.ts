import { readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../testing/folder';
import { readIfThere, writeText } from './write';

describe('writing a text', () => {
  it('makes the folders it needs and leaves nothing else behind', async () => {
    const file = join(makeFolder(), 'a/b/c.txt');
    expect(await writeText(file, 'grün\n')).toBe(true);
    expect(readIfThere(file)).toBe('grün\n');
    expect(readdirSync(join(file, '..'))).toEqual(['c.txt']);
  });

  it('leaves a file alone that has the text already', async () => {
    const file = join(makeFolder({ 'a.txt': 'x' }), 'a.txt');
    utimesSync(file, 1000, 1000);
    expect(await writeText(file, 'x')).toBe(false);
    expect(statSync(file).mtimeMs).toBe(1_000_000);
    expect(await writeText(file, 'y')).toBe(true);
    expect(readIfThere(file)).toBe('y');
  });
});

describe('reading a text', () => {
  it('gives nothing for a file that is not there, and does not hide other failures', () => {
    const folder = makeFolder();
    expect(readIfThere(join(folder, 'a.txt'))).toBeUndefined();
    expect(() => readIfThere(folder)).toThrow('EISDIR');
  });
});
