// Before all end-to-end tests: one workspace with the packed plugin, installed from the registry, for all of them.
const { execFileSync } = require('node:child_process');
const { mkdirSync, mkdtempSync, realpathSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const plugin = resolve(__dirname, '../packages/nx-venvstacks');
const { devDependencies } = require('../package.json');

module.exports = () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nx-venvstacks-e2e-')));
  const installed = join(folder, 'installed');
  mkdirSync(installed);
  const run = (args, cwd) =>
    execFileSync(npm, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      shell: process.platform === 'win32',
    });

  const [{ filename }] = JSON.parse(run(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], plugin));
  writeFileSync(
    join(installed, 'package.json'),
    JSON.stringify({
      private: true,
      dependencies: {
        '@nx/devkit': devDependencies['@nx/devkit'],
        nx: devDependencies.nx,
        'nx-venvstacks': `file:${join(folder, filename).replaceAll('\\', '/')}`,
      },
    }),
  );
  // For tests that are about other things than how uv is found.
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const uv = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--target',
    join(folder, 'uv'),
    'uv==0.13.9',
  ];
  execFileSync(python, uv, { stdio: ['ignore', 'ignore', 'inherit'] });
  run(['install', '--no-audit', '--no-fund', '--loglevel=error'], installed);
  process.env.NX_VENVSTACKS_E2E = folder;
};
