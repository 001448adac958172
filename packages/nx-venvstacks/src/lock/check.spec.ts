import { formatRecord, sealRecord } from './record';
import { commitAll, git } from '../testing/git';
import { LockedStack, lockText } from '../testing/locked-stack';
import { checkLayer } from './check';
import { LINE_ENDS_ADVICE } from './line-ends';
import { RecordHistories } from './history';
import { Judge } from './state';

const RECORD = 'requirements/app-report/pylock.app-report.meta.json';

const check = (stack: LockedStack) =>
  checkLayer(stack.layer('app-report'), {
    judge: new Judge(stack.env),
    otherLockFolders: new Set(),
    histories: new RecordHistories(),
  });

describe('a check of a lock', () => {
  it('passes while it is valid', async () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    expect(await check(stack)).toEqual({
      deployedName: 'app-report@3',
      verdict: 'valid',
      findings: [],
      expected: [],
      notes: ['git’s history was not checked: no git repository here'],
    });
  });

  it('tells what has changed and the number that would come', async () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    stack.write('report.py', 'x\n');
    expect(await check(stack)).toMatchObject({
      deployedName: 'app-report@3',
      verdict: 'stale',
      findings: ['launch module report changed'],
      expected: ['app-report@4'],
    });
  });

  it('tells both numbers that could come where packages are to be resolved', async () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    stack.write('requirements/app-report/uv.lock', 'edited\n');
    expect(await check(stack)).toMatchObject({
      verdict: 'stale',
      findings: ['uv.lock is not the one that was recorded'],
      expected: ['app-report@3', 'app-report@4'],
    });
  });

  it('finds texts that are not what the lock says', async () => {
    const stack = new LockedStack().lockAll();
    stack.write('requirements/app-report/packages-app-report.txt', 'x\n');
    stack.write('requirements/app-report/requirements-app-report.in', 'x\n');
    expect(await check(stack)).toMatchObject({
      verdict: 'damaged',
      findings: ['the summary is not what the lock says', 'the file of requirements is not what the lock says'],
    });
  });

  it('finds a wheel that any file could take the place of', async () => {
    const stack = new LockedStack().lockAll();
    stack.lock('app-report', { lock: lockText(['idna==1.0']).replace(/sha256 = ".*"/, 'md5 = "0123"') });
    expect(await check(stack)).toMatchObject({
      verdict: 'damaged',
      findings: ['the lock has no sha256 of idna-1.0-py3-none-any.whl'],
    });
  });

  it('tells line ends from other differences, and what to do about them', async () => {
    const stack = new LockedStack().lockAll();
    for (const name of ['packages-app-report.txt', 'requirements-app-report.in']) {
      const path = `requirements/app-report/${name}`;
      stack.write(path, stack.read(path).replaceAll('\n', '\r\n'));
    }
    expect(await check(stack)).toMatchObject({
      verdict: 'damaged',
      findings: [
        'the summary has other line ends than it was written with',
        'the file of requirements has other line ends than it was written with',
      ],
      advice: LINE_ENDS_ADVICE,
    });
    stack.write('report.py', "print('report')\r\n");
    expect(await check(stack)).toMatchObject({ verdict: 'stale', advice: LINE_ENDS_ADVICE });
    stack.write('report.py', 'changed\n');
    expect(await check(stack)).not.toHaveProperty('advice');
  });

  it("finds a number that git's history gives to other contents", async () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    const record = stack.record('app-report');
    const contents = { ...record.inputs.contents, packages: 'sha256:other' };
    const sealed = sealRecord({ ...record, inputs: { ...record.inputs, contents } });
    stack.write(RECORD, formatRecord(sealed));
    commitAll(stack.root);
    stack.write(RECORD, formatRecord(record));
    commitAll(stack.root);
    expect(await check(stack)).toMatchObject({
      verdict: 'damaged',
      findings: [
        "git's history gives number 3 to other contents: a conflict was settled by taking one side's record whole",
        'delete the record, so that the number is settled anew',
      ],
    });
  });

  it('says that a shallow clone has no history to check', async () => {
    const stack = new LockedStack().lockAll();
    commitAll(stack.root);
    stack.write('notes.txt', 'x');
    commitAll(stack.root);
    git(stack.root, 'gc', '--quiet');
    stack.write('.git/shallow', git(stack.root, 'rev-parse', 'HEAD'));
    expect(await check(stack)).toMatchObject({
      verdict: 'valid',
      notes: ['git’s history was not checked: this clone is shallow (git fetch --unshallow)'],
    });
  });

  it('cannot tell where the record cannot be read', async () => {
    const stack = new LockedStack().lockAll();
    stack.write(RECORD, stack.read(RECORD).replace('"lock_version": 1', '"lock_version": -1'));
    expect(await check(stack)).toMatchObject({
      verdict: 'unknown',
      findings: [expect.stringContaining('lock_version in its version record is -1')],
    });
  });
});
