import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { hashItems } from './hash';

/** How long a process that cannot be looked at, on another machine or in another container, counts as running. */
const UNSEEN_FOR = 3_600_000;

/** When a process began, where the system does not tell. */
const UNTOLD = '0';

let own: string | undefined;

/** Names this process so that others can tell when it has ended: where process ids are its own, its id, when it began. */
export function ownerTag(): string {
  return (own ??= `${place()}-${process.pid}-${startOf(process.pid) ?? UNTOLD}`);
}

/** The process that a tag names; undefined for what is none. */
export function processOf(tag: string): number | undefined {
  const [, , pid] = /^([0-9a-f]{8})-(\d+)-\d+$/.exec(tag) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/**
 * Whether the process that a tag names has ended.
 *
 * @param since when what bears the tag was made, or said to be in use still
 * @param unseenFor milliseconds after that for which a process counts as running that cannot be looked at
 */
export function hasEnded(tag: string, since: Date, unseenFor = UNSEEN_FOR): boolean {
  const [where, pid, start] = tag.split('-');
  if (where !== place()) return Date.now() - since.getTime() > unseenFor;
  // An id is used again some day: then the process began at another time.
  if (process.platform === 'linux' && start !== UNTOLD) return startOf(Number(pid)) !== start;
  const isFromBefore = since.getTime() < Date.now() - uptime() * 1000;
  return isFromBefore || !isRunning(Number(pid));
}

function place(): string {
  // A container has processes of its own, and perhaps the host's name.
  const processes = process.platform === 'linux' ? tryTo(() => readlinkSync('/proc/self/ns/pid')) : undefined;
  // Hosts of one name may share a disk.
  const machine = tryTo(() => readFileSync('/etc/machine-id', 'utf8'));
  return hashItems([hostname(), machine ?? '', processes ?? '']).slice(7, 15);
}

/** When a process began, as the system counts it; undefined where that is not told, and for one that has ended. */
function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = tryTo(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is a name, which may hold anything.
  const [state, ...others] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return state === undefined || state === 'Z' || state === 'X' ? undefined : others[18];
}

/** Waits a moment until a process has ended that was told to; only where that can be seen before its end is asked for. */
export function awaitEnd(pid: number): void {
  const still = new Int32Array(new SharedArrayBuffer(4));
  for (let turn = 0; turn < 100 && startOf(pid) !== undefined; turn++) Atomics.wait(still, 0, 0, 10);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
