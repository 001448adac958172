import type { Layer } from '../stack';

/**
 * For people at a terminal only: what is under way does not belong into an output that Nx keeps and shows again, nor into
 * the log of a build. A batch writes to a pipe, and what it is told of the terminal is its standard input.
 */
export function showProgress(text: string): void {
  if (process.env.CI !== undefined && process.env.CI !== 'false') return;
  if (process.stderr.isTTY || (process.send !== undefined && process.stdin.isTTY)) process.stderr.write(`${text}\n`);
}

/** While uv runs for longer than a second, a terminal sees what is being resolved. */
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
