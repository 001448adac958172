import { mkdirSync } from 'node:fs';
import { commitAll, git } from '../testing/git';
import { LockedStack, STACK, uvLockText } from '../testing/locked-stack';
import { foreignRecordOf } from '../testing/records';
import { isValid, Judge } from './state';

const APP = 'app-report';
const RECORD = `requirements/${APP}/pylock.${APP}.meta.json`;
const LOCK = `requirements/${APP}/pylock.${APP}.toml`;
const UV_LOCK = `requirements/${APP}/uv.lock`;
const UNFIT = 'its version record does not fit its fingerprint: it was merged or edited by hand';
const locked = (files: Record<string, string> = {}) => new LockedStack(files).lockAll();

describe('a lock', () => {
  it('is valid after a lock, and named by its number', () => {
    const stack = locked();
    const states = ['cpython-3.12', 'framework-tools', APP].map((envName) => stack.state(envName));
    expect(states.map(isValid)).toEqual([true, true, true]);
    expect(states.map(({ deployedName }) => deployedName)).toEqual([
      'cpython-3.12',
      'framework-tools@1',
      'app-report@1',
    ]);
    expect(states.map(({ needsResolution }) => needsResolution)).toEqual([false, false, false]);
  });

  it('is valid without a uv.lock, if it was locked without one', () => {
    const stack = locked();
    stack.remove(UV_LOCK);
    stack.lock(APP, { uvLock: null });
    expect(stack.reasons(APP)).toEqual([]);
    stack.write(UV_LOCK, uvLockText([]));
    expect(stack.reasons(APP)).toEqual(['uv.lock is not the one that was recorded']);
  });

  it('is stale before the first lock, and its number unknown', () => {
    const state = new LockedStack().state('framework-tools');
    expect(state).toMatchObject({
      reasons: ['not locked yet', 'lower layer cpython-3.12 is stale'],
      staleLower: ['cpython-3.12'],
      deployedName: 'framework-tools@???',
      needsResolution: true,
      obstacle: undefined,
    });
  });

  it('of layers that are not there is looked for in the folder of the layer’s own file', () => {
    const stack = new LockedStack({ 'venvstacks.toml': '' });
    stack.remove('venvstacks.toml');
    stack.write('py/layer.toml', '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = ["six"]\n');
    stack.lockAll();
    expect(stack.files('py').record).toBe(stack.path('py/requirements/pylock.py.meta.json'));
    expect(stack.reasons('py')).toEqual([]);
  });
});

describe('damage that makes a lock stale, and needs uv', () => {
  it.each<[string, (stack: LockedStack) => void, string]>([
    ['a deleted record', (stack) => stack.remove(RECORD), 'not locked yet'],
    ['an empty record', (stack) => stack.write(RECORD, ''), 'its version record is damaged'],
    ['a cut record', (stack) => stack.write(RECORD, stack.read(RECORD).slice(0, 300)), 'its version record is damaged'],
    [
      'a record by venvstacks',
      (stack) => stack.write(RECORD, JSON.stringify(foreignRecordOf())),
      'its version record was written by venvstacks',
    ],
    [
      'a record with conflict markers',
      (stack) => stack.write(RECORD, `<<<<<<< HEAD\n${stack.read(RECORD)}=======\n${stack.read(RECORD)}>>>>>>> b\n`),
      'its version record has conflict markers',
    ],
    ['a record edited by hand', (stack) => stack.edit(RECORD, '"lock_version": 1', '"lock_version": 5'), UNFIT],
    ['a deleted lock', (stack) => stack.remove(LOCK), 'the lock is missing'],
    [
      'a lock edited by hand',
      (stack) => stack.edit(LOCK, 'idna-1.0', 'idna-1.1'),
      'the lock is not the one that was recorded',
    ],
    [
      'a comment in the lock',
      (stack) => stack.edit(LOCK, 'DO NOT EDIT', 'edited'),
      'the lock is not the one that was recorded',
    ],
    ['a deleted uv.lock', (stack) => stack.remove(UV_LOCK), 'uv.lock is missing'],
    ['an edited uv.lock', (stack) => stack.write(UV_LOCK, 'version = 2\n'), 'uv.lock is not the one that was recorded'],
  ])('is %s', (_, damage, reason) => {
    const stack = locked();
    damage(stack);
    expect(stack.state(APP)).toMatchObject({
      reasons: [reason],
      needsResolution: true,
      deployedName: 'app-report@???',
      obstacle: undefined,
    });
  });

  it('is told all at once', () => {
    const stack = locked();
    stack.remove(UV_LOCK);
    stack.remove(LOCK);
    stack.write('report.py', 'changed\n');
    expect(stack.reasons(APP)).toEqual(['the lock is missing', 'uv.lock is missing', 'launch module report changed']);
  });
});

