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
  run(['install', '--no-audit', '--no-fund', '--loglevel=error'], installed);
  process.env.NX_VENVSTACKS_E2E = folder;
};
