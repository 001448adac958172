import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layer } from '../stack';

/** Where a layer's environment is, and what is in it. All paths are absolute. */
export interface Environment {
  readonly root: string;
  /** `python`, `uv` and editors start this. */
  readonly python: string;
  /** The Python itself, where `python` is a script that tells it of shared libraries. */
  readonly wrapped: string;
  readonly sitePackages: string;
  /** Links to shared libraries that layers above may load. */
  readonly sharedLibraries: string;
  /** What was built, and from what. */
  readonly stamp: string;
  /** All that is installed for the layer, its own packages and those below: for pip and uv to bring no other versions. */
  readonly constraints: string;
  /** Written by uv. */
  readonly config: string;
}

/** The environment of a layer: in the project's root, where editors look for one. */
export function environmentOf({ projectRoot, python }: Pick<Layer, 'projectRoot' | 'python'>): Environment {
  const root = join(projectRoot, '.venv');
  const isWindows = process.platform === 'win32';
  const library = python.implementation === 'pypy' ? `pypy${python.minor}` : `python${python.minor}`;
  const executable = isWindows ? join(root, 'Scripts', 'python.exe') : join(root, 'bin', 'python');
  return {
    root,
    python: executable,
    wrapped: `${executable}_`,
    sitePackages: isWindows ? join(root, 'Lib', 'site-packages') : join(root, 'lib', library, 'site-packages'),
    sharedLibraries: join(root, 'share', 'venv', 'dynlib'),
    stamp: join(root, 'nx-venvstacks.json'),
    constraints: join(root, 'constraints.txt'),
    config: join(root, 'pyvenv.cfg'),
  };
}

/** Whether there is a Python behind a script. */
export function hasWrapped({ wrapped }: Environment): boolean {
  return lstatSync(wrapped, { throwIfNoEntry: false }) !== undefined;
}

/** The version of an environment's Python, `3.12.7` or `3.15.0rc1`; undefined where there is no environment that works. */
export function pythonVersionIn(environment: Environment): string | undefined {
  const { config, python, wrapped } = environment;
  // What it was made from may have been removed: then the link leads nowhere.
  if (!existsSync(config) || !existsSync(python) || (hasWrapped(environment) && !existsSync(wrapped))) return undefined;
  return /^version_info\s*=\s*(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)/m.exec(readFileSync(config, 'utf8'))?.[1];
}
