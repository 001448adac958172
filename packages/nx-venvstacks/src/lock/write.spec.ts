import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../testing/folder';
import { readIfThere, writeText, writeTexts } from './write';

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

  it('takes a name as long as can be', async () => {
    const file = join(makeFolder(), 'b'.repeat(255));
    await writeText(file, 'x');
    expect(readIfThere(file)).toBe('x');
  });

  it('keeps the mode of a file, and a link', async () => {
    const folder = makeFolder({ 'real/a.txt': 'x' });
    chmodSync(join(folder, 'real/a.txt'), 0o640);
    symlinkSync('real/a.txt', join(folder, 'link.txt'));
    await writeText(join(folder, 'link.txt'), 'y');
    expect(readIfThere(join(folder, 'real/a.txt'))).toBe('y');
    expect(statSync(join(folder, 'real/a.txt')).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(['link.txt', 'real']);
  });
});

describe('writing several texts', () => {
  it('tells how many were written', async () => {
    const folder = makeFolder({ a: '1', b: '1' });
    const texts = ['a', 'b', 'c'].map((name) => [join(folder, name), name === 'b' ? '1' : '2'] as const);
    expect(await writeTexts(texts)).toBe(2);
    expect(['a', 'b', 'c'].map((name) => readIfThere(join(folder, name)))).toEqual(['2', '1', '2']);
  });

  it('changes none of them where one cannot be written, and says which', async () => {
    const folder = makeFolder({ a: '1' });
    symlinkSync('nowhere', join(folder, 'link'));
    const last = join(folder, 'link/b');
    await expect(
      writeTexts([
        [join(folder, 'a'), '2'],
        [join(folder, 'c'), '2'],
        [last, '2'],
      ]),
    ).rejects.toMatchObject({ path: join(folder, 'link') });
    expect(readIfThere(join(folder, 'a'))).toBe('1');
    expect(readdirSync(folder).sort()).toEqual(['a', 'link']);
  });

  it('puts none in place after one that could not be', async () => {
    const folder = makeFolder({ a: '1', c: '1' });
    mkdirSync(join(folder, 'b/full'), { recursive: true });
    const texts = ['a', 'b', 'c'].map((name) => [join(folder, name), '2'] as const);
    await expect(writeTexts(texts.slice(1).reverse())).rejects.toMatchObject({ code: 'EISDIR' });
    expect(readIfThere(join(folder, 'a'))).toBe('1');
    expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'c']);
  });
});

describe('reading a text', () => {
  it('gives nothing for a file that is not there, and does not hide other failures', () => {
    const folder = makeFolder();
    expect(readIfThere(join(folder, 'a.txt'))).toBeUndefined();
    expect(() => readIfThere(folder)).toThrow('EISDIR');
  });
});
