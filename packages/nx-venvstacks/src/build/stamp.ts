import { readIfThere, writeText } from '../lock';
import type { Environment } from './environment';

/** What is known of an environment that was built, or is being built. */
export interface Stamp {
  /** What it was built from; undefined while it is being built, and after that was interrupted. */
  readonly fingerprint: string | undefined;
  /** Names of packages that were installed from a lock: those are taken out again, a user's own are left. */
  readonly packages: readonly string[];
}

/** The stamp of an environment; undefined where there is none of ours. */
export function readStamp({ stamp }: Environment): Stamp | undefined {
  try {
    const { fingerprint, packages } = JSON.parse(readIfThere(stamp) ?? '') as Record<string, unknown>;
    const names = Array.isArray(packages) ? packages.filter((name) => typeof name === 'string') : [];
    return { fingerprint: typeof fingerprint === 'string' ? fingerprint : undefined, packages: names };
  } catch (error) {
    if (error instanceof SyntaxError)
      return readIfThere(stamp) === undefined ? undefined : { fingerprint: undefined, packages: [] };
    throw error;
  }
}

export async function writeStamp({ stamp }: Environment, { fingerprint, packages }: Stamp): Promise<void> {
  await writeText(stamp, `${JSON.stringify({ fingerprint, packages }, undefined, 2)}\n`);
}
