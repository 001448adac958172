import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, readTree } from '../testing/folder';
import { commitAll, git } from '../testing/git';
import { lockContext } from '../testing/lock-context';
import { LockedStack, STACK } from '../testing/locked-stack';
import { standInUv } from '../testing/stand-in-uv';
import { lockLayer, type LockContext, type LockResult } from './lock';
import { parseRecord } from './record';
import { Judge } from './state';

const APP = 'app-report';
const FOLDER = `requirements/${APP}`;
const RECORD = `${FOLDER}/pylock.${APP}.meta.json`;
const NOW = new Date('2026-06-07T08:09:10.000Z');

/** Locks without uv: whoever asks for it fails. */
function lock(stack: LockedStack, envName = APP, changes: Partial<LockContext> = {}): Promise<LockResult> {
  return lockLayer(stack.layer(envName), lockContext(stack, changes));
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('after an edit of a module', () => {
  it('the layer gets the next number, without uv and without a new lock', async () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    const before = readTree(stack.path('requirements'));
    stack.write('report.py', "print('changed')\n");
    expect(await lock(stack)).toEqual({
      deployedName: 'app-report@4',
      previousName: 'app-report@3',
      isNew: false,
      outcome: 'locked',
      resolved: false,
      reasons: ['launch module report changed'],
      packageChanges: [],
      notes: ['no git repository here: numbers follow only from the record on disk'],
    });
    const after = readTree(stack.path('requirements'));
    const changed = Object.keys(after).filter((path) => after[path] !== before[path]);
    expect(changed).toEqual([stack.path(RECORD)]);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(stack.reasons(APP)).toEqual([]);
  });

  it('the record is renewed as a whole and fits its fingerprint', async () => {
    const stack = new LockedStack().lockAll({ number: 6 });
    const before = stack.record(APP);
    stack.write('report.py', "print('changed')\n");
    await lock(stack);
    const record = stack.record(APP);
    expect(parseRecord(stack.read(RECORD))).toMatchObject({ kind: 'ours', fits: true });
    expect(record).toMatchObject({
      lock_version: 7,
      last_version: 7,
      lineage: 'a new one',
      locked_at: '2026-06-07T08:09:10+00:00',
      lock_hash: before.lock_hash,
      uv_lock_hash: before.uv_lock_hash,
      pins: before.pins,
      requirements_hash: before.requirements_hash,
      lock_input_hash: before.lock_input_hash,
    });
    expect(record.version_inputs_hash).not.toBe(before.version_inputs_hash);
  });

  it('and back, not locked in between, nothing is new; locked in between, the number is', async () => {
    const stack = new LockedStack().lockAll();
    const text = stack.read('report.py');
    stack.write('report.py', 'x\n');
    stack.write('report.py', text);
    expect(await lock(stack)).toMatchObject({ outcome: 'current', deployedName: 'app-report@1' });
    stack.write('report.py', 'x\n');
    await lock(stack, APP, { lineage: 'second' });
    stack.write('report.py', text);
    expect(await lock(stack, APP, { lineage: 'third' })).toMatchObject({ deployedName: 'app-report@3' });
  });

  it('the second run has nothing to do', async () => {
    const stack = new LockedStack().lockAll();
    stack.write('report.py', 'x\n');
    const judge = new Judge(stack.env);
    await lock(stack, APP, { judge });
    const after = readTree(stack.root);
    expect(await lock(stack)).toMatchObject({ outcome: 'current', deployedName: 'app-report@2', reasons: [] });
    expect(readTree(stack.root)).toEqual(after);
  });
});

