import { readIfThere, writeText } from '../lock';
import type { Environment } from './environment';
import type { Distributions } from './installed';

/** What is known of an environment that was built, or is being built. */
export interface Stamp {
  /** What it was built from; undefined while it is being built, and after that was interrupted. */
  readonly fingerprint: string | undefined;
  /** Where it was built, which is written into its scripts: it may have been moved, or copied. */
  readonly root: string;
  /** The Python that was declared, as `cpython@3.12.7`: it may not be the one that was found. */
  readonly python: string;
  /** The layer's own packages, name → hash of their files. Those are taken out again, not a user's own. */
  readonly packages: ReadonlyMap<string, string>;
  /** As what version they were installed. */
  readonly installed: Distributions;
}

/** The stamp of an environment; undefined where there is none of ours. */
export function readStamp({ stamp }: Pick<Environment, 'stamp'>): Stamp | undefined {
  const text = readIfThere(stamp);
  if (text === undefined) return undefined;
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    // One that is broken is of a build that was cut short.
  }
  const { fingerprint, root, python, packages, installed } = (found ?? {}) as Record<string, unknown>;
  return {
    fingerprint: typeof fingerprint === 'string' ? fingerprint : undefined,
    root: typeof root === 'string' ? root : '',
    python: typeof python === 'string' ? python : '',
    packages: textsOf(packages),
    installed: textsOf(installed),
  };
}

function textsOf(value: unknown): ReadonlyMap<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

export async function writeStamp({ stamp }: Pick<Environment, 'stamp'>, content: Stamp): Promise<void> {
  const { packages, installed } = content;
  const json = { ...content, packages: Object.fromEntries(packages), installed: Object.fromEntries(installed) };
  await writeText(stamp, `${JSON.stringify(json, undefined, 2)}\n`);
}
