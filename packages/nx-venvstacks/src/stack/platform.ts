import type { MarkerEnvironment } from './pep508';
import type { PythonImplementation } from './python';

/** Platforms that a layer can be deployed to, sorted. The names are those of wheel tags. */
export const PLATFORMS = [
  'linux_aarch64',
  'linux_x86_64',
  'macosx_arm64',
  'macosx_x86_64',
  'win_amd64',
  'win_arm64',
] as const;

export type Platform = (typeof PLATFORMS)[number];

/** What a runtime that names none is for, in venvstacks' order. */
export const DEFAULT_PLATFORMS: readonly Platform[] = [
  'linux_x86_64',
  'linux_aarch64',
  'macosx_arm64',
  'macosx_x86_64',
  'win_amd64',
  'win_arm64',
];

/** The oldest system that wheels may need: `[2, 28]` for glibc 2.28. */
export type TargetVersion = readonly [major: number, minor: number];

export const isLinux = (platform: Platform): boolean => platform.startsWith('linux');
export const isMacos = (platform: Platform): boolean => platform.startsWith('macosx');

/** `glibc` or `glibc@X.Y`. */
export const LINUX_TARGET = /^glibc(?:@(\d+)\.(\d+))?$/;

/** `X`, `X.Y` or `X.Y.Z`, of which the first two count, as for venvstacks. */
export const MACOSX_TARGET = /^(\d+)(?:\.(\d+)(?:\.\d+)?)?$/;

/** Reads `glibc` or `glibc@X.Y`. Undefined for anything else. */
export function parseLinuxTarget(text: string): TargetVersion | undefined {
  if (text === 'glibc') return [2, 28];
  const [, major, minor] = LINUX_TARGET.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

/** Reads `X`, `X.Y` or `X.Y.Z`: a field, or the environment's `MACOSX_DEPLOYMENT_TARGET`. Undefined for anything else. */
export function parseMacosTarget(text: string): TargetVersion | undefined {
  const [, major, minor = '0'] = MACOSX_TARGET.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

const SYSTEMS = {
  linux: { os_name: 'posix', sys_platform: 'linux', platform_system: 'Linux' },
  macosx: { os_name: 'posix', sys_platform: 'darwin', platform_system: 'Darwin' },
  win: { os_name: 'nt', sys_platform: 'win32', platform_system: 'Windows' },
};
// Windows on x86 says AMD64; on ARM, Python says ARM64 but venvstacks evaluates with arm64.
const MACHINES: Record<Platform, string> = {
  linux_aarch64: 'aarch64',
  linux_x86_64: 'x86_64',
  macosx_arm64: 'arm64',
  macosx_x86_64: 'x86_64',
  win_amd64: 'AMD64',
  win_arm64: 'arm64',
};

/** What markers are evaluated against for a platform and a Python. */
export function markerEnvironment(platform: Platform, python: PythonImplementation): MarkerEnvironment {
  const system = platform.slice(0, platform.indexOf('_')) as keyof typeof SYSTEMS;
  return {
    ...SYSTEMS[system],
    platform_machine: MACHINES[platform],
    implementation_name: python.implementation,
    platform_python_implementation: python.implementation === 'pypy' ? 'PyPy' : 'CPython',
    python_version: python.minor,
    python_full_version: python.version,
    extra: '',
  };
}
