import { conflictOf, contentsOf, foreignRecordOf, inputsOf, recordOf } from '../testing/records';
import { decideNumber, unchangedSince, type Past, type PastRecord } from './number';
import { formatRecord, parseRecord, parseRecordFile, type RecordOnDisk, type VersionRecord } from './record';

const X = contentsOf('X');
const Y = contentsOf('Y');
const NOTHING: Past = { onDisk: { kind: 'absent' }, committed: [], merging: false, foreignHolds: false };

/** A versioned record that gives a number to contents. */
const numbered = (lock_version: number, packages: string, changes: Partial<VersionRecord> = {}) =>
  recordOf({ lock_version, inputs: inputsOf({ contents: contentsOf(packages) }), ...changes });
const onDisk = (record: object): RecordOnDisk => parseRecordFile(JSON.stringify(record));
const own = (record: object): PastRecord => ({ parsed: parseRecord(JSON.stringify(record)), inOwnFolder: true });
const elsewhere = (record: object): PastRecord => ({ ...own(record), inOwnFolder: false });
/** As a merge driver or a hand leaves it: the fingerprint is that of another state. */
const unfit = (record: VersionRecord) => ({ ...record, fingerprint: 'sha256:00' });
const conflict = (ours: VersionRecord, theirs: VersionRecord): RecordOnDisk =>
  parseRecordFile(conflictOf(ours, theirs));

/** The number that a versioned layer with these contents gets. */
const numberOf = (contents: typeof X, past: Partial<Past>) =>
  decideNumber(true, contents, { ...NOTHING, ...past }).lockVersion;

describe('the first lock', () => {
  it('is number 1', () => {
    expect(decideNumber(true, X, NOTHING)).toEqual({ lockVersion: 1, lastVersion: 1 });
  });

  it('of a layer that is not versioned takes no number', () => {
    expect(decideNumber(false, X, NOTHING)).toEqual({ lockVersion: 1, lastVersion: 0 });
  });
});

describe('a record on disk', () => {
  it('keeps its number for the same contents', () => {
    expect(decideNumber(true, X, { ...NOTHING, onDisk: onDisk(numbered(3, 'X')) })).toEqual({
      lockVersion: 3,
      lastVersion: 3,
    });
  });

  it('gives the next number to other contents', () => {
    expect(decideNumber(true, Y, { ...NOTHING, onDisk: onDisk(numbered(3, 'X')) })).toEqual({
      lockVersion: 4,
      lastVersion: 4,
    });
  });

  it('never gives a number below its last_version again', () => {
    const record = numbered(3, 'X', { last_version: 7 });
    expect(decideNumber(true, Y, { ...NOTHING, onDisk: onDisk(record) }).lockVersion).toBe(8);
    // A versioned record whose number is not its highest is none that we wrote: it speaks for nothing.
    expect(decideNumber(true, X, { ...NOTHING, onDisk: onDisk(record) })).toEqual({ lockVersion: 8, lastVersion: 8 });
  });

  it.each([
    ['a module', { modules: [{ role: 'launch', name: 'report', hash: 'sha256:99' }] }],
    ['the order of the lower layers', { lower: ['cpython-3.12', 'framework-tools@1'] }],
    ['a lower deployed name', { lower: ['framework-tools@2', 'cpython-3.12'] }],
    ['the Python', { python: 'pypy@3.12' }],
    ['a target', { linux_target: null }],
    ['dynlib_exclude', { dynlib_exclude: ['libx*'] }],
    ['the environment name', { env_name: 'app-other' }],
  ] as const)('gives the next number if %s differs', (_, changes) => {
    expect(numberOf(contentsOf('X', changes), { onDisk: onDisk(numbered(3, 'X')) })).toBe(4);
  });

  it('speaks for its contents whatever the order of its keys', () => {
    const { env_name, ...rest } = X;
    const record = recordOf({ lock_version: 3, inputs: inputsOf({ contents: { ...rest, env_name } }) });
    expect(numberOf(X, { onDisk: onDisk(record) })).toBe(3);
  });
});

