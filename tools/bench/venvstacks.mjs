// venvstacks itself, where the variable VENVSTACKS names its executable.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { timed } from './workspace.mjs';

const executable = process.env.VENVSTACKS;

/**
 * A folder with the same stack, locked by venvstacks once: it makes the runtimes' environments then, and keeps them.
 *
 * @returns undefined where venvstacks takes no part, or cannot lock the stack
 */
export async function forVenvstacks(stack) {
  if (!executable) return undefined;
  const folder = stack.forVenvstacks();
  try {
    await venvstacksLock(folder);
    return folder;
  } catch (error) {
    console.error(`venvstacks takes no part: ${error.message.slice(-500)}`);
    return undefined;
  }
}

/** Locks a stack by venvstacks. @returns seconds */
export async function venvstacksLock(folder) {
  const { seconds } = await timed(executable, ['lock', 'venvstacks.toml'], { cwd: folder.root, env: folder.env() });
  return seconds;
}

/** Removes all that venvstacks has locked. */
export function unlockVenvstacks(folder) {
  rmSync(join(folder.root, 'requirements'), { recursive: true, force: true });
}
