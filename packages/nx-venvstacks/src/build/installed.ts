import { readdirSync } from 'node:fs';
import { normalizeName } from '../stack';
import type { Environment } from './environment';

/** Distributions: normalised name → the name of its `.dist-info` folder, which has the version in it. */
export type Distributions = ReadonlyMap<string, string>;

/** What is installed in an environment, whoever did it. */
export function distributionsIn({ sitePackages }: Environment): Distributions {
  let names: string[];
  try {
    names = readdirSync(sitePackages);
  } catch {
    names = [];
  }
  return new Map(
    names.flatMap((folder) => {
      const [, name] = NAME_AND_VERSION.exec(folder) ?? [];
      return name === undefined ? [] : [[normalizeName(name), folder] as const];
    }),
  );
}

const NAME_AND_VERSION = /^(.+)-([^-]+)\.dist-info$/;

/** Distributions as constraints for pip and uv, a line each, sorted. */
export function constraintsOf(distributions: Distributions): string[] {
  return [...distributions]
    .map(([name, folder]) => `${name}==${(NAME_AND_VERSION.exec(folder)?.[2] ?? '').replaceAll('_', '-')}`)
    .sort();
}
