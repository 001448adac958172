import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Overlay } from './overlay';
import { normalizeName } from './pep508';
import type { Problem } from './problem';
import { isTable, nameOf } from './schema';
import { suggest } from './suggest';
import { isProblem, readTomlFile, type TomlFile } from './toml-file';
import type { TomlPath } from './toml-places';

/** A package index of uv's configuration. */
export interface UvIndex {
  readonly name: string | undefined;
  readonly explicit: boolean;
  readonly isDefault: boolean;
  /** As the user wrote it. */
  readonly table: Readonly<Record<string, unknown>>;
}

/** uv's configuration for a stack, checked. */
export interface UvConfig {
  /** Where it comes from: the definition file, `venvstacks.uv.toml`, or nowhere. */
  readonly file: string | undefined;
  /** Folder from which relative paths in it start. */
  readonly folder: string;
  /** `exclude-newer`, as RFC 3339 in UTC or as written. */
  readonly cutoff: string | undefined;
  readonly indexes: readonly UvIndex[];
  /** Package (normalised name) → name of an index. */
  readonly sources: ReadonlyMap<string, string>;
  /** All other keys, as written. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Settings that say what is downloaded and run on a machine, and where it is kept, and nothing of what is locked. That is
 * for its owner to say, by variables: a definition may be anybody's.
 */
const OF_THE_MACHINE = ['cache-dir', 'python-install-mirror', 'pypy-install-mirror', 'python-downloads-json-url'];

/** The file of uv's configuration beside a stack, or at the workspace's root. */
export const UV_CONFIG_FILE = 'venvstacks.uv.toml';

/**
 * uv's configuration of a stack: the definition file's `[tool.uv]`, else `venvstacks.uv.toml` in the folder.
 *
 * @param inline the definition file, if it has a `[tool.uv]`
 */
export function readUvConfig(folder: string, inline: TomlFile | undefined, overlay: Overlay): CheckedUvConfig {
  const empty: UvConfig = { file: undefined, folder, cutoff: undefined, indexes: [], sources: new Map(), settings: {} };
  if (inline) {
    const tool = inline.table.tool;
    return check(inline, isTable(tool) && isTable(tool.uv) ? tool.uv : {}, ['tool', 'uv'], folder);
  }
  const file = join(folder, UV_CONFIG_FILE);
  // A link that leads nowhere is there, and must not pass for none.
  const isThere = overlay.has(file) ? overlay.get(file) !== null : lstatSync(file, { throwIfNoEntry: false });
  if (!isThere) return { config: empty, problems: [], warnings: [] };
  const toml = readTomlFile(file, overlay);
  if (isProblem(toml)) return { config: { ...empty, file }, problems: [toml], warnings: [] };
  return check(toml, toml.table, [], folder);
}

interface CheckedUvConfig {
  readonly config: UvConfig;
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

function check(toml: TomlFile, table: Record<string, unknown>, base: TomlPath, folder: string): CheckedUvConfig {
  const problems: Problem[] = [];
  const problem = (path: TomlPath, message: string, hint?: string): Problem => ({
    file: toml.file,
    ...toml.locate([...base, ...path]),
    field: [...base, path[0] ?? ''].join('.'),
    message,
    hint,
  });
  const report: Report = (...args) => problems.push(problem(...args));
  const { 'exclude-newer': cutoffValue, 'exclude-newer-package': cutoffs, index, sources, ...written } = table;
  const others = Object.fromEntries(Object.entries(written).filter(([key]) => !OF_THE_MACHINE.includes(key)));
  const warnings = OF_THE_MACHINE.filter((key) => Object.hasOwn(written, key)).map((key) =>
    problem(
      [key],
      `'${key}' has no effect here`,
      'What runs on a machine is for its owner to say: use a variable of uv.',
    ),
  );

  const cutoff = cutoffValue === undefined ? undefined : checkCutoff(cutoffValue, ['exclude-newer'], report);
  const settings =
    cutoffs === undefined ? others : { ...others, 'exclude-newer-package': checkCutoffs(cutoffs, report) };
  if (settings['find-links'] !== undefined && !Array.isArray(settings['find-links'])) {
    report(['find-links'], `must be an array, not ${nameOf(settings['find-links'])}`, 'find-links = ["./wheels"]');
  }
  const indexes = checkIndexes(index, report);
  const names = indexes.flatMap(({ name }) => name ?? []);
  const checkedSources = checkSources(sources, names, report);
  return {
    config: { file: toml.file, folder, cutoff, indexes, sources: checkedSources, settings },
    problems,
    warnings,
  };
}

function checkCutoff(value: unknown, path: TomlPath, report: Report): string | undefined {
  const cutoff = parseCutoff(value);
  if (cutoff === undefined) {
    report(
      path,
      typeof value === 'string'
        ? `'${value}' is neither a date nor an absolute time`
        : `must be a string, not ${nameOf(value)}`,
      'Write a time as in "2026-03-01T00:00:00Z" or a date as in "2026-03-01". A duration would change locks by itself.',
    );
  }
  return cutoff;
}

/** Cutoffs of single packages; false takes one out of the general cutoff. */
function checkCutoffs(value: unknown, report: Report): Record<string, unknown> {
  if (!isTable(value)) {
    report(
      ['exclude-newer-package'],
      `must be a table, not ${nameOf(value)}`,
      'exclude-newer-package = { numpy = "2026-03-01" }',
    );
    return {};
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      each === false ? each : checkCutoff(each, ['exclude-newer-package', name], report),
    ]),
  );
}

