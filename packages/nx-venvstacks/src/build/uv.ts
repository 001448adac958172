import { realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import { VenvstacksError } from '../errors';
import {
  askedIndexes,
  indent,
  inTemporaryFolder,
  layerIndexes,
  runUv,
  secretsOf,
  shownWords,
  uvEnvironment,
  type ProcessResult,
  type UvTool,
} from '../lock';
import type { Layer } from '../stack';

/** Settings of a stack that say how files are fetched, not which. */
const NETWORK = ['native-tls', 'system-certs', 'keyring-provider', 'allow-insecure-host'];

/** Runs uv for an environment. It ends by itself, or is an error. */
export type RunUv = (...args: string[]) => Promise<ProcessResult>;

/** What uv needs from outside. */
export interface UvContext {
  readonly uv: () => Promise<UvTool>;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Has a uv that reads no configuration but the layer's indexes: by their names it finds the credentials for files that a
 * lock names.
 *
 * @param work is given uv, and a folder for what lies there as long
 */
export async function withUv<T>(
  layer: Layer,
  { uv, env }: UvContext,
  work: (run: RunUv, folder: string) => Promise<T>,
): Promise<T> {
  const tool = await uv();
  return inTemporaryFolder(await realpath(tmpdir()), 'nx-venvstacks', async (folder) => {
    const config = join(folder, 'uv.toml');
    const index = layerIndexes(layer)
      .map(({ table }) => table)
      .filter(({ url }) => /^https?:/i.test(String(url)));
    const network = Object.fromEntries(Object.entries(layer.uv.settings).filter(([key]) => NETWORK.includes(key)));
    await writeFile(config, stringify({ ...network, ...(index.length ? { index } : {}) }));
    const variables = { ...uvEnvironment(env, folder, layer.uv.folder), ...pythonVariables(env) };
    const run = (...args: string[]) =>
      runUv(layer, tool, [...args, '--config-file', config], askedIndexes(layer, env), { cwd: folder, env: variables });
    return work(run, folder);
  });
}

/** Whether uv may download a Python, and which ones it prefers, is for the user to say. */
function pythonVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const given = Object.entries(env).filter(([name]) =>
    /^UV_(?:PYTHON_DOWNLOADS|PYTHON_PREFERENCE|LINK_MODE)$/i.test(name),
  );
  // On Windows uv has its Pythons where its configuration is, which is another folder here.
  const folder = process.platform === 'win32' && !env.UV_PYTHON_INSTALL_DIR && env.APPDATA;
  return {
    ...Object.fromEntries(given),
    ...(folder ? { UV_PYTHON_INSTALL_DIR: join(folder, 'uv', 'data', 'python') } : {}),
  };
}

/** @throws {VenvstacksError} `uv`, with uv's own words */
export function requireSuccess(
  layer: Layer,
  env: NodeJS.ProcessEnv,
  what: string,
  { code, stderr }: ProcessResult,
  hint?: string,
): void {
  if (code === 0) return;
  throw new VenvstacksError('uv', `uv could not ${what}:\n${indent(shownWords(stderr, secretsOf(env, layer)))}`, {
    layer: layer.envName,
    ...(hint === undefined ? {} : { hint }),
  });
}
