import { createHash } from 'node:crypto';
import { win32 } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Layer, UvConfig, UvIndex } from '../stack';
import { compareCodePoints, SYSTEM_PATHS } from '../stack';
import { formatConstraint, type Constraint } from './constraints';
import { hashedRequirements } from './texts';
import { parse, stringify, type TomlTable, type TomlValue } from 'smol-toml';

/**
 * The project (a pyproject.toml) that stands for a layer when uv resolves it (lock-format.md, "A project for uv").
 *
 * @param cutoff in effect, RFC 3339
 */
export function uvProject(layer: Layer, constraints: readonly Constraint[], cutoff: string | undefined): TomlTable {
  const { folder } = layer.uv;
  const indexes = layerIndexes(layer).map(({ table, priority }) => {
    const located = { ...table, url: locate(String(table.url), folder) };
    return priority ? { ...located, explicit: false } : located;
  });
  const sources = layerSources(layer);
  const dependencies = hashedRequirements(layer).sort(compareCodePoints);
  return {
    project: {
      name: projectName(layer),
      version: '0',
      dependencies,
      'requires-python': `==${layer.python.minor}.*`,
    },
    tool: {
      uv: {
        ...(cutoff === undefined ? {} : { 'exclude-newer': cutoff }),
        ...locateSettings(layer.uv),
        'no-build': true,
        'cache-keys': [{ file: 'pyproject.toml' }],
        'constraint-dependencies': constraints.map(formatConstraint),
        ...(indexes.length ? { index: indexes } : {}),
        ...(sources.size
          ? { sources: Object.fromEntries([...sources].map(([name, index]) => [name, { index }])) }
          : {}),
      },
    },
  };
}

/** The user's settings, for a project that lies elsewhere. */
function locateSettings({ settings, folder }: UvConfig): TomlTable {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      key === 'find-links' && Array.isArray(value) ? value.map((place) => locate(String(place), folder)) : value,
    ]),
  ) as TomlTable;
}

/** Whether two configurations say the same to uv, each read from its own folder. */
export function uvConfigsAgree(a: UvConfig, b: UvConfig): boolean {
  const [first, second] = [a, b].map((uv) =>
    stringify({
      cutoff: uv.cutoff ?? '',
      indexes: uv.indexes.map(({ table }) => sortKeys({ ...table, url: locate(String(table.url), uv.folder) })),
      sources: sortKeys(Object.fromEntries(uv.sources)),
      settings: sortKeys(locateSettings(uv)),
    }),
  );
  return first === second;
}

/** The same table with its keys, and those of tables in it, in one order. */
function sortKeys(table: TomlTable): TomlTable {
  const isTable = (value: TomlValue): value is TomlTable =>
    typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
  return Object.fromEntries(
    Object.entries(table)
      .sort(([x], [y]) => compareCodePoints(x, y))
      .map(([key, value]) => [key, isTable(value) ? sortKeys(value) : value]),
  );
}

/** A valid name for the project, as near to the layer's as can be. */
export function projectName({ envName, requirements }: Layer): string {
  const name = envName.replace(/[^A-Za-z0-9]+/g, '-');
  const isValid = /^[A-Za-z0-9](?:.*[A-Za-z0-9])?$/.test(name);
  // To uv a project that requires its own name would require itself.
  const requiresItself = requirements.some(({ normalizedName }) => normalizedName === name.toLowerCase());
  if (isValid && !requiresItself) return name;
  return `layer-${createHash('sha256').update(envName).digest('hex').slice(0, 8)}`;
}

