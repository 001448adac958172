import { existsSync, readFileSync } from 'node:fs';

/** Whether a process is there, and more than an entry that nobody has taken the exit code of. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !readFileSync(stat, 'utf8').includes(') Z ');
}

/** The processes that a script has noted in a file, one in a line. */
export function notedProcesses(file: string): number[] {
  return readFileSync(file, 'utf8').trim().split('\n').map(Number);
}
