import { accountOf, describeMove } from './moves';
import type { Standing } from './standing';

const numbered = (number: number, envName = 'app-report'): Standing => ({ kind: 'numbered', envName, number });
const unnumbered = (contents: string, envName = 'app-report'): Standing => ({ kind: 'unnumbered', envName, contents });
const ABSENT: Standing = { kind: 'absent' };
const UNCLEAR: Standing = { kind: 'unclear' };

describe('what moved', () => {
  it.each<[string, before: Standing, now: Standing, line: string | undefined]>([
    ['a number that moved', numbered(3), numbered(4), 'app-report@4 (was 3)'],
    ['one that a branch or the cache took back', numbered(4), numbered(3), 'app-report@3 (was 4)'],
    ['a number that stayed', numbered(3), numbered(3), undefined],
    ['a new layer', ABSENT, numbered(1), 'app-report@1 (new)'],
    ['a new layer without a number', ABSENT, unnumbered('a'), 'app-report (new)'],
    ['other contents without a number', unnumbered('a'), unnumbered('b'), 'app-report (changed)'],
    ['the same contents without a number', unnumbered('a'), unnumbered('a'), undefined],
    ['a layer that got a number', unnumbered('a'), numbered(1), 'app-report@1 (was app-report)'],
    ['a layer that lost it', numbered(2), unnumbered('a'), 'app-report (was app-report@2)'],
    ['a layer that was renamed in place', numbered(2, 'app-old'), numbered(1), 'app-report@1 (was app-old@2)'],
    ['a record that was no record', UNCLEAR, numbered(4), 'app-report@4'],
    ['one of venvstacks, taken over', { kind: 'foreign', number: 3 }, numbered(3), undefined],
    ['one of venvstacks, moved', { kind: 'foreign', number: 3 }, numbered(4), 'app-report@4 (was 3)'],
    ['one of venvstacks without a number', { kind: 'foreign', number: 1 }, unnumbered('a'), undefined],
    ['a layer that could not be locked', numbered(3), UNCLEAR, undefined],
    ['a layer that has no files any more', numbered(3), ABSENT, undefined],
  ])('tells of %s', (_, before, now, line) => {
    expect(describeMove(before, now)).toBe(line);
  });

  it('lists lower layers first', () => {
    const names = ['app-b', 'framework-z', 'app-a', 'cpython-3.12'];
    const account = accountOf(names.map((name) => ({ before: numbered(1, name), now: numbered(2, name) })));
    expect(account).toBe(
      `Layers that moved:
  cpython-3.12@2 (was 1)
  framework-z@2 (was 1)
  app-a@2 (was 1)
  app-b@2 (was 1)`,
    );
  });

  it('says nothing where nothing moved', () => {
    expect(accountOf([])).toBeUndefined();
    expect(accountOf([{ before: numbered(1), now: numbered(1) }])).toBeUndefined();
  });

  it('is short in a large workspace', () => {
    const many = Array.from({ length: 1000 }, (_, n) => ({ before: ABSENT, now: numbered(1, `app-${n}`) }));
    const lines = accountOf(many)?.split('\n');
    expect(lines).toHaveLength(31);
    expect(lines?.at(-1)).toBe('  ... and 971 more: git diff shows them');
  });

  it('keeps what moves the cursor out of a terminal', () => {
    const name = 'app-\u001b[2J\u009b1A\u202ename';
    expect(accountOf([{ before: ABSENT, now: numbered(1, name) }])).toBe(
      'Layers that moved:\n  app-?[2J?1A?name@1 (new)',
    );
  });
});
