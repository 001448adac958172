import { packageTable } from '../testing/locked-stack';
import { collectConstraints, formatConstraint, type LowerLock } from './constraints';
import { parseLock } from './pylock';

const lock = (envName: string, ...packages: string[]): LowerLock => ({
  envName,
  packages: parseLock(packages.join('\n')).packages,
});
const texts = (...locks: LowerLock[]) => collectConstraints(locks).map(formatConstraint);

describe('constraints from lower locks', () => {
  it('are their own packages, sorted by code point', () => {
    const runtime = lock('cpython-3.12', packageTable('numpy==2.1.0'), packageTable('attrs==25.4.0'));
    const framework = lock('framework-a', packageTable('Zope==1.0'), packageTable('idna==3.11'));
    expect(texts(runtime, framework)).toEqual(['attrs==25.4.0', 'idna==3.11', 'numpy==2.1.0', 'Zope==1.0']);
  });

  it('leave out shared packages, which another lower layer provides', () => {
    expect(texts(lock('framework-a', packageTable('attrs==25.4.0', { shared: true })))).toEqual([]);
  });

  it('keep the pin of the first layer that holds one without marker', () => {
    const [a, b] = [lock('framework-a', packageTable('six==1.0')), lock('framework-b', packageTable('six==2.0'))];
    expect(collectConstraints([a, b])).toEqual([{ name: 'six', version: '1.0', marker: '', layer: 'framework-a' }]);
  });

  it('keep the conditional pins that were met before an unconditional one, each marker once', () => {
    const windows = { marker: "sys_platform == 'win32'" };
    const linux = { marker: "sys_platform == 'linux'" };
    expect(
      texts(
        lock('cpython-3.12', packageTable('six==1.0', windows)),
        lock('framework-a', packageTable('six==2.0', windows), packageTable('six==2.5', linux)),
        lock('framework-b', packageTable('six==3.0')),
        lock('framework-c', packageTable('six==4.0', { marker: "sys_platform == 'darwin'" })),
      ),
    ).toEqual(["six==1.0 ; sys_platform == 'win32'", "six==2.5 ; sys_platform == 'linux'", 'six==3.0']);
  });

  it('take names that differ only in spelling for one package', () => {
    const [a, b] = [lock('framework-a', packageTable('a_b.c==1.0')), lock('framework-b', packageTable('A-B-C==2.0'))];
    expect(texts(a, b)).toEqual(['a_b.c==1.0']);
  });
});
