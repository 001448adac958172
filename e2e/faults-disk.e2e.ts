// A disk that is full, and folders that may not be written: a lock fails, says why, and leaves every file as it was; once
// there is room again the next one does what an undisturbed one would have.
//
// With every amount of room in between: `npm run test:faults`.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitAll } from '../packages/nx-venvstacks/src/testing/git';
import { FAULTS_LONG } from './support/faults/disturbed';
import { FaultStack } from './support/faults/stack';
import type { Files, World } from './support/faults/world';
import { runFolder } from './support/workspace';

jest.setTimeout(3_600_000);

let stack: FaultStack;
let expected: Files;

beforeAll(async () => {
  stack = await FaultStack.start();
  const undisturbed = stack.withRequirement();
  await undisturbed.start(['lock']).succeed();
  expected = undisturbed.locks();
});
afterAll(() => stack.stop());

const SIZE = 1 << 20;
const PAGE = 4096;

/** Why no small disk can be had here; undefined where it can. */
function whyNoDisk(): string | undefined {
  if (process.platform !== 'linux') return `${process.platform} has no tmpfs`;
  const place = join(runFolder(), 'trial');
  mkdirSync(place, { recursive: true });
  try {
    mount(place);
    unmount(place);
    return undefined;
  } catch {
    return 'this user may not mount';
  }
}

function mount(place: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', place], { stdio: 'ignore' });
}

function unmount(place: string): void {
  execFileSync('umount', [place], { stdio: 'ignore' });
}

/** Puts a part of a world on a small disk of its own. */
function onSmallDisk(world: World, part: string): string {
  const place = world.path(part);
  const aside = `${place}-aside`;
  mkdirSync(place, { recursive: true });
  cpSync(place, aside, { recursive: true, verbatimSymlinks: true });
  mount(place);
  cpSync(aside, place, { recursive: true, verbatimSymlinks: true });
  rmSync(aside, { recursive: true });
  return place;
}

/** Leaves so many pages of a disk. @returns the file that takes the rest */
function fill(place: string, pages: number): string {
  const filler = join(place, 'filler');
  writeFileSync(filler, '');
  try {
    for (;;) writeFileSync(filler, Buffer.alloc(PAGE), { flag: 'a' });
  } catch {
    // Full.
  }
  execFileSync('truncate', [`--size=-${pages * PAGE}`, filler]);
  return filler;
}

test.each([
  ['the workspace', 'main', [0, 1, 2, 4, 6], true],
  ['the folder for temporary files', 'tmp', [0, 1, 2], true],
  // Where there is no room to keep what git has told, it is asked again; for uv's stand-in of a Python there must be some.
  ['Nx’s folder', 'nx', [0, 1], undefined],
])('no room: %s', async (_, part, some, fails) => {
  const reason = whyNoDisk();
  if (reason !== undefined) {
    process.stdout.write(`disk, no room: not run, since ${reason}\n`);
    return;
  }
  const rooms = FAULTS_LONG ? Array.from({ length: 20 }, (__, pages) => pages) : some;
  let failures = 0;
  for (const pages of rooms) {
    const world = stack.withRequirement();
    commitAll(world.root);
    const before = world.locks();
    const disk = onSmallDisk(world, part);
    try {
      const filler = fill(disk, pages);
      const [told = {}] = await world.start(['lock']).told();
      const locks = world.locks();
      for (const [name, folder] of [
        ['core', 'core'],
        ['web', 'framework-web'],
        ['shop', 'app-shop'],
      ] as const) {
        const { status, output } = told[name] ?? { status: 'failure', output: 'nothing was told' };
        const of = (files: Files) => Object.entries(files).filter(([path]) => path.includes(`/${folder}/`));
        expect(of(locks)).toEqual(of(status === 'success' ? expected : before));
        if (status === 'failure') {
          failures++;
          expect(output).toMatch(/ENOSPC: no space left on device|No space left on device/);
          expect(output).not.toMatch(/nx-venvstacks failed|^\s+at /m);
        }
      }
      rmSync(filler);
      await world.start(['lock', 'lock-check']).succeed();
      expect(world.locks()).toEqual(expected);
      expect(world.leftovers()).toEqual([]);
    } finally {
      unmount(disk);
    }
    world.remove();
  }
  process.stdout.write(`disk, no room, ${part}: ${rooms.length} runs, ${failures} layers failed\n`);
  if (fails !== undefined) expect(failures > 0).toBe(fails);
});

const NOBODY = 65534;

test.each([
  ['a layer’s lock', 'main/requirements/framework-web', 'web', /^cannot open \S+framework-web\/\S+: EACCES: /],
  ['Nx’s data', 'nx/data/nx-venvstacks/claims', 'core', /^cannot open \S+\/claims\/\S+: EACCES: /],
])('may not be written: %s', async (_, part, project, message) => {
  if (process.platform === 'win32') {
    process.stdout.write('disk, may not be written: not run, since Windows has no modes\n');
    return;
  }
  const world = stack.withRequirement();
  const before = world.locks();
  // root may write everything.
  const uid = process.getuid?.() === 0 ? NOBODY : undefined;
  const folder = world.path(part);
  mkdirSync(folder, { recursive: true });
  if (uid !== undefined) {
    chmodSync(runFolder(), 0o755);
    chmodSync(world.path('.'), 0o755);
    execFileSync('chown', ['-R', String(uid), world.path('.')]);
  }
  chmodSync(folder, 0o555);
  const env = { UV_CACHE_DIR: world.path('nx/uv'), NX_NATIVE_FILE_CACHE_DIRECTORY: world.path('nx/native') };
  const options = uid === undefined ? { env } : { env, uid };
  const [told = {}] = await world.start(['lock'], options).told();
  expect(told[project]).toEqual({ status: 'failure', output: expect.stringMatching(message) as string });
  expect(world.locks()).toEqual(before);

  chmodSync(folder, 0o755);
  await world.start(['lock', 'lock-check'], options).succeed();
  expect(world.locks()).toEqual(expected);
  expect(world.leftovers()).toEqual([]);
  expect(existsSync(world.path('nx/uv'))).toBe(true);
});