describe('a change that makes a lock stale', () => {
  const TOML = 'venvstacks.toml';
  it.each<[string, (stack: LockedStack) => void, string[], 'uv' | 'no uv']>([
    ['the launch module', (stack) => stack.write('report.py', 'x\n'), ['launch module report changed'], 'no uv'],
    ['a support module', (stack) => stack.write('helpers/a.py', ''), ['support module helpers changed'], 'no uv'],
    [
      'the support modules',
      (stack) => stack.edit(TOML, 'support_modules = ["helpers"]\n', ''),
      ['support module helpers removed'],
      'no uv',
    ],
    [
      'the requirements',
      (stack) => stack.edit(TOML, '["idna"]', '["idna>=3"]'),
      ['requirement idna>=3 added', 'requirement idna removed'],
      'uv',
    ],
    [
      'the platforms',
      (stack) => stack.write(TOML, `${STACK}platforms = ["win_amd64"]\n`),
      ['platform linux_x86_64 removed', 'linux_target is now unset (was glibc@2.28)'],
      'uv',
    ],
    [
      'a target',
      (stack) => stack.write(TOML, `${STACK}linux_target = "glibc@2.34"\n`),
      ['linux_target is now glibc@2.34 (was glibc@2.28)'],
      'uv',
    ],
    [
      'dynlib_exclude',
      (stack) => stack.write(TOML, `${STACK}dynlib_exclude = ["libx*"]\n`),
      ['dynlib_exclude libx* added'],
      'no uv',
    ],
    [
      'versioned',
      (stack) => stack.write(TOML, STACK.replace(/versioned = true\n$/, '')),
      ['versioned is now false'],
      'no uv',
    ],
    [
      'the way a target is written',
      (stack) => stack.write(TOML, `${STACK}linux_target = "glibc"\n`),
      ['inputs are written differently, with the same meaning'],
      'no uv',
    ],
    ['the cutoff', (stack) => stack.write('venvstacks.uv.toml', 'exclude-newer = "2026-03-01"\n'), [], 'uv'],
  ])('is one of %s', (_, change, reasons, needs) => {
    const stack = locked();
    change(stack);
    const state = stack.state(APP);
    expect(isValid(state)).toBe(false);
    if (reasons.length) expect(state.reasons).toEqual(reasons);
    expect(state.needsResolution).toBe(needs === 'uv');
  });

  it('is one of the cutoff’s variable', () => {
    const stack = locked();
    const env = { ...stack.env, UV_EXCLUDE_NEWER: '2026-03-01' };
    expect(stack.reasons('cpython-3.12', env)).toEqual(['cutoff is now 2026-03-02T00:00:00Z (was unset)']);
  });

  it.each<[string, (stack: LockedStack) => void]>([
    ['the order of requirements', (stack) => stack.edit(TOML, '["idna", "zipp"]', '[ "zipp",\n  "idna" ]')],
    ['comments', (stack) => stack.edit(TOML, '[[applications]]', '# the report\n[[applications]]')],
    ['what Python leaves behind where there is no git', (stack) => stack.write('helpers/__pycache__/a.pyc', 'x')],
    ['a summary', (stack) => stack.remove(`requirements/${APP}/packages-${APP}.txt`)],
    ['a .in', (stack) => stack.remove(`requirements/${APP}/requirements-${APP}.in`)],
    ['a file of the user’s beside the lock', (stack) => stack.write(`requirements/${APP}/notes.txt`, 'x')],
  ])('is not one of %s', (_, change) => {
    const stack = locked({ 'venvstacks.toml': STACK.replace('["idna"]', '["idna", "zipp"]') });
    change(stack);
    expect(stack.reasons(APP)).toEqual([]);
  });
});

