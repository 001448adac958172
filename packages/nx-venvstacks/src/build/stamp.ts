import { readIfThere, writeText } from '../lock';
import type { Environment } from './environment';

/** What is known of an environment that was built, or is being built. */
export interface Stamp {
  /** What it was built from; undefined while it is being built, and after that was interrupted. */
  readonly fingerprint: string | undefined;
  /** Where it was built, which is written into its scripts: it may have been moved, or copied. */
  readonly root: string;
  /** The Python that was declared, as `cpython@3.12.7`: it may not be the one that was found. */
  readonly python: string;
  /** Packages that were installed from a lock, name → hash of their files. Those are taken out again, not a user's own. */
  readonly packages: Readonly<Record<string, string>>;
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
  const { fingerprint, root, python, packages } = (found ?? {}) as Record<string, unknown>;
  const known = typeof packages === 'object' && packages !== null ? Object.entries(packages) : [];
  return {
    fingerprint: typeof fingerprint === 'string' ? fingerprint : undefined,
    root: typeof root === 'string' ? root : '',
    python: typeof python === 'string' ? python : '',
    packages: Object.fromEntries(known.filter(([, hash]) => typeof hash === 'string')),
  };
}

export async function writeStamp({ stamp }: Environment, content: Stamp): Promise<void> {
  await writeText(stamp, `${JSON.stringify(content, undefined, 2)}\n`);
}
