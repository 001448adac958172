import { contentsOf, inputsOf, resolutionOf } from '../testing/records';
import { describeChanges, inputsChanged, resolutionChanged } from './changes';
import type { Contents, ResolutionInputs } from './record';

const BEFORE = inputsOf();
const launch = (name: string, hash: string) => ({ role: 'launch' as const, name, hash });
const support = (name: string, hash: string) => ({ role: 'support' as const, name, hash });

describe('a change of what is resolved', () => {
  it.each<[Partial<ResolutionInputs>, string[]]>([
    [
      { requirements: ['idna>=3', 'six'] },
      ['requirement idna>=3 added', 'requirement six added', 'requirement idna removed'],
    ],
    [{ python: 'cpython@3.12.8' }, ['Python is now cpython@3.12.8 (was cpython@3.12.7)']],
    [{ platforms: ['linux_x86_64', 'win_amd64'] }, ['platform win_amd64 added']],
    [{ cutoff: '2026-03-01T00:00:00Z' }, ['cutoff is now 2026-03-01T00:00:00Z (was unset)']],
    [{ package_indexes: { torch: 'cpu' } }, ['package index of torch is now cpu (was unset)']],
    [{ priority_indexes: ['cpu'] }, ['priority_indexes changed']],
    [{ uv: { resolution: 'sha256:00' } }, ['uv configuration resolution added']],
    [
      {
        lower_pins: [
          ['cpython-3.12', 'sha256:01'],
          ['framework-tools', 'sha256:99'],
        ],
      },
      ['packages of lower layer framework-tools changed'],
    ],
  ])('to %j is told, and asks for a resolution', (change, words) => {
    const now = inputsOf({ resolution: resolutionOf(change) });
    expect(describeChanges(BEFORE, now)).toEqual(words);
    expect(resolutionChanged(BEFORE, now)).toBe(true);
    expect(inputsChanged(BEFORE, now)).toBe(true);
  });

  it.each<[Partial<Contents>, string]>([
    [{ linux_target: 'glibc@2.34' }, 'linux_target is now glibc@2.34 (was glibc@2.28)'],
    [{ macosx_target: '13.0' }, 'macosx_target is now 13.0 (was unset)'],
    [{ env_name: 'app-other' }, 'environment name is now app-other (was app-report)'],
  ])('may be one of contents, too: %j', (change, words) => {
    const now = inputsOf({ contents: contentsOf('X', change) });
    expect(describeChanges(BEFORE, now)).toEqual([words]);
    expect(resolutionChanged(BEFORE, now)).toBe(true);
  });

  it('tells what was removed from uv’s configuration and what changed in it', () => {
    const before = inputsOf({ resolution: resolutionOf({ uv: { a: '1', 'index.b': '1' } }) });
    const now = inputsOf({ resolution: resolutionOf({ uv: { 'index.b': '2' } }) });
    expect(describeChanges(before, now)).toEqual(['uv configuration a removed', 'uv configuration index.b changed']);
  });
});

describe('a change of what is deployed alone', () => {
  it.each<[Partial<Contents>, string[]]>([
    [{ modules: [launch('report', 'sha256:99')] }, ['launch module report changed']],
    [{ modules: [launch('other', 'sha256:00')] }, ['launch module report is now other']],
    [{ modules: [launch('report', 'sha256:00'), support('helpers', '1')] }, ['support module helpers added']],
    [{ dynlib_exclude: ['libx*'] }, ['dynlib_exclude libx* added']],
    [
      { lower: ['framework-tools@2', 'cpython-3.12'] },
      ['lower layer framework-tools is now framework-tools@2 (was framework-tools@1)'],
    ],
    [{ lower: ['framework-tools@1', 'framework-new', 'cpython-3.12'] }, ['lower layer framework-new added']],
    [{ lower: ['cpython-3.12'] }, ['lower layer framework-tools removed']],
    [
      { lower: ['cpython-3.12', 'framework-tools@1'] },
      ['order of the lower layers is now cpython-3.12, framework-tools@1'],
    ],
  ])('to %j is told, and needs no resolution', (change, words) => {
    const now = inputsOf({ contents: contentsOf('X', change) });
    expect(describeChanges(BEFORE, now)).toEqual(words);
    expect(resolutionChanged(BEFORE, now)).toBe(false);
    expect(inputsChanged(BEFORE, now)).toBe(true);
  });

  it('may be one of support modules', () => {
    const of = (...modules: Contents['modules']) => inputsOf({ contents: contentsOf('X', { modules }) });
    expect(describeChanges(of(support('a', '1'), support('b', '1')), of(support('b', '2'), support('c', '1')))).toEqual(
      ['support module b changed', 'support module c added', 'support module a removed'],
    );
  });

  it('may be one of being versioned', () => {
    expect(describeChanges(BEFORE, inputsOf({ versioned: false }))).toEqual(['versioned is now false']);
    expect(describeChanges(inputsOf({ versioned: false }), BEFORE)).toEqual(['versioned is now true']);
    expect(resolutionChanged(BEFORE, inputsOf({ versioned: false }))).toBe(false);
  });

  it('tells of a Python once, not for resolution and contents both', () => {
    const now = inputsOf({
      contents: contentsOf('X', { python: 'cpython@3.13' }),
      resolution: resolutionOf({ python: 'cpython@3.13.1' }),
    });
    expect(describeChanges(BEFORE, now)).toEqual(['Python is now cpython@3.13.1 (was cpython@3.12.7)']);
  });

  it('leaves a lower layer’s number that is not known yet to the words about that layer', () => {
    const now = inputsOf({ contents: contentsOf('X', { lower: ['framework-tools@???', 'cpython-3.12'] }) });
    expect(describeChanges(BEFORE, now)).toEqual([]);
    expect(inputsChanged(BEFORE, now)).toBe(true);
  });
});

describe('no change', () => {
  it('is told where the inputs are equal, whatever the packages and the order of keys', () => {
    const { python, ...rest } = resolutionOf();
    const now = inputsOf({ contents: contentsOf('other packages'), resolution: { ...rest, python } });
    expect(describeChanges(BEFORE, now)).toEqual([]);
    expect(inputsChanged(BEFORE, now)).toBe(false);
    expect(resolutionChanged(BEFORE, now)).toBe(false);
  });
});
