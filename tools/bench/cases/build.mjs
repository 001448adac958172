// What it takes to build all environments of a stack of real packages, and how much disk: compared to an environment of
// its own for each application, with all of its packages. With the Python that is on PATH.
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { interleave, resultOf } from '../statistics.mjs';
import { lockAll, onStacks } from '../stack-to-lock.mjs';
import { folderOf } from '../stacks.mjs';

export const name = 'build';
export const sizes = [5];

const OWN_TIME = join(import.meta.dirname, '../own-time.mjs');

const BUILD = ['run-many', '--target=build', '--output-style=static'];

export async function run({ installation, sizes, runs }) {
  return onStacks(installation, sizes, async (stack, size) => {
    const workspace = stack.workspace();
    const version = python('import platform; print(platform.python_version())');
    for (const { kind, name: layer } of stack.layers) {
      const file = `layers/${layer}/layer.toml`;
      if (kind === 'runtime')
        workspace.write({ [file]: workspace.read(file).replace(/cpython@[\d.]+/, `cpython@${version}`) });
    }
    await lockAll(workspace);
    workspace.commit();

    const environments = stack.layers.map((layer) => join(workspace.root, folderOf(layer), '.venv'));
    const remove = () => environments.forEach((path) => rmSync(path, { recursive: true, force: true }));
    const build = async (env) => (await workspace.nx(BUILD, { env })).seconds;
    const cold = async () => {
      remove();
      const cache = mkdtempSync(join(installation.folder, 'uv-cache-'));
      const seconds = await build({ UV_CACHE_DIR: cache });
      rmSync(cache, { recursive: true, force: true });
      return seconds;
    };
    const warm = async () => {
      remove();
      return build();
    };
    const [application] = stack.applications;
    const itself = () => {
      const args = [OWN_TIME, installation.plugin, application.name, 'build'];
      const output = execFileSync(process.execPath, args, {
        cwd: workspace.root,
        env: workspace.env(),
        encoding: 'utf8',
      });
      return Number(output.trim().split('\n').at(-1)) / 1000;
    };
    const found = await interleave(runs, { cold, warm, again: () => build(), itself });
    const row = (about, numbers, unit = 's', reference) =>
      resultOf({ case: about, layers: size, daemon: 'off', runs: numbers, unit }, reference);
    return [
      row('build, uv’s cache empty', found.cold),
      row('build, packages in uv’s cache', found.warm),
      row('build, nothing to do', found.again),
      resultOf(
        { case: 'the same, an application, without Nx', layers: size, daemon: 'off', runs: found.itself, unit: 's' },
        undefined,
        { kind: 'most', limit: 0.05 },
      ),
      row('disk, environments in layers', [environments.reduce((sum, path) => sum + megabytesIn(path), 0)], 'MB', {
        name: 'one for each application',
        runs: [megabytesWithoutLayers(stack, workspace)],
      }),
    ];
  });
}

function python(code) {
  return execFileSync('python3', ['-c', code], { encoding: 'utf8' }).trim();
}

/** Environments with all packages of an application each, its own and those of the layers below. */
function megabytesWithoutLayers({ installation, layers, applications }, workspace) {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const below = (layer) => layer.lower.flatMap((lower) => [byName.get(lower), ...below(byName.get(lower))]);
  const uv = (...args) => execFileSync(installation.uv, args, { env: workspace.env(), stdio: 'ignore' });
  return applications.reduce((sum, application) => {
    const folder = mkdtempSync(join(installation.folder, 'whole-'));
    const root = join(folder, '.venv');
    uv('venv', '--python', join(workspace.root, folderOf(layers[0]), '.venv/bin/python'), root);
    for (const layer of new Set([application, ...below(application)])) {
      const locks = join(workspace.root, folderOf(layer), 'requirements');
      const [lock] = readdirSync(locks).filter((file) => /^pylock\..*\.toml$/.test(file));
      uv('pip', 'install', '--preview-features', 'pylock', '--python', root, '--requirements', join(locks, lock));
    }
    const megabytes = megabytesIn(root);
    rmSync(folder, { recursive: true, force: true });
    return sum + megabytes;
  }, 0);
}

/** What is in a folder, counted as if no file were shared with another folder: as when it is deployed. */
function megabytesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const bytes = entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);
  return bytes / 2 ** 20;
}
