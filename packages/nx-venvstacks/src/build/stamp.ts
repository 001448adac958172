import { readIfThere, writeText } from '../lock/judging';
import type { Layer } from '../stack';
import { environmentOf, type Environment } from './environment';

/** What is known of an environment that was built, or is being built. */
export interface Stamp {
  /** What it was built from; undefined while it is being built, and after that was interrupted. */
  readonly fingerprint: string | undefined;
  /** Names of packages that were installed from a lock: those are taken out again, a user's own are left. */
  readonly packages: readonly string[];
}

/** From what a layer's environment was built; undefined where there is none, or none that is whole. */
export function builtFrom(layer: Layer): string | undefined {
  return readStamp(environmentOf(layer))?.fingerprint;
}

/** The stamp of an environment; undefined where there is none of ours. */
export function readStamp({ stamp }: Environment): Stamp | undefined {
  const text = readIfThere(stamp);
  if (text === undefined) return undefined;
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    // One that is broken is of a build that was cut short.
  }
  const { fingerprint, packages } = (found ?? {}) as Record<string, unknown>;
  return {
    fingerprint: typeof fingerprint === 'string' ? fingerprint : undefined,
    packages: Array.isArray(packages) ? packages.filter((name) => typeof name === 'string') : [],
  };
}

export async function writeStamp({ stamp }: Environment, { fingerprint, packages }: Stamp): Promise<void> {
  await writeText(stamp, `${JSON.stringify({ fingerprint, packages }, undefined, 2)}\n`);
}
