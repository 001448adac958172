import type { Layer } from '../stack';

/**
 * For people at a terminal only, and only in a batch: what is under way does not belong into the log of a build, nor into
 * an output that Nx keeps and shows again, as it does with all that a task with a process of its own writes.
 */
export function showProgress(text: string): void {
  const { CI, NX_TASK_TARGET_PROJECT } = process.env;
  const isBuild = CI !== undefined && CI !== '' && CI !== 'false';
  const isBatch = NX_TASK_TARGET_PROJECT === undefined;
  // A batch writes to a pipe: what it has of the terminal is the standard input.
  if (isBatch && !isBuild && process.stdin.isTTY) process.stderr.write(`${text}\n`);
}

/** While uv runs for longer than a second, a terminal sees what is being resolved, in a line that stays. */
export async function whileShowingProgress<T>(layer: Layer, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => {
    showProgress(`${layer.envName}: resolving …`);
  }, 1000);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
