import type { PackageManager, Tree } from '@nx/devkit';
import { detectPackageManager } from '../../nx';

/** How a workspace gets its packages on a machine that has none. */
export interface Installation {
  readonly packageManager: PackageManager;
  /** Installs what the lock file says, and nothing else. */
  readonly install: string;
  /** Runs a program of an installed package. */
  readonly exec: string;
  /** Whether corepack provides the package manager. */
  readonly usesCorepack: boolean;
  /** Whether package.json says which version of the package manager it is. */
  readonly isPinned: boolean;
  readonly node: NodeVersion;
}

/** The Node of a workspace: of the file that says so, if there is one. */
export interface NodeVersion {
  readonly file: string | undefined;
  /** As a container's tag: `24`, `22.14.0`. */
  readonly version: string;
}

/**
 * Long-term support until April 2028. Nx and this plugin run on it; of the older ones, 22 ends a year earlier, 20 has
 * ended.
 */
const DEFAULT_NODE = '24';

const LOCK_FILES: Readonly<Record<string, PackageManager>> = {
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
  'yarn.lock': 'yarn',
  'pnpm-lock.yaml': 'pnpm',
  'package-lock.json': 'npm',
};

/** How the workspace is installed: by its lock file, else its package.json, else as Nx was called. */
export function installationOf(tree: Tree): Installation {
  const packageJson = JSON.parse(tree.read('package.json', 'utf-8') ?? '{}') as { packageManager?: string };
  const pinned = packageJson.packageManager?.split('@')[0];
  const lockFile = Object.keys(LOCK_FILES).find((file) => tree.exists(file));
  const packageManager =
    (lockFile === undefined ? Object.values(LOCK_FILES).find((name) => name === pinned) : LOCK_FILES[lockFile]) ??
    detectPackageManager(tree.root);
  return {
    packageManager,
    ...commandsOf(packageManager, tree, packageJson.packageManager),
    isPinned: pinned === packageManager,
    node: nodeOf(tree),
  };
}

function commandsOf(
  packageManager: PackageManager,
  tree: Tree,
  pinned: string | undefined,
): Pick<Installation, 'install' | 'exec' | 'usesCorepack'> {
  switch (packageManager) {
    case 'npm':
      return { install: 'npm ci', exec: 'npx', usesCorepack: false };
    case 'pnpm':
      return { install: 'pnpm install --frozen-lockfile', exec: 'pnpm exec', usesCorepack: true };
    case 'bun':
      return { install: 'bun install --frozen-lockfile', exec: 'bunx', usesCorepack: false };
    case 'yarn': {
      const isClassic =
        pinned === undefined
          ? (tree.read('yarn.lock', 'utf-8') ?? '').includes('# yarn lockfile v1')
          : pinned.startsWith('yarn@1.');
      return isClassic
        ? { install: 'yarn install --frozen-lockfile', exec: 'yarn', usesCorepack: false }
        : { install: 'yarn install --immutable', exec: 'yarn', usesCorepack: true };
    }
  }
}

function nodeOf(tree: Tree): NodeVersion {
  const file = ['.nvmrc', '.node-version'].find((each) => tree.exists(each));
  const [, version = DEFAULT_NODE] = /^v?(\d+(?:\.\d+){0,2})\s*$/.exec((file && tree.read(file, 'utf-8')) ?? '') ?? [];
  return { file, version };
}