describe('a number that is contradicted', () => {
  it('by a committed record of this folder is not kept', () => {
    expect(numberOf(X, { onDisk: onDisk(numbered(8, 'X')), committed: [own(numbered(8, 'Y'))] })).toBe(9);
  });

  it('only by a record in another folder is kept', () => {
    const past = { onDisk: onDisk(numbered(8, 'X')), committed: [elsewhere(numbered(8, 'Y'))] };
    expect(numberOf(X, past)).toBe(8);
  });

  it('by a record in another folder is not kept while a merge is under way', () => {
    const past = { onDisk: onDisk(numbered(8, 'X')), committed: [elsewhere(numbered(8, 'Y'))], merging: true };
    expect(numberOf(X, past)).toBe(9);
  });

  it('only by a record that does not fit is kept', () => {
    expect(numberOf(X, { onDisk: onDisk(numbered(8, 'X')), committed: [own(unfit(numbered(8, 'Y')))] })).toBe(8);
  });

  it('only by a record that was not versioned is kept', () => {
    const unversioned = recordOf({ lock_version: 8, inputs: inputsOf({ versioned: false, contents: Y }) });
    expect(numberOf(X, { onDisk: onDisk(numbered(8, 'X')), committed: [own(unversioned)] })).toBe(8);
  });

  it('only by a record of venvstacks is kept', () => {
    const past = { onDisk: onDisk(numbered(8, 'X')), committed: [own(foreignRecordOf({ lock_version: 8 }))] };
    expect(numberOf(X, past)).toBe(8);
  });
});

describe('history', () => {
  it('lifts the next number above every number in it', () => {
    const committed = [own(numbered(3, 'X')), own(numbered(12, 'Z')), own(numbered(5, 'W'))];
    expect(numberOf(Y, { onDisk: onDisk(numbered(3, 'X')), committed })).toBe(13);
  });

  it('counts a last_version, too, that no record has as its number', () => {
    expect(
      numberOf(Y, { onDisk: onDisk(numbered(3, 'X')), committed: [own(numbered(2, 'X', { last_version: 9 }))] }),
    ).toBe(10);
  });

  it('in other folders takes numbers all the same', () => {
    expect(numberOf(Y, { onDisk: onDisk(numbered(3, 'X')), committed: [elsewhere(numbered(12, 'Z'))] })).toBe(13);
  });

  it('after a revert and another edit gives a number above the reverted one', () => {
    // edit, lock (2), commit, git revert, another edit, lock
    const committed = [own(numbered(1, 'X')), own(numbered(2, 'Y'))];
    expect(numberOf(contentsOf('Z'), { onDisk: onDisk(numbered(1, 'X')), committed })).toBe(3);
  });

  it('with an old tree brought back keeps the old number for the old contents', () => {
    const committed = [own(numbered(3, 'Z')), own(numbered(2, 'Y')), own(numbered(1, 'X'))];
    expect(numberOf(X, { onDisk: onDisk(numbered(1, 'X')), committed })).toBe(1);
  });
});

describe('a deleted record', () => {
  it('gives its number again to the contents of the newest in this folder', () => {
    expect(numberOf(X, { committed: [own(numbered(3, 'X')), own(numbered(2, 'Y'))] })).toBe(3);
  });

  it('does not bring an older one back', () => {
    expect(numberOf(Y, { committed: [own(numbered(3, 'X')), own(numbered(2, 'Y'))] })).toBe(4);
  });

  it('edited, locked and edited back before is found by its latest number', () => {
    // edit, lock (2), edit back, lock (3), commit, delete the record, lock
    expect(numberOf(X, { committed: [own(numbered(3, 'X')), own(numbered(1, 'X'))] })).toBe(3);
  });

  it('of which only other folders know is taken over from the newest there', () => {
    const committed = [elsewhere(numbered(5, 'X')), elsewhere(numbered(9, 'Y'))];
    expect(numberOf(X, { committed })).toBe(5);
    expect(numberOf(Y, { committed })).toBe(10);
  });

  it('is looked for in other folders only if this one has none', () => {
    const committed = [elsewhere(numbered(9, 'X')), own(numbered(3, 'Y'))];
    expect(numberOf(X, { committed })).toBe(10);
    expect(numberOf(Y, { committed })).toBe(3);
  });

  it('whose newest version does not fit gives no number', () => {
    expect(numberOf(X, { committed: [own(unfit(numbered(3, 'X'))), own(numbered(2, 'X'))] })).toBe(4);
  });

  it('whose number an older version gave to other contents gives the next', () => {
    expect(numberOf(X, { committed: [own(numbered(3, 'X')), own(numbered(3, 'Y'))] })).toBe(4);
  });
});