describe('a lower layer', () => {
  it('that is stale makes all above it stale, each naming the stale ones below', () => {
    const stack = locked();
    stack.remove('requirements/cpython-3.12/pylock.cpython-3_12.meta.json');
    expect(stack.reasons('framework-tools')).toContain('lower layer cpython-3.12 is stale');
    expect(stack.state(APP)).toMatchObject({ staleLower: ['framework-tools', 'cpython-3.12'] });
    expect(stack.reasons(APP)).toContain('lower layers framework-tools, cpython-3.12 are stale');
  });

  it('that is stale hides nothing of what the upper one needs itself', () => {
    const stack = locked();
    stack.write('report.py', 'x\n');
    stack.edit('venvstacks.toml', '["attrs"]', '["attrs>=2"]');
    expect(stack.reasons(APP)).toEqual(['launch module report changed', 'lower layer framework-tools is stale']);
  });

  it('with a new number makes an upper one stale without uv', () => {
    const stack = locked();
    stack.lock('framework-tools', { number: 2 });
    expect(stack.state(APP)).toMatchObject({
      reasons: ['lower layer framework-tools is now framework-tools@2 (was framework-tools@1)'],
      needsResolution: false,
    });
  });

  it('with other packages makes an upper one stale, with uv', () => {
    const stack = locked();
    stack.lock('cpython-3.12', { pins: ['six==2.0'] });
    expect(stack.state('framework-tools')).toMatchObject({
      reasons: ['packages of lower layer cpython-3.12 changed'],
      needsResolution: true,
    });
  });

  it('locked again with the same result leaves an upper one valid', () => {
    const stack = locked();
    stack.lock('cpython-3.12', { lineage: 'another', lockedAt: '2026-05-05T00:00:00+00:00' });
    expect(stack.reasons(APP)).toEqual([]);
  });
});

describe('what keeps a layer from being locked at all', () => {
  const obstacle = (stack: LockedStack) => stack.state(APP).obstacle?.report;

  it('is a record of a newer format', () => {
    const stack = locked();
    stack.edit(RECORD, '"format": 1', '"format": 2');
    expect(obstacle(stack)).toBe(
      'app-report: its version record has format 2; this version of nx-venvstacks reads up to 1\n  Update nx-venvstacks.',
    );
  });

  it('is a number that cannot be one', () => {
    const stack = locked();
    stack.edit(RECORD, '"lock_version": 1', '"lock_version": 0');
    expect(obstacle(stack)).toBe(
      'app-report: lock_version in its version record is 0, which is no number of a lock\n' +
        '  Delete the record and run lock: the number is then taken from git’s history.',
    );
  });

  it.each([
    ['record', RECORD],
    ['lock', LOCK],
    ['uv.lock', UV_LOCK],
  ])('is a %s that cannot be read, and no other layer suffers', (_, path) => {
    const stack = locked();
    stack.remove(path);
    mkdirSync(stack.path(path));
    expect(stack.state(APP)).toMatchObject({
      obstacle: {
        code: 'damaged',
        message: expect.stringMatching(
          /^a file of its lock cannot be read: EISDIR: a folder, not a file, read '.+'$/,
        ) as string,
      },
      deployedName: 'app-report@???',
    });
    expect(stack.reasons('framework-tools')).toEqual([]);
  });

  it('is a module that is gone since the stack was read', () => {
    const stack = locked();
    const layer = stack.layer(APP);
    stack.remove('report.py');
    expect(new Judge(stack.env).judge(layer)).toMatchObject({
      obstacle: { code: 'configuration' },
      reasons: [expect.stringMatching(/^a module cannot be read: ENOENT/)],
    });
  });

  it('is a variable that makes no sense', () => {
    const stack = locked();
    expect(stack.state(APP, { ...stack.env, UV_EXCLUDE_NEWER: '7 days' }).obstacle?.code).toBe('configuration');
  });

  it('is a module that git ignores; once it is tracked, its edits are seen', () => {
    const stack = locked({ '.gitignore': 'report.py\n' });
    commitAll(stack.root);
    expect(stack.reasons(APP)).toEqual(["git ignores the module 'report.py', so its edits would go unseen"]);
    git(stack.root, 'add', '--force', 'report.py');
    expect(stack.reasons(APP)).toEqual([]);
    stack.write('report.py', 'x\n');
    expect(stack.reasons(APP)).toEqual(['launch module report changed']);
  });

  it('is never an ignored file in a module’s folder', () => {
    const stack = new LockedStack({ '.gitignore': '*.log\n' });
    commitAll(stack.root);
    stack.lockAll();
    stack.write('helpers/a.log', 'x');
    expect(stack.reasons(APP)).toEqual([]);
  });
});

