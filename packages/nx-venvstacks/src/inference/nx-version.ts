import { readFileSync } from 'node:fs';

let major: number | undefined;

/** The major version of the Nx that runs: of the very package that `../nx.ts` takes from, of which no more is loaded. */
export function nxMajorVersion(): number {
  return (major ??= Number.parseInt(
    (JSON.parse(readFileSync(require.resolve('nx/package.json'), 'utf8')) as { version: string }).version,
    10,
  ));
}
