import { execFile, type ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Seconds that programs have to end by themselves, once asked to. */
const GRACE = 2;

/**
 * Ends a program and all that it started: by a request, and by force where that is not followed. What it had open for us
 * is closed; it keeps this process from nothing.
 *
 * It is in our own process group, so that an interrupt at the terminal reaches it. A signal to the group would be one to us.
 */
export async function endTree(child: ChildProcess): Promise<void> {
  if (child.pid !== undefined) {
    if (process.platform === 'win32') await run('taskkill', ['/pid', String(child.pid), '/t', '/f']);
    else await endAll(child.pid);
  }
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  child.unref();
}

async function endAll(root: number): Promise<void> {
  const tree = await treesOf([root]);
  send(tree, 'SIGTERM');
  if (await areGone(tree)) return;
  // What was started meanwhile, too.
  const all = await treesOf(tree);
  send(all, 'SIGKILL');
  await areGone(all);
}

function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended already.
    }
  }
}

/** Waits for the end of processes. @returns false where some are still there after a while */
async function areGone(pids: readonly number[]): Promise<boolean> {
  const deadline = Date.now() + GRACE * 1000;
  while ((await processes()).some(({ pid }) => pids.includes(pid))) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/** Some processes and all that they started, directly or not. */
async function treesOf(roots: readonly number[]): Promise<number[]> {
  const all = await processes();
  const found = new Set(roots);
  // Parents are not always before their children.
  for (let size = 0; size < found.size;) {
    size = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

/** All that are running. Not by `ps` where there is `/proc`: small images of Linux have none. */
async function processes(): Promise<{ pid: number; parent: number }[]> {
  const lines =
    process.platform === 'linux'
      ? await linesOfProc()
      : (await run('ps', ['-A', '-o', 'pid=,stat=,ppid='])).split('\n');
  return lines.flatMap((line) => {
    const [, pid, state, parent] = /^\s*(\d+)\s+(\S+)\s+(\d+)/.exec(line) ?? [];
    // One that has ended stays on the list until its parent asks for its exit code.
    return pid === undefined || state?.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent) }];
  });
}

/** `pid state parent` of each process. */
async function linesOfProc(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  // `pid (name) state parent …`: a name may have parentheses.
  return (await Promise.all(read)).map((text) => text.replace(/\(.*\)/s, ''));
}

async function run(command: string, args: readonly string[]): Promise<string> {
  return promisify(execFile)(command, args).then(
    ({ stdout }) => stdout,
    () => '',
  );
}