describe('a record that does not fit its fingerprint', () => {
  it('speaks for no contents', () => {
    expect(numberOf(X, { onDisk: onDisk(unfit(numbered(3, 'X'))) })).toBe(4);
  });

  it('gives the number that was raised by hand, as it is, whatever the contents', () => {
    const raised = onDisk({ ...numbered(3, 'X'), lock_version: 20 });
    expect(decideNumber(true, X, { ...NOTHING, onDisk: raised, committed: [own(numbered(3, 'X'))] })).toEqual({
      lockVersion: 20,
      lastVersion: 20,
    });
    expect(numberOf(Y, { onDisk: raised, committed: [own(numbered(3, 'X'))] })).toBe(20);
  });

  it('gives no number that history has reached', () => {
    const raised = onDisk({ ...numbered(3, 'X'), lock_version: 20 });
    expect(numberOf(X, { onDisk: raised, committed: [own(numbered(20, 'Y'))] })).toBe(21);
    expect(numberOf(X, { onDisk: raised, committed: [elsewhere(numbered(25, 'Y'))] })).toBe(26);
  });

  it('gives no number that is not above its own last_version', () => {
    expect(numberOf(X, { onDisk: onDisk({ ...numbered(3, 'X'), last_version: 5 }) })).toBe(6);
    expect(numberOf(X, { onDisk: onDisk({ ...numbered(3, 'X', { last_version: 5 }), lock_version: 5 }) })).toBe(6);
  });

  it('but has a lock_version below its last_version is settled by the rule', () => {
    expect(numberOf(X, { onDisk: onDisk({ ...numbered(7, 'X'), lock_version: 2 }) })).toBe(8);
  });
});

describe('a conflict', () => {
  it('of two sides that agree keeps their number', () => {
    const past = { onDisk: conflict(numbered(8, 'X'), numbered(8, 'X', { lineage: 'two' })) };
    expect(numberOf(X, past)).toBe(8);
    expect(numberOf(Y, past)).toBe(9);
  });

  it('of one number for two contents gives the next, even if the merged contents are one side’s', () => {
    const past = { onDisk: conflict(numbered(8, 'X'), numbered(8, 'Y')) };
    expect([X, Y, contentsOf('Z')].map((contents) => numberOf(contents, past))).toEqual([9, 9, 9]);
  });

  it.each([
    ['ours', conflict(numbered(9, 'X'), numbered(8, 'Y'))],
    ['theirs', conflict(numbered(8, 'Y'), numbered(9, 'X'))],
  ])('with %s above the other keeps that number only for its own contents', (_, both) => {
    expect(numberOf(X, { onDisk: both })).toBe(9);
    expect(numberOf(Y, { onDisk: both })).toBe(10);
    expect(numberOf(contentsOf('Z'), { onDisk: both })).toBe(10);
  });

  it('with a number that is not above the other side’s last_version gives the next', () => {
    const past = { onDisk: conflict(numbered(9, 'X'), numbered(8, 'Y', { last_version: 9 })) };
    expect(numberOf(X, past)).toBe(10);
  });

  it('whose higher side does not fit gives the next', () => {
    const past = { onDisk: conflict(unfit(numbered(9, 'X')), numbered(8, 'Y')) };
    expect(numberOf(X, past)).toBe(10);
  });

  it('whose other side cannot be read counts the numbers that can be made out in it', () => {
    const damaged = `{"lock_version": 9, "last_version": 9, `;
    const text = (ours: VersionRecord) => `<<<<<<< HEAD\n${formatRecord(ours)}=======\n${damaged}\n>>>>>>> branch\n`;
    expect(numberOf(X, { onDisk: parseRecordFile(text(numbered(8, 'X'))) })).toBe(10);
    expect(numberOf(X, { onDisk: parseRecordFile(text(numbered(10, 'X'))) })).toBe(10);
  });

  it('of a versioned and an unversioned side keeps the number of the versioned one', () => {
    const unversioned = recordOf({ lock_version: 1, last_version: 7, inputs: inputsOf({ versioned: false }) });
    expect(numberOf(X, { onDisk: conflict(numbered(8, 'X'), unversioned) })).toBe(8);
    expect(numberOf(X, { onDisk: conflict(unversioned, numbered(7, 'X')) })).toBe(8);
  });

  it('settles above both sides and above history', () => {
    const past = { onDisk: conflict(numbered(9, 'X'), numbered(8, 'Y')), committed: [own(numbered(11, 'W'))] };
    expect(numberOf(contentsOf('Z'), past)).toBe(12);
  });

  it('whose winning number history gave to other contents gives the next', () => {
    const past = { onDisk: conflict(numbered(9, 'X'), numbered(8, 'Y')), committed: [own(numbered(9, 'W'))] };
    expect(numberOf(X, past)).toBe(10);
  });
});

