import { posix, win32 } from 'node:path';
import { makeFolder } from '../testing/folder';
import { foldName, isInside, otherSpelling, wayFrom } from './paths';

describe('what lies in a folder', () => {
  it.each([
    ['/ws', '/ws', true],
    ['/ws/a/b', '/ws', true],
    ['/ws/..a/b', '/ws', true],
    ['/ws/..', '/ws', false],
    ['/wsx', '/ws', false],
    ['/other', '/ws', false],
    ['/ws/a/../../b', '/ws', false],
    ['/ws/a/../b', '/ws', true],
  ])('by the rules of Linux and macOS: %s in %s is %p', (path, folder, expected) => {
    expect(isInside(path, folder, posix)).toBe(expected);
  });

  it.each([
    ['C:\\ws\\a', 'C:\\ws', true],
    ['c:\\WS\\a', 'C:\\ws', true],
    ['C:/ws/a', 'C:\\ws', true],
    ['C:\\ws\\..a', 'C:\\ws', true],
    ['C:\\wsx', 'C:\\ws', false],
    // No relative path leads to another drive or server.
    ['D:\\ws\\a', 'C:\\ws', false],
    ['D:\\', 'C:\\', false],
    ['\\\\server\\share\\ws\\a', '\\\\server\\share\\ws', true],
    ['\\\\server\\share\\other', '\\\\server\\share\\ws', false],
    ['\\\\other\\share\\ws\\a', '\\\\server\\share\\ws', false],
    ['\\\\server\\share\\a', 'C:\\ws', false],
    ['\\\\?\\C:\\ws\\a', '\\\\?\\C:\\ws', true],
  ])('by the rules of Windows: %s in %s is %p', (path, folder, expected) => {
    expect(isInside(path, folder, win32)).toBe(expected);
  });
});

describe('the way from a folder to a path', () => {
  it.each([
    ['/ws', '/ws/a/b.py', 'a/b.py'],
    ['/ws', '/ws', ''],
    ['/ws', '/ws/', ''],
    ['/ws', '/ws//a/', 'a'],
    ['/ws', '/ws/.git/a', '.git/a'],
    ['/ws', '/ws/a/../../b', '../b'],
    ['/ws', '/wsx/a', '../wsx/a'],
    ['/', '/a/b', 'a/b'],
  ])('by the rules of Linux and macOS: from %s to %s', (folder, path, expected) => {
    expect(wayFrom(folder, path, posix)).toBe(expected);
  });

  it.each([
    ['C:\\ws', 'C:\\ws\\a\\b.py', 'a/b.py'],
    ['C:\\ws', 'c:\\WS\\a', 'a'],
    ['C:\\ws', 'C:\\ws\\a/../../b', '../b'],
  ])('by the rules of Windows: from %s to %s', (folder, path, expected) => {
    expect(wayFrom(folder, path, win32)).toBe(expected);
  });
});

describe('names that are one to some file system', () => {
  it.each([
    ['Main.py', 'main.py'],
    ['h\u00fclfe', 'hu\u0308lfe'],
    ['STRASSE', 'straße'],
    ['\u1e69', 's\u0307\u0323'],
  ])('have one key: %s and %s', (a, b) => {
    expect(foldName(a)).toBe(foldName(b));
  });

  it('are not those that differ', () => {
    expect(foldName('a.py')).not.toBe(foldName('a_py'));
    expect(foldName('ä')).not.toBe(foldName('a'));
  });
});

describe('a path on disk', () => {
  const folder = makeFolder({
    'main.py': '',
    'stack/Source/h\u00fclfe.py': '',
    'stack/both/a.py': '',
    'stack/both/A.py': '',
  });

  it.each([
    ['Main.py', 'main.py'],
    ['stack/source/h\u00fclfe.py', 'stack/Source/h\u00fclfe.py'],
    ['./STACK/Source/hu\u0308lfe.py', 'stack/Source/h\u00fclfe.py'],
    ['stack/../MAIN.py', 'main.py'],
    ['Stack/Source/', 'stack/Source'],
  ])('is spelled in one way: %s is %s', (path, spelled) => {
    expect(otherSpelling(folder, path)).toBe(spelled);
  });

  it.each(['main.py', './main.py', 'stack/Source/', 'stack/both/A.py', 'stack/both/a.py', 'none/../main.py'])(
    'is spelled right: %s',
    (path) => {
      expect(otherSpelling(folder, path)).toBeUndefined();
    },
  );

  it.each(['other.py', 'Stack/other.py', 'main.py/x'])('is not there in any spelling: %s', (path) => {
    expect(otherSpelling(folder, path)).toBeUndefined();
  });

  it('may start above its folder', () => {
    expect(otherSpelling(`${folder}/stack/Source`, '../../Main.py')).toBe('../../main.py');
  });
});
