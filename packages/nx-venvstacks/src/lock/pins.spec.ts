import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import { commitAll, git } from '../testing/git';
import { LockedStack, lockText, STACK, uvLockText } from '../testing/locked-stack';
import { foreignRecordOf } from '../testing/records';
import { readFromHead } from './git';
import { findPins, packagesOfUvLock, relocateUvLock, type Pins, type ReadFiles } from './pins';
import { parseLock, requirementsHash } from './pylock';
import { formatRecord, type ResolutionInputs, type VersionRecord } from './record';
import { readIfThere } from './write';

const APP = 'app-report';
const FOLDER = `requirements/${APP}`;
const onDisk = (...paths: readonly string[]) => Promise.resolve(paths.map(readIfThere));

/** The application, locked with one package of its own. */
function locked(): LockedStack {
  const stack = new LockedStack().lockAll();
  stack.lock(APP, { pins: ['idna==3.11'] });
  return stack;
}

function find(
  stack: LockedStack,
  changes: Partial<ResolutionInputs> = {},
  places: readonly ReadFiles[] = [onDisk],
): Promise<Pins | undefined> {
  const layer = stack.layer(APP);
  const now = stack.state(APP).inputs?.resolution;
  if (!now) throw new Error('no inputs');
  return findPins(layer, { ...now, ...changes }, places);
}

/** The pins in a made uv.lock, as `name==version`. */
const pinsIn = (pins: Pins | undefined) =>
  packagesOfUvLock(pins?.uvLock ?? '').map(({ name, version }) => `${name}==${version}`);
const ALL = ['idna==3.11', 'attrs==1.0', 'six==1.0'];

describe('pins of the last lock', () => {
  it('are uv.lock itself, to the byte, while nothing changed of what it repeats', async () => {
    const stack = locked();
    expect(await find(stack, { requirements: ['idna', 'six'] })).toEqual({
      source: 'uv.lock',
      uvLock: stack.read(`${FOLDER}/uv.lock`),
    });
  });

  it.each<[string, Partial<ResolutionInputs>]>([
    ['the cutoff', { cutoff: '2026-03-01T00:00:00Z' }],
    ['the Python', { python: 'cpython@3.12.8' }],
    ['uv’s configuration', { uv: { resolution: 'sha256:00' } }],
    ['a package’s index', { package_indexes: { idna: 'extra' } }],
    ['the priority indexes', { priority_indexes: ['extra'] }],
  ])('are bare, so that the indexes are asked again, when %s changed', async (_, change) => {
    const pins = await find(locked(), change);
    expect(pins?.source).toBe('uv.lock');
    expect(pinsIn(pins)).toEqual(ALL);
    expect(pins?.uvLock).not.toContain('index.invalid');
  });

  it('come from the lock where uv.lock is gone or another than was recorded', async () => {
    const stack = locked();
    stack.write(`${FOLDER}/uv.lock`, uvLockText(['idna==9.9']));
    const edited = await find(stack);
    stack.remove(`${FOLDER}/uv.lock`);
    const gone = await find(stack);
    expect(edited).toEqual(gone);
    expect(gone?.source).toBe('lock');
    expect(pinsIn(gone)).toEqual(ALL);
  });

  it('come from the summary where the lock, too, is gone, edited or in conflict', async () => {
    for (const lock of [undefined, lockText(['idna==9.9']), '<<<<<<< HEAD\n']) {
      const stack = locked();
      stack.remove(`${FOLDER}/uv.lock`);
      if (lock === undefined) stack.remove(`${FOLDER}/pylock.${APP}.toml`);
      else stack.write(`${FOLDER}/pylock.${APP}.toml`, lock);
      const pins = await find(stack);
      expect(pins?.source).toBe('summary');
      expect(pinsIn(pins)).toEqual(['idna==3.11', 'attrs==1.0', 'six==1.0']);
    }
  });

  it('are none where no file agrees with the record', async () => {
    const stack = locked();
    stack.remove(`${FOLDER}/uv.lock`);
    stack.remove(`${FOLDER}/pylock.${APP}.toml`);
    stack.edit(`${FOLDER}/packages-${APP}.txt`, 'idna==3.11', 'idna==3.12');
    expect(await find(stack)).toBeUndefined();
  });

  it('are none where there is no record', async () => {
    const stack = locked();
    stack.remove(`${FOLDER}/pylock.${APP}.meta.json`);
    expect(await find(stack)).toBeUndefined();
  });

  it('stay under a record that was edited by hand, since each file is checked by its own hash', async () => {
    const stack = locked();
    stack.edit(`${FOLDER}/pylock.${APP}.meta.json`, '"lock_version": 1', '"lock_version": 9');
    expect(await find(stack)).toMatchObject({ source: 'uv.lock' });
  });

  it('are those of either side of a conflict that a file agrees with', async () => {
    const stack = locked();
    const theirs = stack.record(APP);
    const ours: VersionRecord = { ...theirs, uv_lock_hash: 'sha256:00', lock_hash: 'sha256:00', pins: 'sha256:00' };
    stack.write(
      `${FOLDER}/pylock.${APP}.meta.json`,
      `<<<<<<< HEAD\n${formatRecord(ours)}=======\n${formatRecord(theirs)}>>>>>>> b\n`,
    );
    expect(await find(stack)).toMatchObject({ source: 'uv.lock' });
  });

  it('of a lock by venvstacks come from that lock, if its hash holds', async () => {
    const stack = locked();
    const { packages } = parseLock(stack.read(`${FOLDER}/pylock.${APP}.toml`));
    const write = (hash: string) => {
      const record = foreignRecordOf({ requirements_hash: hash });
      stack.write(`${FOLDER}/pylock.${APP}.meta.json`, JSON.stringify(record));
    };
    write(requirementsHash(packages));
    const pins = await find(stack);
    expect(pins?.source).toBe('lock');
    expect(pinsIn(pins)).toEqual(ALL);
    write('sha256:00');
    expect(await find(stack)).toBeUndefined();
  });
});