describe('a record by venvstacks', () => {
  const foreign = onDisk(foreignRecordOf({ lock_version: 4 }));

  it('that holds keeps its number', () => {
    expect(decideNumber(true, X, { ...NOTHING, onDisk: foreign, foreignHolds: true })).toEqual({
      lockVersion: 4,
      lastVersion: 4,
    });
  });

  it('that no longer holds gives the next number', () => {
    expect(numberOf(X, { onDisk: foreign })).toBe(5);
  });

  it('that holds beside a record of ours in this folder gives the next number', () => {
    expect(numberOf(X, { onDisk: foreign, foreignHolds: true, committed: [own(numbered(3, 'Y'))] })).toBe(5);
    expect(numberOf(X, { onDisk: foreign, foreignHolds: true, committed: [elsewhere(numbered(3, 'Y'))] })).toBe(4);
  });

  it('keeps its number if a fitting record of ours gives it to the same contents', () => {
    expect(numberOf(X, { onDisk: foreign, committed: [own(numbered(4, 'X'))] })).toBe(4);
    expect(numberOf(X, { onDisk: foreign, committed: [own(unfit(numbered(4, 'X')))] })).toBe(5);
    expect(numberOf(X, { onDisk: foreign, committed: [own(numbered(4, 'Y'))] })).toBe(5);
  });

  it('gives the next number if records of ours give its number to other contents, too', () => {
    expect(numberOf(X, { onDisk: foreign, committed: [own(numbered(4, 'X')), own(numbered(4, 'Y'))] })).toBe(5);
  });

  it('in history takes its number', () => {
    expect(numberOf(X, { committed: [own(foreignRecordOf({ lock_version: 6 }))] })).toBe(7);
  });
});

describe('a record that cannot be used', () => {
  it('on disk still takes the numbers that can be made out in it', () => {
    expect(numberOf(X, { onDisk: parseRecordFile('{"lock_version": 5, "last_version": 6,') })).toBe(7);
  });

  it.each([
    ['damaged', '{"last_version": 6, "lock_vers'],
    ['impossible', JSON.stringify({ ...recordOf(), lock_version: -1, last_version: 6 })],
    ['of a newer format', JSON.stringify({ ...recordOf({ lock_version: 6 }), format: 2 })],
  ])('in history (%s) still takes its numbers', (_, text) => {
    expect(numberOf(X, { committed: [{ parsed: parseRecord(text), inOwnFolder: true }] })).toBe(7);
  });
});

describe('versioned off and on', () => {
  const off = (last_version: number) =>
    recordOf({ lock_version: 1, last_version, inputs: inputsOf({ versioned: false }) });

  it('keeps the highest number in mind while it is off', () => {
    expect(decideNumber(false, X, { ...NOTHING, onDisk: onDisk(numbered(4, 'X')) })).toEqual({
      lockVersion: 1,
      lastVersion: 4,
    });
    expect(decideNumber(false, Y, { ...NOTHING, onDisk: onDisk(off(4)) })).toEqual({ lockVersion: 1, lastVersion: 4 });
  });

  it('begins with 1 for a layer that never had a number', () => {
    expect(numberOf(X, { onDisk: onDisk(off(0)) })).toBe(1);
  });

  it('goes on after the last number, even for the same contents', () => {
    expect(numberOf(X, { onDisk: onDisk(off(4)), committed: [own(numbered(4, 'X'))] })).toBe(5);
  });

  it('does not count the 1 of an unversioned record as taken', () => {
    expect(numberOf(X, { committed: [own(off(0))] })).toBe(1);
  });
});

describe('the time of unchanged contents', () => {
  const locked_at = '2026-01-02T03:04:05+00:00';
  const record = numbered(3, 'X', { locked_at });

  it.each<[string, Partial<Past>]>([
    ['the record on disk', { onDisk: onDisk(record) }],
    ['the newest committed one, if it was deleted', { committed: [own(record), own(numbered(2, 'Y'))] }],
    [
      'one of an unversioned layer',
      { onDisk: onDisk(recordOf({ locked_at, inputs: inputsOf({ versioned: false }) })) },
    ],
    ['one by venvstacks that holds', { onDisk: onDisk(foreignRecordOf({ locked_at })), foreignHolds: true }],
  ])('is that of %s', (_, past) => {
    expect(unchangedSince(X, { ...NOTHING, ...past })).toBe(locked_at);
  });

  it.each<[string, Partial<Past>]>([
    ['other contents', { onDisk: onDisk(numbered(3, 'Y', { locked_at })) }],
    ['a record that does not fit', { onDisk: onDisk(unfit(record)) }],
    ['one by venvstacks that does not hold', { onDisk: onDisk(foreignRecordOf({ locked_at })) }],
    ['no record', {}],
  ])('is unknown with %s', (_, past) => {
    expect(unchangedSince(X, { ...NOTHING, ...past })).toBeUndefined();
  });
});
