import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeTheEnd } from './ending';
import { hasEnded, ownerTag } from './owner';

/** What is there for a while only: its name says whose it is, so that a later run finds what a killed one has left. */
export interface Temporary {
  readonly path: string;
  /** Takes it away, with all that is in it. */
  readonly remove: () => void;
}

/** Something that bears this form of name is ours. */
const FORM = /\.nxv-([0-9a-f]{8}-\d+-\d+)-[0-9a-f]{8}\.tmp$/;

/**
 * A path for something temporary, which nobody else takes. It is gone when it is removed, when this process is
 * interrupted, or, if that was killed, with the next sweep.
 */
export function temporaryPath(folder: string, name: string): Temporary {
  const path = join(folder, `${name}.nxv-${ownerTag()}-${randomBytes(4).toString('hex')}.tmp`);
  const remove = () => {
    try {
      // What was started in it may still be about to end.
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    } catch {
      // The next run's sweep takes it: no reason for this one to fail.
    }
  };
  const release = beforeTheEnd(remove);
  return {
    path,
    remove: () => {
      release();
      remove();
    },
  };
}

/** Works in a temporary folder. Those of runs that were killed are taken away before. */
export async function inTemporaryFolder<T>(
  parent: string,
  name: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await mkdir(parent, { recursive: true });
  sweep(parent);
  const { path, remove } = temporaryPath(parent, name);
  try {
    await mkdir(path, { mode: 0o700 });
    return await work(path);
  } finally {
    remove();
  }
}

/** The process that something temporary belongs to, as its tag; undefined for a name of another form. */
export function ownerOf(name: string): string | undefined {
  return FORM.exec(name)?.[1];
}

/**
 * Takes away what processes have left in a folder that were killed.
 *
 * @param unseenFor milliseconds for which a process counts as running that cannot be looked at; default: an hour
 * @returns names of what is ours and still in use
 */
export function sweep(folder: string, unseenFor?: number): string[] {
  return namesIn(folder).filter((name) => {
    const [owner, path] = [ownerOf(name), join(folder, name)];
    const stats = owner === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false });
    if (!stats || owner === undefined) return false;
    if (!hasEnded(owner, stats.mtime, unseenFor)) return true;
    // In a folder that users share, what others have left is theirs to take away.
    if (!process.getuid || process.getuid() === stats.uid) removeLeft(path, stats.isDirectory());
    return false;
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeLeft(path: string, isFolder: boolean): void {
  try {
    if (isFolder) endProcessesIn(path);
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Another run may be at it, too; else the next one tries again.
  }
}

/** What a killed run had started goes on without it. Where the system does not tell, it ends by itself. */
function endProcessesIn(folder: string): void {
  if (process.platform !== 'linux') return;
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (`${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${folder}/`)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It is another user's, or has ended.
    }
  }
}
