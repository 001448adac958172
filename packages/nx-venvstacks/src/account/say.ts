import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceDataFolder } from '../inference';
import { writeToClientOnLinux } from './client-linux';
import { writeToTerminalOnMac } from './client-macos';
import type { Command } from './command';

/** Nx marks its processes so, all that this plugin supports. */
interface NxGlobals {
  readonly NX_DAEMON?: boolean;
  readonly NX_PLUGIN_WORKER?: boolean;
}

/**
 * Writes a text to where a command of Nx has its output. This process may be the command's own, or a worker, whose output
 * Nx hands on; but with a daemon, it is that, or a worker of it, and its output goes into a log.
 */
export async function say(text: string, command: Command): Promise<void> {
  if (isOnDaemon(command.workspaceRoot)) {
    // There is no other way from a daemon to its user. Windows has not even this one.
    if (process.platform === 'linux') writeToClientOnLinux(text, command);
    if (process.platform === 'darwin') await writeToTerminalOnMac(text, command);
    return;
  }
  await new Promise<void>((resolve) => {
    process.stdout.write(text, () => {
      resolve();
    });
  });
}

function isOnDaemon(workspaceRoot: string): boolean {
  const { NX_DAEMON, NX_PLUGIN_WORKER } = globalThis as NxGlobals;
  if (NX_DAEMON) return true;
  return NX_PLUGIN_WORKER === true && daemonProcess(workspaceRoot) === process.ppid;
}

/** By the file in which Nx keeps it. */
function daemonProcess(workspaceRoot: string): number | undefined {
  try {
    const file = join(workspaceDataFolder(workspaceRoot), 'd', 'server-process.json');
    return (JSON.parse(readFileSync(file, 'utf8')) as { processId?: number }).processId;
  } catch {
    return undefined;
  }
}
