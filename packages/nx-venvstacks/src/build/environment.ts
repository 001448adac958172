import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layer } from '../stack';

/** Where a layer's environment is, and what is in it. All paths are absolute. */
export interface Environment {
  readonly root: string;
  /** `python`, `uv` and editors start this. */
  readonly python: string;
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
  return {
    root,
    python: isWindows ? join(root, 'Scripts', 'python.exe') : join(root, 'bin', 'python'),
    sitePackages: isWindows ? join(root, 'Lib', 'site-packages') : join(root, 'lib', library, 'site-packages'),
    sharedLibraries: join(root, 'share', 'venv', 'dynlib'),
    stamp: join(root, 'nx-venvstacks.json'),
    constraints: join(root, 'constraints.txt'),
    config: join(root, 'pyvenv.cfg'),
  };
}

/** Where the Python itself lies that a script stands for, which tells it of shared libraries; else the Python. */
export function behindWrapper(python: string): string {
  const itself = `${python}_`;
  return lstatSync(itself, { throwIfNoEntry: false }) ? itself : python;
}

/** The version of an environment's Python, `3.12.7`; undefined where there is no environment that works. */
export function pythonVersionIn({ config, python }: Environment): string | undefined {
  // What it was made from may have been removed: then the link leads nowhere.
  if (!existsSync(config) || !existsSync(python) || !existsSync(behindWrapper(python))) return undefined;
  return /^version_info\s*=\s*(\d+\.\d+\.\d+)/m.exec(readFileSync(config, 'utf8'))?.[1];
}
