// What must hold before a release: no package that is installed with ours has a known vulnerability, and each has a
// licence that ours may be shipped with.
//
//   npm run release:check
//
// Asks the registry, so it is no part of the tests.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORKSPACE = ['--workspace', 'packages/nx-venvstacks', '--omit=dev', '--omit=peer'];
const LICENCES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28, shell: process.platform === 'win32' };

/** Every package below one of npm's tree, by name and version. */
function packagesBelow(node, found = new Map()) {
  for (const [name, each] of Object.entries(node.dependencies ?? {})) {
    // It is there for our own development; a user's npm does not install it.
    if (node.peerDependenciesMeta?.[name]?.optional) continue;
    if (name !== 'nx-venvstacks') found.set(`${name} ${each.version}`, each.license ?? 'none');
    packagesBelow(each, found);
  }
  return found;
}

const tree = JSON.parse(execFileSync(npm, ['ls', '--all', '--long', '--json', ...WORKSPACE], options));
const packages = [...packagesBelow(tree)].sort();
for (const [name, licence] of packages) console.log(`${licence.padEnd(14)}${name}`);
const refused = packages.filter(([, licence]) => !LICENCES.includes(licence));
for (const [name, licence] of refused)
  console.error(`${name}: the licence ${licence} is not one of ${LICENCES.join(', ')}`);

const audit = spawnSync(npm, ['audit', ...WORKSPACE], { ...options, stdio: 'inherit' });
process.exitCode = refused.length > 0 || audit.status !== 0 ? 1 : 0;
