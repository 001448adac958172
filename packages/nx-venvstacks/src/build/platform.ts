import { arch, platform } from 'node:process';
import type { Layer, Platform } from '../stack';

const SYSTEMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'macosx', win32: 'win' };
const MACHINES: Readonly<Record<string, Partial<Record<string, string>>>> = {
  linux: { x64: 'x86_64', arm64: 'aarch64' },
  macosx: { x64: 'x86_64', arm64: 'arm64' },
  win: { x64: 'amd64', arm64: 'arm64' },
};

/** Why a layer is not built on this machine; undefined where it is. */
export function whyNotHere({ platforms }: Pick<Layer, 'platforms'>, here = machinePlatform()): string | undefined {
  if (here !== undefined && platforms.includes(here)) return undefined;
  return `it is for ${platforms.join(', ') || 'no platform'}, and this machine is ${here ?? 'none of those'}`;
}

/** The platform of this machine, by the names of wheel tags; undefined for one that layers cannot be for. */
export function machinePlatform(system = platform, machine: string = arch): Platform | undefined {
  const name = SYSTEMS[system];
  const tag = name === undefined ? undefined : MACHINES[name]?.[machine];
  return tag === undefined ? undefined : (`${name}_${tag}` as Platform);
}
