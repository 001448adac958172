import { isLinux, isMacos, type Platform, type TargetVersion } from '../stack';

/** The oldest systems that wheels may need. */
export interface Targets {
  readonly linux: TargetVersion;
  readonly macos: TargetVersion;
}

/**
 * Platforms for which none of the wheels fits (lock-format.md, "wheels for every platform").
 *
 * @param wheels file names
 */
export function platformsWithoutWheel(
  wheels: readonly string[],
  platforms: readonly Platform[],
  targets: Targets,
): Platform[] {
  const tags = wheels.flatMap(platformTags);
  return platforms.filter((platform) => !tags.some((tag) => fits(tag, platform, targets)));
}

/** The platform tags in a wheel's file name: `…-manylinux_2_17_x86_64.manylinux2014_x86_64.whl` has two. */
function platformTags(fileName: string): string[] {
  const [, tags] = /-([^-]+)\.whl$/.exec(fileName) ?? [];
  return tags?.split('.') ?? [];
}

function fits(tag: string, platform: Platform, targets: Targets): boolean {
  if (tag === 'any' || tag === platform) return true;
  const machine = platform.slice(platform.indexOf('_') + 1);
  if (isLinux(platform)) {
    // As in venvstacks, the older names manylinux1 and manylinux2010 do not count.
    const standard = tag.replace(/^manylinux2014_/, 'manylinux_2_17_');
    const [, major, minor, arch] = /^manylinux_(\d+)_(\d+)_(.+)$/.exec(standard) ?? [];
    return arch === machine && isAtMost([Number(major), Number(minor)], targets.linux);
  }
  if (isMacos(platform)) {
    const [, major, minor, arch] = /^macosx_(\d+)_(\d+)_(.+)$/.exec(tag) ?? [];
    return (arch === machine || arch === 'universal2') && isAtMost([Number(major), Number(minor)], targets.macos);
  }
  return false;
}

function isAtMost(needed: TargetVersion, available: TargetVersion): boolean {
  return needed[0] < available[0] || (needed[0] === available[0] && needed[1] <= available[1]);
}