type Report = (path: TomlPath, message: string, hint?: string) => void;

function checkIndexes(value: unknown, report: Report): UvIndex[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isTable)) {
    report(['index'], `must be an array of tables, written [[index]], not ${nameOf(value)}`);
    return [];
  }
  const seen = new Set<string>();
  return value.map((table, position): UvIndex => {
    const name = typeof table.name === 'string' ? table.name : undefined;
    if (table.name !== undefined && name === undefined)
      report(['index', position, 'name'], `must be a string, not ${nameOf(table.name)}`);
    if (typeof table.url !== 'string')
      report(
        ['index', position, 'url'],
        table.url === undefined ? 'an index needs a url' : `must be a string, not ${nameOf(table.url)}`,
      );
    if (name !== undefined && seen.has(name)) {
      report(['index', position, 'name'], `duplicate index name '${name}'`, 'Give each index a name of its own.');
    }
    if (name !== undefined) seen.add(name);
    return { name, explicit: table.explicit === true, isDefault: table.default === true, table };
  });
}

function checkSources(value: unknown, indexNames: readonly string[], report: Report): Map<string, string> {
  const checked = new Map<string, string>();
  if (value === undefined) return checked;
  if (!isTable(value)) {
    report(['sources'], `must be a table, not ${nameOf(value)}`);
    return checked;
  }
  for (const [name, source] of Object.entries(value)) {
    const path = ['sources', name];
    const normal = normalizeName(name);
    if (!isTable(source) || typeof source.index !== 'string' || Object.keys(source).length !== 1) {
      report(
        path,
        `the source of '${name}' must be an index, as in { index = "name" }`,
        'Packages come from indexes as wheels; nothing is built from other sources.',
      );
    } else if (!indexNames.includes(source.index)) {
      report(path, `unknown package index '${source.index}' for '${name}'`, suggest(source.index, indexNames));
    } else if (checked.has(normal)) {
      report(path, `multiple sources for ${normal} (names are compared in normalised form)`);
    } else {
      checked.set(normal, source.index);
    }
  }
  return checked;
}

/**
 * Reads a cutoff: a time with its offset, or a date, which uv would read in the machine's time zone; we take the end
 * of that day, the next midnight, in UTC. Undefined for anything else.
 */
export function parseCutoff(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{4}-\d\d-\d\d$/.test(value)) {
    const midnight = Date.parse(`${value}T00:00:00Z`);
    return isTime(value) ? new Date(midnight + 24 * 60 * 60 * 1000).toISOString().replace('.000Z', 'Z') : undefined;
  }
  const isAbsolute = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(value);
  return isAbsolute && isTime(value) ? value : undefined;
}

function isTime(text: string): boolean {
  const time = new Date(text.replace(' ', 'T').toUpperCase());
  if (Number.isNaN(time.getTime())) return false;
  // JavaScript turns the 31st of April into the 1st of May.
  const [, day = ''] = /^\d{4}-\d\d-(\d\d)/.exec(text) ?? [];
  const date = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return date.getUTCDate() === Number(day);
}
