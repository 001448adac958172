// Completes package-lock.json with the optional platform packages that the registry it was made from did not hold.
//
// Native packages (nx, resolvers) have one optional dependency for each platform. Where some are missing from the
// lock, `npm ci` refuses to install at all. What npm needs of them is the version, and for which system they are; both
// follow from the dependency and its name (the naming of napi-rs: name-os-cpu[-libc]).
//
// node tools/complete-package-lock.mjs          writes what is missing
// node tools/complete-package-lock.mjs --check  fails if anything is
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../package-lock.json', import.meta.url);
const OS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const CPU = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

/** The fields that tell npm for which system a package is. */
function platformOf(name) {
  const words = name.split('/').at(-1).split('-');
  const os = OS.find((each) => words.includes(each));
  const cpu = CPU.find((each) => words.includes(each));
  if (!os || !cpu) throw new Error(`${name}: for which system it is does not follow from its name; add it by hand`);
  const libc = os !== 'linux' ? undefined : words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  return { cpu: [cpu], ...(libc ? { libc: [libc] } : {}), os: [os] };
}

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const missing = Object.values(lock.packages).flatMap(({ dev, optionalDependencies = {} }) =>
  Object.entries(optionalDependencies)
    .filter(([name]) => !(`node_modules/${name}` in lock.packages))
    .map(([name, version]) => ({ name, version, dev })),
);

if (process.argv.includes('--check')) {
  if (missing.length) {
    console.error(`package-lock.json lacks ${missing.map(({ name }) => name).join(', ')}.`);
    console.error('Complete it: node tools/complete-package-lock.mjs');
    process.exitCode = 1;
  }
} else {
  for (const { name, version, dev } of missing) {
    if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name}: '${version}' is a range; add it by hand`);
    lock.packages[`node_modules/${name}`] = { version, ...platformOf(name), ...(dev ? { dev } : {}), optional: true };
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
  console.log(`added ${missing.length} platform packages to package-lock.json`);
}
