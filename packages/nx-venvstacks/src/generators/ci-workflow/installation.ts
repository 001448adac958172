import type { PackageManager, Tree } from '@nx/devkit';
import { detectPackageManager } from '../../nx';
import { usesWrapper } from '../../nx-command';

/** How a workspace gets its packages on a machine that has none. */
export interface Installation {
  readonly packageManager: PackageManager;
  /** Installs what the lock file says, and nothing else. */
  readonly install: string;
  /** Runs Nx once it is installed. */
  readonly nx: string;
  /** The file that says what is installed: what is downloaded changes with it. */
  readonly lockFile: string;
  /** Whether that is Nx's own wrapper, which installs Nx and its plugins as `nx.json` says. */
  readonly isWrapper: boolean;
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

/** The first of each package manager is what it writes today. */
const LOCK_FILES: Readonly<Record<string, PackageManager>> = {
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
  'yarn.lock': 'yarn',
  'pnpm-lock.yaml': 'pnpm',
  'package-lock.json': 'npm',
};

/** How the workspace is installed: by Nx's wrapper, its lock file, else its package.json, else as Nx was called. */
export function installationOf(tree: Tree): Installation {
  const node = nodeOf(tree);
  if (usesWrapper(tree.root)) return { ...WRAPPER, node };
  const packageJson = JSON.parse(tree.read('package.json', 'utf-8') ?? '{}') as { packageManager?: string };
  const pinned = packageJson.packageManager?.split('@')[0];
  const names = Object.keys(LOCK_FILES);
  const found = names.find((file) => tree.exists(file));
  const packageManager =
    (found === undefined ? Object.values(LOCK_FILES).find((name) => name === pinned) : LOCK_FILES[found]) ??
    detectPackageManager(tree.root);
  return {
    packageManager,
    ...commandsOf(packageManager, tree, packageJson.packageManager),
    lockFile: found ?? names.find((file) => LOCK_FILES[file] === packageManager) ?? '',
    isWrapper: false,
    isPinned: pinned === packageManager,
    node,
  };
}

/** The wrapper installs by npm at its first call, whatever that is for. Providers run it on Linux. */
const WRAPPER: Omit<Installation, 'node'> = {
  packageManager: 'npm',
  install: './nx --version',
  nx: './nx',
  lockFile: 'nx.json',
  isWrapper: true,
  usesCorepack: false,
  isPinned: false,
};

function commandsOf(
  packageManager: PackageManager,
  tree: Tree,
  pinned: string | undefined,
): Pick<Installation, 'install' | 'nx' | 'usesCorepack'> {
  switch (packageManager) {
    case 'npm':
      return { install: 'npm ci', nx: 'npx nx', usesCorepack: false };
    case 'pnpm':
      return { install: 'pnpm install --frozen-lockfile', nx: 'pnpm exec nx', usesCorepack: true };
    case 'bun':
      return { install: 'bun install --frozen-lockfile', nx: 'bunx nx', usesCorepack: false };
    case 'yarn': {
      const isClassic =
        pinned === undefined
          ? (tree.read('yarn.lock', 'utf-8') ?? '').includes('# yarn lockfile v1')
          : pinned.startsWith('yarn@1.');
      return isClassic
        ? { install: 'yarn install --frozen-lockfile', nx: 'yarn nx', usesCorepack: false }
        : { install: 'yarn install --immutable', nx: 'yarn nx', usesCorepack: true };
    }
  }
}

function nodeOf(tree: Tree): NodeVersion {
  const file = ['.nvmrc', '.node-version'].find((each) => tree.exists(each));
  const [, version = DEFAULT_NODE] = /^v?(\d+(?:\.\d+){0,2})\s*$/.exec((file && tree.read(file, 'utf-8')) ?? '') ?? [];
  return { file, version };
}