describe('a change that needs no uv', () => {
  const TOML = 'venvstacks.toml';
  it.each<[string, (stack: LockedStack) => void, string]>([
    ['dynlib_exclude', (stack) => stack.write(TOML, `${STACK}dynlib_exclude = ["libx*"]\n`), 'app-report@4'],
    ['another way to write a target', (stack) => stack.write(TOML, `${STACK}linux_target = "glibc"\n`), 'app-report@3'],
    ['a module dropped', (stack) => stack.edit(TOML, 'support_modules = ["helpers"]\n', ''), 'app-report@4'],
    ['versioned off', (stack) => stack.write(TOML, STACK.replace(/versioned = true\n$/, '')), APP],
    ['a lower layer’s new number', (stack) => stack.lock('framework-tools', { number: 4 }), 'app-report@4'],
  ])('(%s) makes a valid layer again', async (_, change, name) => {
    const stack = new LockedStack().lockAll({ number: 3 });
    change(stack);
    expect(await lock(stack)).toMatchObject({ outcome: 'locked', resolved: false, deployedName: name });
    expect(stack.reasons(APP)).toEqual([]);
    expect(stack.state(APP).deployedName).toBe(name);
  });

  it('keeps the highest number in mind while a layer is not versioned', async () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    stack.write(TOML, STACK.replace(/versioned = true\n$/, ''));
    await lock(stack, APP, { lineage: 'off' });
    expect(stack.record(APP)).toMatchObject({ lock_version: 1, last_version: 3 });
    stack.write(TOML, STACK);
    expect(await lock(stack, APP, { lineage: 'on' })).toMatchObject({
      deployedName: 'app-report@4',
      previousName: APP,
      reasons: ['versioned is now true'],
    });
  });
});

describe('a valid layer', () => {
  it('with its own lineage stays as it is', async () => {
    const stack = new LockedStack().lockAll({ lineage: 'its own' });
    const before = readTree(stack.root);
    expect(await lock(stack, APP, { lineage: 'its own' })).toEqual({
      deployedName: 'app-report@1',
      previousName: 'app-report@1',
      isNew: false,
      outcome: 'current',
      resolved: false,
      reasons: [],
      packageChanges: [],
      notes: [],
    });
    expect(readTree(stack.root)).toEqual(before);
  });

  it('with another lineage gets only that one, and the fingerprint that fits', async () => {
    const stack = new LockedStack().lockAll();
    const { lineage: _, fingerprint: before, ...rest } = stack.record(APP);
    const judge = new Judge(stack.env);
    await lock(stack, APP, { judge });
    const { lineage, fingerprint, ...after } = stack.record(APP);
    expect(after).toEqual(rest);
    expect(lineage).toBe('a new one');
    expect(fingerprint).not.toBe(before);
    expect(stack.reasons(APP)).toEqual([]);
    expect(judge.judge(stack.layer(APP)).fitting?.lineage).toBe('a new one');
  });

  it.each(['packages-app-report.txt', 'requirements-app-report.in'])(
    'gets a missing or edited %s back',
    async (name) => {
      const stack = new LockedStack().lockAll({ lineage: 'its own' });
      const path = `${FOLDER}/${name}`;
      const [text, record] = [stack.read(path), stack.read(RECORD)];
      for (const damage of [() => stack.remove(path), () => stack.write(path, 'edited\n')]) {
        damage();
        expect(await lock(stack, APP, { lineage: 'its own' })).toMatchObject({ outcome: 'mended' });
        expect(stack.read(path)).toBe(text);
        expect(stack.read(RECORD)).toBe(record);
      }
    },
  );
});

describe('its own lineage given, and yet stale', () => {
  const message = 'inputs changed while this run was under way';

  it('fails before anything is written', async () => {
    const stack = new LockedStack().lockAll({ lineage: 'its own' });
    stack.write('report.py', 'x\n');
    const before = readTree(stack.root);
    expect(await failure(lock(stack, APP, { lineage: 'its own' }))).toMatchObject({
      code: 'inputs-changed',
      report: `app-report: ${message}
  Run it again; if it stays, nx reset.
  Changed: launch module report changed`,
    });
    expect(readTree(stack.root)).toEqual(before);
  });

  it('fails, too, if the record itself was edited meanwhile', async () => {
    const stack = new LockedStack().lockAll({ lineage: 'its own' });
    stack.edit(RECORD, '"lock_version": 1', '"lock_version": 5');
    expect(await failure(lock(stack, APP, { lineage: 'its own' }))).toMatchObject({ code: 'inputs-changed', message });
  });
});

