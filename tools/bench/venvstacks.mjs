// venvstacks itself, where the variable VENVSTACKS names its executable.
import { timed } from './workspace.mjs';

const executable = process.env.VENVSTACKS;

/** Whether venvstacks takes part. */
export const takesPart = executable !== undefined && executable !== '';

/** Locks a stack by venvstacks. @returns seconds */
export async function venvstacksLock(workspace) {
  // Its own uv is asked for by Python, and finds itself.
  const { seconds } = await timed(executable, ['lock', 'venvstacks.toml'], { cwd: workspace.root, env: workspace.env() });
  return seconds;
}
