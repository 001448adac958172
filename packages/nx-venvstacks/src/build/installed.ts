import { readdirSync } from 'node:fs';
import { normalizeName, normalizeVersion } from '../stack';
import type { Environment } from './environment';

/** Distributions: normalised name → normalised version. */
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
      const [, name, written = ''] = /^(.+)-([^-]+)\.dist-info$/.exec(folder) ?? [];
      if (name === undefined) return [];
      const version = written.replaceAll('_', '-');
      return [[normalizeName(name), normalizeVersion(version) ?? version] as const];
    }),
  );
}

/** Distributions as constraints for pip and uv, a line each, sorted. */
export function constraintsOf(distributions: Distributions): string[] {
  return [...distributions].map(([name, version]) => `${name}==${version}`).sort();
}