describe('a layer on a stale one', () => {
  it('is refused, with the command that locks the lower one', async () => {
    const stack = new LockedStack().lockAll();
    stack.write('report.py', 'x\n');
    stack.remove('requirements/framework-tools/uv.lock');
    const before = readTree(stack.root);
    expect(await failure(lock(stack))).toMatchObject({
      code: 'lower-stale',
      report: `app-report: the lower layer framework-tools is stale, so this one cannot be locked
  Lock it first: npx nx run framework-tools:lock`,
    });
    expect(readTree(stack.root)).toEqual(before);
  });

  it('is refused even with its own lineage', async () => {
    const stack = new LockedStack().lockAll({ lineage: 'its own' });
    stack.remove('requirements/cpython-3.12/uv.lock');
    expect(await failure(lock(stack, APP, { lineage: 'its own' }))).toMatchObject({ code: 'lower-stale' });
  });
});

describe('a layer that cannot be locked', () => {
  it('says why', async () => {
    const stack = new LockedStack().lockAll();
    stack.edit(RECORD, '"format": 1', '"format": 2');
    expect(await failure(lock(stack))).toMatchObject({ code: 'damaged', layer: APP });
  });

  it('because uv failed keeps its files as they were', async () => {
    const stack = new LockedStack().lockAll();
    stack.edit('venvstacks.toml', '["idna"]', '["idna>=3"]');
    const before = readTree(stack.root);
    expect(await failure(lock(stack))).toMatchObject({ message: 'uv was asked' });
    expect(readTree(stack.root)).toEqual(before);
  });
});

describe('a layer without platforms', () => {
  it('writes nothing', async () => {
    const stack = new LockedStack({ 'venvstacks.toml': `${STACK}platforms = []\n` });
    expect(await lock(stack)).toMatchObject({ outcome: 'excluded', deployedName: APP });
    expect(existsSync(stack.path('requirements'))).toBe(false);
  });
});

describe('locked_at', () => {
  const lockedAt = async (stack: LockedStack, now = NOW) => {
    await lock(stack, APP, { now: () => now });
    return stack.record(APP).locked_at;
  };

  it('stays while the contents are the same', async () => {
    const stack = new LockedStack().lockAll({ lockedAt: '2026-01-02T03:04:05+00:00' });
    stack.write('venvstacks.toml', `${STACK}linux_target = "glibc"\n`);
    expect(await lockedAt(stack)).toBe('2026-01-02T03:04:05+00:00');
  });

  it('is now once they changed; microseconds only when not zero', async () => {
    const stack = new LockedStack().lockAll();
    stack.write('report.py', 'x\n');
    expect(await lockedAt(stack)).toBe('2026-06-07T08:09:10+00:00');
    stack.write('report.py', 'y\n');
    stack.changeRecord(APP, { lineage: 'other' });
    expect(await lockedAt(stack, new Date('2026-06-07T08:09:10.120Z'))).toBe('2026-06-07T08:09:10.120000+00:00');
  });

  it.each([
    ['2026-03-01T00:00:00Z', '2026-03-01T00:00:00+00:00'],
    ['2026-03-01T01:00:00.5+02:00', '2026-02-28T23:00:00.500000+00:00'],
    ['2026-03-01', '2026-03-02T00:00:00+00:00'],
    ['2026-12-01', '2026-06-07T08:09:10+00:00'],
  ])('is never later than the cutoff %s', async (cutoff, expected) => {
    const stack = new LockedStack({ 'venvstacks.uv.toml': `exclude-newer = "${cutoff}"\n` }).lockAll();
    stack.write('report.py', 'x\n');
    expect(await lockedAt(stack)).toBe(expected);
  });
});

