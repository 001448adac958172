import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeFolder, writeFiles } from '../testing/folder';
import { ownerTag } from './owner';
import { inTemporaryFolder, sweep, temporaryPath } from './temporary';

/** A name as that of something that another process made. */
function nameBy(pid: number, { place = ownerTag().split('-')[0], start = '1' } = {}): string {
  return `thing.nxv-${place}-${pid}-${start}-00000000.tmp`;
}

/** The id of a process that has ended. */
const ended = () => spawnSync(process.execPath, ['--version']).pid;

describe('a temporary folder', () => {
  it('is there for the work, and gone after it, also if that fails', async () => {
    const parent = join(makeFolder(), 'a');
    const seen = await inTemporaryFolder(parent, 'work', (folder) => {
      writeFiles(folder, { 'b/c': 'text' });
      return Promise.resolve(basename(folder));
    });
    expect(seen).toMatch(/^work\.nxv-.*\.tmp$/);
    await expect(inTemporaryFolder(parent, 'work', () => Promise.reject(new Error('failed')))).rejects.toThrow(
      'failed',
    );
    expect(readdirSync(parent)).toEqual([]);
  });
});

describe('a sweep', () => {
  it('takes away what processes left that have ended, and nothing else', () => {
    const folder = makeFolder({ [`${nameBy(ended())}/a/b`]: '', [nameBy(ended())]: '', 'other.tmp': '', file: '' });
    const own = temporaryPath(folder, 'own');
    mkdirSync(own.path);
    expect(sweep(folder)).toEqual([basename(own.path)]);
    expect(readdirSync(folder).sort()).toEqual(['file', 'other.tmp', basename(own.path)].sort());
    own.remove();
    expect(sweep(join(folder, 'is-not-there'))).toEqual([]);
  });

  it('leaves alone for an hour what is from another machine or container', () => {
    const name = nameBy(ended(), { place: '00000000' });
    const folder = makeFolder({ [name]: '' });
    expect(sweep(folder)).toEqual([name]);
    const before = Date.now() / 1000 - 3700;
    utimesSync(join(folder, name), before, before);
    expect(sweep(folder)).toEqual([]);
  });

  // Where a process began is told by Linux only; elsewhere a used id counts as running.
  (process.platform === 'linux' ? it : it.failing)('tells an id that is used again', () => {
    const folder = makeFolder({ [nameBy(process.pid)]: '' });
    expect(sweep(folder)).toEqual([]);
  });

  // Elsewhere what a killed run has started ends by itself.
  (process.platform === 'linux' ? it : it.failing)('ends what still works in a folder that was left', async () => {
    const folder = makeFolder();
    const left = join(folder, nameBy(ended()));
    mkdirSync(join(left, 'project'), { recursive: true });
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd: join(left, 'project') });
    await new Promise((resolve) => child.on('spawn', resolve));
    expect(sweep(folder)).toEqual([]);
    expect(await new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))).toBe('SIGKILL');
    expect(existsSync(left)).toBe(false);
  });
});
