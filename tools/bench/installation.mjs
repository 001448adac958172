// One installation for all workspaces of a run: the packed plugin, Nx, uv, and the plugin it is compared with.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '../..');

/** @param folder absolute path of an empty folder */
export function install(folder) {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const installed = join(folder, 'installed');
  mkdirSync(installed);
  const npm = (args, cwd) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(npm(pack, join(ROOT, 'packages/nx-venvstacks')));
  const dependencies = { nx: devDependencies.nx, 'nx-venvstacks': `file:${join(folder, filename)}` };
  writeFileSync(join(installed, 'package.json'), JSON.stringify({ private: true, dependencies }));
  npm(['install', '--no-audit', '--no-fund', '--loglevel=error'], installed);

  const modules = join(installed, 'node_modules');
  cpSync(join(HERE, 'plugin'), join(modules, 'bench-plugin'), { recursive: true });
  const plugin = join(modules, 'nx-venvstacks');
  const { executors } = JSON.parse(readFileSync(join(plugin, 'executors.json'), 'utf8'));
  return {
    folder,
    modules,
    plugin,
    uv: installUv(folder, plugin),
    nx: devDependencies.nx,
    /** Whether layers are locked many in a process. */
    hasBatch: executors.lock.batchImplementation !== undefined,
  };
}

/** The uv that the plugin would install, by pip. @returns absolute path */
function installUv(folder, plugin) {
  const [, version] = /PINNED_UV = '([\d.]+)'/.exec(readFileSync(join(plugin, 'dist/lock/uv-pin.js'), 'utf8'));
  const target = join(folder, 'uv');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', target];
  execFileSync('python3', [...pip, `uv==${version}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  const uv = join(target, 'bin/uv');
  if (!existsSync(uv)) throw new Error(`pip installed no ${uv}`);
  return uv;
}
