import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../testing/folder';
import { Disk } from './disk';

describe('what is on disk', () => {
  const folder = makeFolder({
    'real/main.py': '',
    'real/both.py': '',
    'real/BOTH.PY': '',
    'real/123': '',
    'real/ü.py': '',
  });
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
  symlinkSync(join(folder, 'circle'), join(folder, 'circle'));

  it.each([
    ['main.py', true],
    ['Main.py', false],
    ['other.py', false],
    // Certain only where another case would tell, and there is one.
    ['both.py', false],
    ['123', false],
    ['ü.py', false],
  ])('has %s under exactly this name: %p', (name, expected) => {
    expect(new Disk().hasExactly(join(folder, 'real'), name)).toBe(expected);
  });

  it.each([
    ['real/main.py', 'real/main.py'],
    ['link/main.py', 'real/main.py'],
    ['link/not/there.py', 'real/not/there.py'],
    ['dangling', 'dangling'],
    ['dangling/a.py', 'dangling/a.py'],
  ])('has %s at %s without links on the way', (path, expected) => {
    const disk = new Disk();
    expect(disk.realPathOf(join(folder, path))).toBe(join(folder, expected));
    // And so from what it has found.
    expect(disk.realPathOf(join(folder, path))).toBe(join(folder, expected));
  });

  it('does not follow a link in a circle', () => {
    expect(() => new Disk().realPathOf(join(folder, 'circle'))).toThrow('ELOOP');
  });
});
