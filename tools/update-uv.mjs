// Pins the uv that is installed where none is found: its version, and the hashes of its files, from the package index.
//
// node tools/update-uv.mjs 0.13.9          that version
// node tools/update-uv.mjs                 the hashes of the pinned one anew
//
// It uses the uv on PATH, or the one that the variable UV names. Thereafter run all tests: lock/interpreter.ts answers
// uv in a form that is uv's own business, and may have changed.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../packages/nx-venvstacks/src/lock/uv-pin.ts', import.meta.url);

const [, pinned] = /PINNED_UV = '(.*)'/.exec(readFileSync(FILE, 'utf8')) ?? [];
const version = process.argv[2] ?? pinned;
const compiled = execFileSync(
  process.env.UV ?? 'uv',
  ['pip', 'compile', '--quiet', '--no-config', '--universal', '--generate-hashes', '--no-header', '--no-annotate', '-'],
  { encoding: 'utf8', input: `uv==${version}\n` },
);
const hashes = [...compiled.matchAll(/--hash=(sha256:[0-9a-f]{64})/g)].map(([, hash]) => hash).sort();
if (hashes.length === 0) throw new Error(`no hashes of uv ${version}:\n${compiled}`);

writeFileSync(
  FILE,
  `/** The uv that is installed where none is found. Written by tools/update-uv.mjs. */
export const PINNED_UV = '${version}';

/** The sha256 of each of its files on PyPI, for all systems: pip installs none but these. */
export const PINNED_UV_HASHES: readonly string[] = [
${hashes.map((hash) => `  '${hash}',`).join('\n')}
];
`,
);