describe('a layer without platforms', () => {
  it('is valid without any file, under its bare name', () => {
    const stack = new LockedStack({ 'venvstacks.toml': `${STACK}platforms = []\n` });
    expect(stack.state(APP)).toMatchObject({ reasons: [], staleLower: [], deployedName: APP });
  });
});

describe('a judge', () => {
  it('keeps what it found until it is told to forget it', () => {
    const stack = locked();
    const layer = stack.layer(APP);
    const judge = new Judge(stack.env);
    const before = judge.judge(layer);
    stack.write('report.py', 'x\n');
    expect(judge.judge(layer)).toBe(before);
    judge.forget(layer);
    expect(judge.judge(layer).reasons).toEqual(['launch module report changed']);
  });
});

describe('a conflict in a record', () => {
  it('with a side of a newer format asks for a newer plugin, and is not settled', () => {
    const stack = new LockedStack().lockAll();
    const path = 'requirements/app-report/pylock.app-report.meta.json';
    const text = stack.read(path);
    stack.write(path, `<<<<<<< HEAD\n${text}=======\n${text.replace('"format": 1', '"format": 2')}>>>>>>> other\n`);
    expect(stack.state('app-report').obstacle?.message).toContain('format 2');
  });
});

describe('what differs in its line ends only', () => {
  const crlf = (stack: LockedStack, path: string) => {
    stack.write(path, stack.read(path).replaceAll('\n', '\r\n'));
  };

  it('is told of modules, whichever line ends were recorded', () => {
    const stack = new LockedStack({ 'helpers/data.bin': 'a\r\n\0b\n', 'helpers/a.py': 'A = 1\n' }).lockAll();
    for (const path of ['report.py', 'helpers/a.py']) crlf(stack, path);
    expect(stack.state(APP)).toMatchObject({
      reasons: [
        'launch module report has other line ends than were recorded',
        'support module helpers has other line ends than were recorded',
      ],
      lineEndsTurned: true,
      needsResolution: false,
    });
    stack.lock(APP);
    stack.write('report.py', stack.read('report.py').replaceAll('\r\n', '\n'));
    expect(stack.reasons(APP)).toEqual(['launch module report has other line ends than were recorded']);
  });

  it('is not told of a module that was edited', () => {
    const stack = new LockedStack().lockAll();
    stack.write('report.py', 'x = 1\r\n');
    expect(stack.state(APP)).toMatchObject({ reasons: ['launch module report changed'], lineEndsTurned: false });
  });

  it('is told of the lock and of uv.lock', () => {
    const stack = new LockedStack().lockAll();
    for (const path of [LOCK, UV_LOCK]) crlf(stack, path);
    expect(stack.state(APP)).toMatchObject({
      reasons: ['the lock has other line ends than were recorded', 'uv.lock has other line ends than were recorded'],
      lineEndsTurned: true,
    });
  });

  it('does no harm to a record', () => {
    const stack = new LockedStack().lockAll();
    crlf(stack, RECORD);
    expect(stack.reasons(APP)).toEqual([]);
  });
});
