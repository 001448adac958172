// Workspaces whose layers are really locked: five of real packages, more of what an index of our own offers.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startIndex } from './package-index.mjs';
import {
  CUTOFF,
  folderOf,
  generateStack,
  layerFiles,
  moduleOf,
  REAL_STACK,
  releasesFor,
  stackFiles,
} from './stacks.mjs';
import { trivialFiles, benchPlugin } from './trivial.mjs';
import { Workspace } from './workspace.mjs';

const LOCK_ALL = ['run-many', '--target=lock', '--output-style=static'];

/** Measures on a stack of each size, one after the other. @param measure gives results @returns all of them */
export async function onStacks(installation, sizes, measure) {
  const results = [];
  for (const size of sizes) {
    const stack = await openStack(installation, size);
    try {
      results.push(...(await measure(stack, size)));
    } finally {
      await stack.end();
    }
  }
  return results;
}

async function openStack(installation, size) {
  const isReal = size === REAL_STACK.length;
  const layers = isReal ? REAL_STACK : generateStack(size);
  const index = isReal ? undefined : await startIndex(releasesFor(size));
  const uvConfig = index
    ? `[[index]]\nname = "local"\nurl = "${index.url}"\ndefault = true\n`
    : `exclude-newer = "${CUTOFF}"\n`;
  return new StackToLock(installation, layers, uvConfig, index);
}

class StackToLock {
  #workspaces = [];
  #index;

  constructor(installation, layers, uvConfig, index) {
    this.installation = installation;
    this.layers = layers;
    this.uvConfig = uvConfig;
    this.#index = index;
  }

  /** A workspace with a layer.toml for each layer. @param pluginOptions of nx-venvstacks */
  workspace(pluginOptions = {}) {
    const files = { ...layerFiles(this.layers), 'venvstacks.uv.toml': this.uvConfig };
    return this.#open(files, [{ plugin: 'nx-venvstacks', options: pluginOptions }]);
  }

  /** A workspace with a trivial target for each layer, cached or not. */
  trivial(cache) {
    return this.#open(trivialFiles(this.layers), [benchPlugin({ mode: 'targets', cache })]);
  }

  /** A workspace of the same files in which nothing is inferred. */
  empty() {
    return this.#open(layerFiles(this.layers), [benchPlugin({ mode: 'nothing' })]);
  }

  /** A folder for venvstacks, without Nx. */
  forVenvstacks() {
    return this.#open({ ...stackFiles(this.layers), 'venvstacks.uv.toml': this.uvConfig }, []);
  }

  #open(files, plugins) {
    const workspace = new Workspace(this.installation, files, plugins);
    workspace.commit();
    this.#workspaces.push(workspace);
    return workspace;
  }

  get applications() {
    return this.layers.filter(({ kind }) => kind === 'application');
  }

  async end() {
    for (const workspace of this.#workspaces) await workspace.end();
    await this.#index?.stop();
  }
}

/** Locks all layers. @returns seconds */
export async function lockAll(workspace, options, more = []) {
  const { seconds } = await workspace.nx([...LOCK_ALL, ...more], options);
  return seconds;
}

/** Removes all locks and what Nx and a daemon know of them; uv's cache stays. */
export async function unlock(workspace, layers) {
  await workspace.forgetResults();
  for (const layer of layers) workspace.remove(`${folderOf(layer)}/requirements`);
}

/** Changes an application's launch module. */
export function editModule(workspace, layer) {
  workspace.append(`${folderOf(layer)}/${moduleOf(layer)}`, `\nEDITED = ${process.hrtime.bigint()}\n`);
}

/** The number of a layer, from its record. */
export function numberOf(workspace, { kind, name }) {
  const prefix = { runtime: '', framework: 'framework-', application: 'app-' }[kind];
  const folder = join(workspace.root, folderOf({ name }), 'requirements');
  const record = join(folder, `pylock.${prefix}${name.replaceAll('.', '_')}.meta.json`);
  return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')).lock_version : undefined;
}
