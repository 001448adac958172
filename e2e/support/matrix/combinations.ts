/**
 * What the plugin is run with, as the registry had it on 2026-11-22: the newest of each major version of Nx and of each
 * package manager, and the oldest Nx that the peer range of packages/nx-venvstacks/package.json admits.
 */
const NX = {
  oldest: { nx: '22.7.0', devkit: '22.7.0' },
  22: { nx: '22.7.12', devkit: '22.7.12' },
  23: { nx: '23.3.2', devkit: '23.3.2' },
  24: { nx: '24.0.6', devkit: '24.0.0' },
} as const;

export const PACKAGE_MANAGERS = {
  npm: undefined,
  pnpm: { name: 'pnpm', version: '12.21.0' },
  yarn: { name: '@yarnpkg/cli-dist', version: '4.18.1' },
  'yarn classic': { name: 'yarn', version: '1.22.22' },
} as const;

export type PackageManager = keyof typeof PACKAGE_MANAGERS;

/** One pass of the core. */
export interface Combination {
  readonly nx: string;
  /** The version of `@nx/devkit` beside it; none: the plugin does without. */
  readonly devkit?: string;
  readonly daemon: boolean;
  readonly packageManager: PackageManager;
}

/** How a pass is called, in the output and in docs/compatibility.md. */
export function titleOf({ nx, devkit, daemon, packageManager }: Combination): string {
  const version = PACKAGE_MANAGERS[packageManager]?.version;
  return [
    `Nx ${nx}`,
    devkit === undefined ? 'no devkit' : `devkit ${devkit}`,
    version === undefined ? packageManager : `${packageManager} ${version}`,
    `daemon ${daemon ? 'on' : 'off'}`,
  ].join(' | ');
}

/** In `npm test`: each major version once, with its daemon where that differs. All other tests run the newest without. */
export const SHORT: readonly Combination[] = [
  { ...NX[24], daemon: true, packageManager: 'npm' },
  { nx: NX[23].nx, daemon: false, packageManager: 'npm' },
  { nx: NX[22].nx, daemon: true, packageManager: 'npm' },
];

/** All that docs/compatibility.md tells of. */
export const ALL: readonly Combination[] = [
  { nx: NX.oldest.nx, daemon: false, packageManager: 'npm' },
  ...[NX.oldest, NX[22], NX[23], NX[24]].flatMap((versions) =>
    [false, true].map((daemon): Combination => ({ ...versions, daemon, packageManager: 'npm' })),
  ),
  ...(['pnpm', 'yarn', 'yarn classic'] as const).map((packageManager): Combination => ({
    nx: NX[24].nx,
    daemon: false,
    packageManager,
  })),
];
