import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workspace } from '../workspace';

/** The process id of a workspace's daemon. @throws {Error} if it has none that runs */
export function daemonOf(workspace: Workspace): number {
  const file = join(workspace.dataFolder, 'd', 'server-process.json');
  const { processId } = JSON.parse(readFileSync(file, 'utf8')) as { processId: number };
  if (!isRunning(processId)) throw new Error(`the daemon ${processId} of ${file} does not run`);
  return processId;
}

/** Stops the daemon of a workspace, if one runs, and waits for its end. */
export async function stopDaemon(workspace: Workspace): Promise<void> {
  let daemon: number;
  try {
    daemon = daemonOf(workspace);
  } catch {
    return;
  }
  await workspace.nx(['daemon', '--stop']);
  for (let tries = 0; isRunning(daemon); tries++) {
    if (tries === 50) process.kill(daemon);
    if (tries === 100) throw new Error(`the daemon ${daemon} does not stop`);
    await sleep(100);
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