describe('history', () => {
  it('lifts a new number above every number that the record ever had', async () => {
    const stack = new LockedStack().lockAll({ number: 1 });
    commitAll(stack.root);
    const first = stack.read(RECORD);
    stack.lock(APP, { number: 7 });
    commitAll(stack.root);
    stack.write(RECORD, first);
    stack.write('report.py', 'x\n');
    expect(await lock(stack)).toMatchObject({ deployedName: 'app-report@8', notes: [] });
  });

  it('of folders that belong to other layers today does not count', async () => {
    const stack = new LockedStack().lockAll({ number: 1 });
    stack.write(`other/${RECORD}`, JSON.stringify({ ...stack.record(APP), last_version: 20 }));
    commitAll(stack.root);
    stack.write('report.py', 'x\n');
    const otherLockFolders = new Set([stack.path(`other/${FOLDER}`)]);
    expect(await lock(stack, APP, { otherLockFolders })).toMatchObject({ deployedName: 'app-report@2' });
    stack.write('report.py', 'y\n');
    expect(await lock(stack, APP, { lineage: 'second' })).toMatchObject({ deployedName: 'app-report@21' });
  });

  it('of a record that git ignores is not known, which is said', async () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    stack.write('.gitignore', 'requirements/\n');
    commitAll(stack.root);
    stack.write('report.py', 'x\n');
    expect(await lock(stack)).toMatchObject({
      deployedName: 'app-report@4',
      notes: ['git ignores the record: numbers follow only from the one on disk'],
    });
  });
});

describe('in a shallow clone', () => {
  const shallow = (prepare: (stack: LockedStack) => void) => {
    const origin = new LockedStack().lockAll({ number: 3 });
    prepare(origin);
    commitAll(origin.root);
    commitAll(origin.root, 'another');
    const clone = join(makeFolder(), 'clone');
    git(origin.root, 'clone', '--quiet', '--depth=1', `file://${origin.root}`, clone);
    return new LockedStack({}, clone);
  };
  const nothing = () => undefined;

  it('a new number is refused, with the command that deepens it', async () => {
    const stack = shallow(nothing);
    stack.write('report.py', 'x\n');
    const before = readTree(stack.path('requirements'));
    expect(await failure(lock(stack))).toMatchObject({
      code: 'history',
      report: `app-report: its number would change, and this clone is shallow: a number that was used before could come back
  Fetch the history first: git fetch --unshallow`,
    });
    expect(readTree(stack.path('requirements'))).toEqual(before);
    git(stack.root, 'fetch', '--quiet', '--unshallow');
    expect(await lock(stack)).toMatchObject({ deployedName: 'app-report@4' });
  });

  it('so is the number of a layer that becomes versioned', async () => {
    const off = STACK.replace(/versioned = true\n$/, '');
    const stack = shallow((origin) => {
      origin.write('venvstacks.toml', off);
      origin.lock(APP);
    });
    stack.write('venvstacks.toml', STACK);
    expect(await failure(lock(stack))).toMatchObject({ code: 'history' });
  });

  it('a lock that moves no number is written', async () => {
    const stack = shallow(nothing);
    stack.write('venvstacks.toml', `${STACK}linux_target = "glibc"\n`);
    expect(await lock(stack)).toMatchObject({ deployedName: 'app-report@3' });
    stack.write('venvstacks.toml', STACK.replace(/versioned = true\n$/, ''));
    expect(await lock(stack, APP, { lineage: 'second' })).toMatchObject({ deployedName: APP });
  });

  it('the number of an ignored record moves', async () => {
    const stack = shallow((origin) => origin.write('.gitignore', 'requirements/\n'));
    stack.lockAll({ number: 3 });
    stack.write('report.py', 'x\n');
    expect(await lock(stack)).toMatchObject({ deployedName: 'app-report@4' });
  });
});

describe('an upgrade that moves nothing', () => {
  const upgrade = { packages: undefined, reset: false };
  const uv = () => Promise.resolve(standInUv(['idna==1.0'], ['attrs==1.0', 'six==1.0']));

  it('leaves the record as it is, and makes what follows from the lock again', async () => {
    const stack = new LockedStack().lockAll();
    // As uv's answer is written: the stand-in's is not that of the hand-made lock.
    await lock(stack, APP, { uv, upgrade, lineage: 'first' });
    const before = readTree(stack.path(FOLDER));
    stack.write(`${FOLDER}/packages-${APP}.txt`, 'from before\n');
    expect(await lock(stack, APP, { uv, upgrade, dryRun: true })).toMatchObject({ outcome: 'current' });
    expect(stack.read(`${FOLDER}/packages-${APP}.txt`)).toBe('from before\n');
    expect(await lock(stack, APP, { uv, upgrade, lineage: 'another' })).toMatchObject({ outcome: 'mended' });
    expect(readTree(stack.path(FOLDER))).toEqual(before);
  });
});
