import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';

const rescuers: ChildProcess[] = [];

afterAll(() => {
  for (const rescuer of rescuers.splice(0)) rescuer.kill();
});

/** What may lie where a file should be, and git does not keep. */
export const ODD_FILES = {
  'a pipe': makePipe,
  'a device': (path: string) => {
    symlinkSync('/dev/null', path);
  },
  'a folder': (path: string) => {
    mkdirSync(path);
  },
  'a link to itself': (path: string) => {
    symlinkSync(basename(path), path);
  },
  'a link that leads nowhere': (path: string) => {
    symlinkSync('nowhere', path);
  },
  'a file of 100 MB': (path: string) => {
    writeFileSync(path, '');
    truncateSync(path, 100_000_000);
  },
} as const;

export type OddFile = keyof typeof ODD_FILES;

/** Puts something odd into the place of a file. */
export function putOdd(kind: OddFile, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { recursive: true, force: true });
  ODD_FILES[kind](path);
}

/**
 * A named pipe. Who reads it waits for a writer, with all of this process: some come after a while, so that the test
 * fails instead.
 */
function makePipe(path: string): void {
  execFileSync('mkfifo', [path]);
  rescuers.push(
    spawn('sh', ['-c', 'sleep 20; for _ in $(seq 300); do : <>"$1"; sleep 0.1; done', 'sh', path], { stdio: 'ignore' }),
  );
}
