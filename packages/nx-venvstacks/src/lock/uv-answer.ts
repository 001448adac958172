import { readFile } from 'node:fs/promises';
import { parse, TomlError, type TomlTable, type TomlValue } from 'smol-toml';
import { VenvstacksError } from '../errors';
import type { Layer } from '../stack';
import { LockSyntaxError, parseLock } from './pylock';
import { PINNED_UV } from './uv-pin';
import type { UvTool } from './uv-tool';
import { compareVersions } from './version';

/** What uv's two files say, as far as one can be held against the other. */
interface Entry {
  readonly name: string;
  readonly version: string;
  readonly hashes: readonly string[];
}

/** Why an answer cannot be used. */
class Unusable extends Error {}

/**
 * Reads the lock that uv has written: whole, or an error. Both files must tell of the same packages and wheels: one that
 * ends early, at the end of a table, would be a lock with packages missing.
 *
 * @throws {VenvstacksError} `uv`
 */
export async function readAnswer(
  layer: Layer,
  uv: UvTool,
  files: { readonly uvLock: string; readonly exported: string },
): Promise<{ uvLock: string; exported: string }> {
  try {
    const [uvLock, exported] = [await read(files.uvLock, 'uv.lock'), await read(files.exported, 'pylock.toml')];
    compare(entriesOfUvLock(uvLock), entriesOf(exported));
    return { uvLock, exported };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    const hint =
      compareVersions(uv.version, PINNED_UV) > 0
        ? `It is newer than ${PINNED_UV}, the newest that this plugin was tested with: have that one with the plugin's option uv.path, or update the plugin.`
        : `Is it uv that runs as ${uv.path}? Run it again; if that does not help, install uv anew.`;
    throw new VenvstacksError('uv', `uv ${uv.version} gave no lock that can be used: ${error.message}`, {
      layer: layer.envName,
      hint,
    });
  }
}

async function read(file: string, name: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new Unusable(`it said that all went well, and wrote no ${name} (${(error as Error).message})`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unusable(`its ${name} is not UTF-8`);
  }
}

function entriesOfUvLock(text: string): Entry[] {
  const { version, package: packages = [] } = parseToml(text, 'uv.lock');
  if (version !== 1) throw new Unusable(`its uv.lock is of version ${describe(version)}, not 1`);
  const tables = tablesIn(packages);
  const names = new Set(tables.map(({ name }) => name));
  for (const { name, dependencies } of tables) {
    const missing = tablesIn(dependencies).find((each) => !names.has(each.name));
    if (missing) throw new Unusable(`its uv.lock lacks ${describe(missing.name)}, which ${describe(name)} needs`);
  }
  return tables.flatMap(({ name, version: number, source, wheels }) => {
    // The project that stands for the layer.
    if (typeof source === 'object' && 'virtual' in source) return [];
    const hashes = tablesIn(wheels).flatMap(({ hash }) => (typeof hash === 'string' ? [hash.replace(/^.*:/, '')] : []));
    return [{ name: describe(name), version: describe(number), hashes }];
  });
}

function entriesOf(text: string): Entry[] {
  const table = parseToml(text, 'pylock.toml');
  const { 'lock-version': version } = table;
  if (typeof version !== 'string' || !version.startsWith('1.'))
    throw new Unusable(`its pylock.toml is of version ${describe(version)}, not 1.0`);
  try {
    return parseLock(text).packages.map(({ table: each, wheels }) => ({
      name: describe(each.name),
      version: describe(each.version),
      // What a requirement names by URL is an archive there.
      hashes: [...wheels.flatMap(({ hashes }) => [...hashes.values()]), ...hashesIn(each.archive)],
    }));
  } catch (error) {
    if (!(error instanceof LockSyntaxError)) throw error;
    throw new Unusable(`its pylock.toml is broken: ${error.message}`);
  }
}

function hashesIn(archive: TomlValue | undefined): string[] {
  const [table] = tablesIn(archive === undefined ? [] : [archive]);
  const [hashes] = tablesIn(table?.hashes === undefined ? [] : [table.hashes]);
  return Object.values(hashes ?? {}).filter((hash) => typeof hash === 'string');
}

function compare(uvLock: readonly Entry[], exported: readonly Entry[]): void {
  const keyOf = ({ name, version }: Entry, hash = '') => `${name} ${version} ${hash}`;
  const locked = new Set(uvLock.map((entry) => keyOf(entry)));
  const known = new Set(exported.flatMap((entry) => ['', ...entry.hashes].map((hash) => keyOf(entry, hash))));
  // Not the other way round with hashes: of local wheels uv.lock has none.
  const unlocked = exported.find((entry) => !locked.has(keyOf(entry)));
  if (unlocked) throw new Unusable(`its uv.lock lacks ${unlocked.name} ${unlocked.version}`);
  const lost = uvLock.find((entry) => ['', ...entry.hashes].some((hash) => !known.has(keyOf(entry, hash))));
  if (lost) throw new Unusable(`its pylock.toml lacks ${lost.name} ${lost.version}, or a wheel of it`);
}

function parseToml(text: string, name: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new Unusable(`its ${name} is not TOML (line ${error.line})`);
  }
}

function tablesIn(value: TomlValue | undefined): TomlTable[] {
  const isTable = (each: TomlValue): each is TomlTable =>
    typeof each === 'object' && !Array.isArray(each) && !(each instanceof Date);
  return Array.isArray(value) ? value.filter(isTable) : [];
}

function describe(value: TomlValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}