describe('git’s HEAD', () => {
  const places = [onDisk, readFromHead];
  const committed = () => {
    const stack = locked();
    commitAll(stack.root);
    return stack;
  };

  it('gives back the pins of files that were deleted', async () => {
    const stack = committed();
    stack.remove(FOLDER);
    expect(await find(stack, {}, places)).toEqual({
      source: 'uv.lock',
      uvLock: git(stack.root, 'show', `HEAD:${FOLDER}/uv.lock`),
    });
  });

  it('is asked only after the files on disk', async () => {
    const stack = committed();
    stack.lock(APP, { pins: ['idna==3.10'] });
    stack.remove(`${FOLDER}/uv.lock`);
    const pins = await find(stack, {}, places);
    expect(pins?.source).toBe('lock');
    expect(pinsIn(pins)).toContain('idna==3.10');
  });

  it('vouches by its record for files on disk whose record was deleted', async () => {
    const stack = committed();
    stack.remove(`${FOLDER}/pylock.${APP}.meta.json`);
    stack.remove(`${FOLDER}/uv.lock`);
    expect(await find(stack, {}, places)).toMatchObject({ source: 'lock' });
  });

  it('gives nothing where the files were never committed', async () => {
    const stack = new LockedStack();
    commitAll(stack.root);
    stack.lockAll();
    stack.remove(FOLDER);
    expect(await find(stack, {}, places)).toBeUndefined();
  });
});

describe('a uv.lock made of pins', () => {
  it('repeats those of the user’s settings that uv’s lock repeats', async () => {
    const stack = new LockedStack({
      'venvstacks.toml': `${STACK}[tool.uv]\nresolution = "lowest"\nprerelease = "allow"\nindex-strategy = "first-index"\n`,
    }).lockAll();
    stack.remove(`${FOLDER}/uv.lock`);
    const table = parse((await find(stack))?.uvLock ?? '');
    expect(table).toMatchObject({
      version: 1,
      'requires-python': '==3.12.*',
      options: { 'resolution-mode': 'lowest', 'prerelease-mode': 'allow' },
    });
    expect(Object.keys(table.options as object)).toHaveLength(2);
  });

  it('leaves out the project itself and what comes from no index', () => {
    const text = `version = 1
[[package]]
name = "app-report"
version = "0"
source = { virtual = "." }
[[package]]
name = "idna"
version = "3.11"
source = { registry = "https://index.invalid/simple" }
`;
    expect(packagesOfUvLock(text)).toEqual([{ name: 'idna', version: '3.11' }]);
    expect(packagesOfUvLock('version = 1\n')).toEqual([]);
  });
});

describe('a uv.lock that moves to another folder', () => {
  const from = join('/', 'top', 'project');
  const text = `[[package]]
name = "idna"
source = { registry = "../wheels" }
wheels = [
    { path = "idna-3.11-py3-none-any.whl", hash = "sha256:aa" },
    { url = "https://files.invalid/idna.whl", hash = "sha256:bb" },
    { url = "file:///top/wheels/idna.whl", hash = "sha256:cc" },
]
`;

  it('has its local addresses written for that folder', () => {
    expect(relocateUvLock(text, from, join('/', 'top', 'stack', 'requirements', APP))).toBe(`[[package]]
name = "idna"
source = { registry = "../../../wheels" }
wheels = [
    { path = "../../../project/idna-3.11-py3-none-any.whl", hash = "sha256:aa" },
    { url = "https://files.invalid/idna.whl", hash = "sha256:bb" },
    { url = "../../../wheels/idna.whl", hash = "sha256:cc" },
]
`);
  });

  it('is the same again once it has moved there and back', () => {
    const to = join(dirname(from), 'stack');
    const moved = relocateUvLock(text, from, to);
    expect(moved).not.toContain('file:');
    const back = relocateUvLock(moved, to, from);
    expect(relocateUvLock(back, from, to)).toBe(moved);
    expect(back).toContain('{ path = "idna-3.11-py3-none-any.whl"');
  });
});