/** The indexes that apply to a layer, in the order in which uv asks them. */
export function layerIndexes({
  uv,
  priorityIndexes,
  packageIndexes,
}: Layer): { table: UvIndex['table']; name: string | undefined; priority: boolean }[] {
  const named = new Set(layerSources({ uv, packageIndexes }).values());
  const isPriority = ({ name }: UvIndex) => name !== undefined && priorityIndexes.includes(name);
  const priority = [...new Set(priorityIndexes)].flatMap(
    (name) => uv.indexes.find((index) => index.name === name) ?? [],
  );
  const others = uv.indexes.filter((index) => !isPriority(index));
  const explicit = others.filter(({ name, explicit }) => explicit && name !== undefined && named.has(name));
  const general = others.filter((index) => !explicit.includes(index) && (index.isDefault || !index.explicit));
  return [
    ...priority.map(({ table, name }) => ({ table, name, priority: true })),
    ...[...explicit, ...general].map(({ table, name }) => ({ table, name, priority: false })),
  ];
}

/** From which index a package comes: the stack's choices, overlaid with the layer's. */
function layerSources({ uv, packageIndexes }: Pick<Layer, 'uv' | 'packageIndexes'>): Map<string, string> {
  return new Map([...uv.sources, ...packageIndexes]);
}

/** An address of the user's configuration for a project that lies elsewhere: paths become whole URLs. */
function locate(address: string, folder: string): string {
  if (isPath(address)) return fileUrl(folder, address);
  // `file:wheels` and `file:./wheels` are relative, `file:///wheels` is not.
  const [, relativePath] = /^file:(?!\/)(.*)$/i.exec(address) ?? [];
  return relativePath === undefined ? address : fileUrl(folder, relativePath);
}

/**
 * The URL of a path. uv gets URLs since it takes a path's `#` for the beginning of a fragment, and lists of paths in
 * variables apart at spaces and commas.
 */
export function fileUrl(folder: string, path: string, paths = SYSTEM_PATHS): string {
  const url = pathToFileURL(paths.resolve(folder, path), { windows: paths === win32 });
  return url.href.replaceAll(',', '%2C');
}

/** Whether an address is a path: a drive's letter is no scheme. */
function isPath(address: string): boolean {
  return !/^[a-z][a-z0-9+.-]+:/i.test(address) || /^[a-z]:[/\\]/i.test(address);
}

/**
 * A local address relative to another folder, with forward slashes, so that no absolute path reaches a file.
 *
 * @param address as uv wrote it: a URL, a `file:` URL, or a path that starts from `from`
 * @returns undefined for an address of the network
 */
export function localAddress(address: string, from: string, to: string, paths = SYSTEM_PATHS): string | undefined {
  const local = isPath(address);
  if (!local && !/^file:/i.test(address)) return undefined;
  const absolute = local ? paths.resolve(from, address) : pathOfFileUrl(address, paths);
  return paths.relative(to, absolute).replaceAll('\\', '/') || '.';
}

/**
 * A generated TOML text in which the values of some keys, local addresses, are written for another folder.
 *
 * @param keys whose values are addresses
 */
export function relocateValues(
  text: string,
  keys: readonly string[],
  from: string,
  to: string,
  paths = SYSTEM_PATHS,
): string {
  const entry = new RegExp(`\\b(${keys.join('|')}) = (${STRING.source})`, 'g');
  return text.replace(entry, (all, key: string, value: string) => {
    const address = parseString(value);
    const moved = address && localAddress(address, from, to, paths);
    return moved === undefined || moved === address ? all : `${key} = ${JSON.stringify(moved)}`;
  });
}

/** uv takes other quotes where a path has a backslash, as on Windows, or quotes in it: three of them if it has both. */
const STRING = /"""(?:[^\\\n]|\\.)*?"""|'''[^\n]*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/;

/** A string of TOML; undefined for one that is broken, as in a lock that was edited by hand. */
function parseString(text: string): string | undefined {
  try {
    return parse(`value = ${text}`).value as string;
  } catch {
    return undefined;
  }
}

/** The path that a `file:` URL stands for; the rest of the URL where this system knows no such path. */
export function pathOfFileUrl(url: string, paths = SYSTEM_PATHS): string {
  try {
    return fileURLToPath(url, { windows: paths === win32 });
  } catch {
    // As `file:///opt/wheels` on Windows, which has no drive.
    return url.replace(/^file:\/\//i, '');
  }
}
