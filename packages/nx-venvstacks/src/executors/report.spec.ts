import type { LockResult } from '../lock';
import { reportLock } from './report';

const result = (changes: Partial<LockResult>): LockResult => ({
  deployedName: 'app-report@4',
  previousName: 'app-report@4',
  isNew: false,
  outcome: 'locked',
  resolved: false,
  reasons: ['launch module report changed'],
  packageChanges: [],
  notes: [],
  ...changes,
});

describe('the report of a lock', () => {
  it.each<[LockResult['outcome'], string]>([
    ['current', 'app-report@4: nothing to do'],
    ['mended', 'app-report@4: summary or requirements written again'],
    ['excluded', 'app-report@4: no platform left, nothing to lock'],
  ])('is one line for a layer that is %s', (outcome, line) => {
    expect(reportLock(result({ outcome }))).toBe(line);
  });

  it('tells the former number', () => {
    expect(reportLock(result({ previousName: 'app-report@3' }))).toBe(
      'app-report@4 (was 3): launch module report changed',
    );
  });

  it('tells no number that stayed', () => {
    expect(reportLock(result({}))).toBe('app-report@4: launch module report changed');
  });

  it.each([
    ['app-report@4', 'app-report', 'app-report@4 (was app-report): versioned'],
    ['app-report', 'app-report@4', 'app-report (was app-report@4): versioned'],
    ['app-report@1', 'app-old@4', 'app-report@1 (was app-old@4): versioned'],
  ])('tells the whole former name of %s, which was %s', (deployedName, previousName, line) => {
    expect(reportLock(result({ deployedName, previousName, reasons: ['versioned'] }))).toBe(line);
  });

  it('tells that a layer is new', () => {
    const [first, second] = reportLock(
      result({ deployedName: 'app-report@1', previousName: undefined, isNew: true, packageChanges: ['3 packages'] }),
    ).split('\n');
    expect(first).toMatch(/^app-report@1 \(new\)/);
    expect(second).toBe('  3 packages');
  });

  it('tells why where there was a record that could not be read', () => {
    const changes = { previousName: undefined, reasons: ['its version record has conflict markers'] };
    expect(reportLock(result(changes))).toBe('app-report@4: its version record has conflict markers');
  });

  it('lists all reasons, then packages and notes, indented', () => {
    const text = reportLock(
      result({
        previousName: 'app-report@3',
        reasons: ['requirement scipy added', 'cutoff is now 2026-03-01T00:00:00Z (was unset)'],
        packageChanges: ['scipy 1.16.2 → 1.16.3', 'six 1.17.0 added'],
        notes: ['no git history here'],
      }),
    );
    expect(text).toBe(`app-report@4 (was 3): requirement scipy added, cutoff is now 2026-03-01T00:00:00Z (was unset)
  scipy 1.16.2 → 1.16.3
  six 1.17.0 added
  no git history here`);
  });
});
