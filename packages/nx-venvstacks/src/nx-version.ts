import { readFileSync } from 'node:fs';

/** The major version of the Nx that runs. Its manifest is read: to load Nx itself takes longer than most of our work. */
export function nxMajor(): number {
  const manifest = readFileSync(require.resolve('nx/package.json'), 'utf8');
  return Number((JSON.parse(manifest) as { version: string }).version.split('.')[0]);
}
