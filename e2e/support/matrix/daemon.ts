import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workspace } from '../workspace';

/** How many graphs the daemons of a workspace have given to commands, by their log. */
export function graphsServed(workspace: Workspace): number {
  const log = readFileSync(join(workspace.dataFolder, 'd', 'daemon.log'), 'utf8');
  return log.match(/Handled \w+ message REQUEST_PROJECT_GRAPH\b/g)?.length ?? 0;
}

/**
 * Nx gives up on the daemon of a workspace, until it is reset, where one has failed once: the next command is to have one.
 *
 * @returns why Nx gave up, if it did
 */
export function takeUpDaemon(workspace: Workspace): string[] {
  const mark = join(workspace.dataFolder, 'd', 'disabled');
  if (!existsSync(mark)) return [];
  const reason = readFileSync(mark, 'utf8');
  rmSync(mark);
  return [reason];
}

/** Stops the daemon of a workspace, if one runs, and waits for its end. */
export async function stopDaemon(workspace: Workspace): Promise<void> {
  const daemon = daemonOf(workspace);
  if (daemon === undefined || !isRunning(daemon)) return;
  await workspace.nx(['daemon', '--stop']);
  for (let tries = 0; isRunning(daemon); tries++) {
    if (tries === 50) process.kill(daemon);
    if (tries === 100) throw new Error(`the daemon ${daemon} does not stop`);
    await sleep(100);
  }
}

/** The process id of a workspace's last daemon, as far as Nx knows of one. */
function daemonOf(workspace: Workspace): number | undefined {
  const file = join(workspace.dataFolder, 'd', 'server-process.json');
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, 'utf8')) as { processId: number }).processId;
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
