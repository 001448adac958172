import { parse, stringify, TomlDate, TomlError, type TomlTable, type TomlValue } from 'smol-toml';
import { compareCodePoints, formatLockMarker, normalizeVersion, parseMarker, Pep508SyntaxError } from '../stack';
import { hashBytes, hashItems } from './hash';

/** A wheel of a locked package. */
export interface Wheel {
  /** `numpy-2.1.0-cp312-cp312-win_amd64.whl` */
  readonly fileName: string;
  /** Algorithm → hexadecimal digest. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Undefined for a local file. */
  readonly url: string | undefined;
}

/** A locked package, as `[[packages]]` of a pylock.toml describes it (PEP 751). */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Without the clause that marks a shared package; empty for none. */
  readonly marker: string;
  /** Provided by a lower layer, never installed by this one. */
  readonly shared: boolean;
  readonly index: string | undefined;
  readonly wheels: readonly Wheel[];
  /** As in the file. */
  readonly table: TomlTable;
}

/** A lock that is no lock; the message says why. */
export class LockSyntaxError extends Error {}

const SHARED = "sys_platform == 'from_lower_layer'";

/** Reads a pylock.toml. @throws {LockSyntaxError} */
export function parseLock(text: string): { table: TomlTable; packages: LockedPackage[] } {
  let table: TomlTable;
  try {
    table = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new LockSyntaxError(`not TOML (line ${error.line})`);
  }
  const packages = table.packages ?? [];
  if (!Array.isArray(packages)) throw new LockSyntaxError("'packages' is no array");
  return { table, packages: packages.map(readPackage) };
}

function readPackage(value: TomlValue): LockedPackage {
  if (!isTable(value) || typeof value.name !== 'string') throw new LockSyntaxError('a package has no name');
  const { name, version, marker, index, wheels = [] } = value;
  if (typeof version !== 'string') throw new LockSyntaxError(`package ${name} has no version`);
  if (!Array.isArray(wheels)) throw new LockSyntaxError(`the wheels of package ${name} are no array`);
  const split = splitMarker(name, typeof marker === 'string' ? marker : '');
  return {
    name,
    version: normalizeVersion(version) ?? version,
    ...split,
    index: typeof index === 'string' ? index : undefined,
    wheels: wheels.map((wheel) => readWheel(name, wheel)),
    table: value,
  };
}

function splitMarker(name: string, text: string): { marker: string; shared: boolean } {
  if (text === '') return { marker: '', shared: false };
  let normal: string;
  try {
    normal = formatLockMarker(parseMarker(text));
  } catch (error) {
    if (!(error instanceof Pep508SyntaxError)) throw error;
    throw new LockSyntaxError(`the marker of package ${name} cannot be read: ${text}`);
  }
  if (normal === SHARED) return { marker: '', shared: true };
  const [, inner] = /^\(?(.*?)\)? and sys_platform == 'from_lower_layer'$/.exec(normal) ?? [];
  return inner === undefined ? { marker: normal, shared: false } : { marker: inner, shared: true };
}

function readWheel(name: string, value: TomlValue): Wheel {
  if (!isTable(value)) throw new LockSyntaxError(`a wheel of package ${name} is no table`);
  const fileName = wheelFileName(value);
  if (fileName === undefined) throw new LockSyntaxError(`a wheel of package ${name} has neither name, url nor path`);
  const { hashes } = value;
  if (!isTable(hashes)) throw new LockSyntaxError(`the wheel ${fileName} has no hashes`);
  const entries = Object.entries(hashes).map(([algorithm, digest]) => {
    if (typeof digest !== 'string') throw new LockSyntaxError(`the ${algorithm} of the wheel ${fileName} is no text`);
    return [algorithm, digest] as const;
  });
  const { url } = value;
  return { fileName, hashes: new Map(entries), url: typeof url === 'string' ? url : undefined };
}

function wheelFileName({ name, url, path }: TomlTable): string | undefined {
  if (typeof name === 'string') return name;
  const place = typeof url === 'string' ? url.split(/[?#]/)[0] : path;
  if (typeof place !== 'string') return undefined;
  const last = place.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}

/** The marker that makes a package shared: nothing evaluates it to true, so nothing installs the package. */
export function sharedMarker(marker: string): string {
  return marker === '' ? SHARED : `(${marker}) and ${SHARED}`;
}

/** `name==version[ ; marker]` */
export function formatPin({ name, version, marker }: Pick<LockedPackage, 'name' | 'version' | 'marker'>): string {
  return `${name}==${version}${marker === '' ? '' : ` ; ${marker}`}`;
}

/** venvstacks' hash of a lock's contents (lock-format.md, `requirements_hash`). */
export function requirementsHash(packages: readonly LockedPackage[]): string {
  return hashItems(requirementLines(packages));
}

/** The lines behind that hash, sorted. */
export function requirementLines(packages: readonly LockedPackage[]): string[] {
  return packages
    .flatMap((each) => [
      `${formatPin(each)} from ${each.index ?? 'unspecified index'}`,
      ...each.wheels.flatMap(({ fileName, hashes }) =>
        [...hashes].map(([algorithm, digest]) => `${fileName}:${algorithm}:${digest}`),
      ),
    ])
    .sort(compareCodePoints);
}

/** Our own hash of a lock's contents: what a machine gets, wherever it gets it from. */
export function packagesHash(packages: readonly LockedPackage[]): string {
  const lines = packages
    .map(({ name, version, marker, shared, wheels }) => {
      const files = wheels.map(({ fileName, hashes }) => [
        fileName,
        [...hashes].map((pair) => pair.join(':')).sort(compareCodePoints),
      ]);
      return JSON.stringify([
        name,
        version,
        marker,
        shared,
        files.sort(([a], [b]) => compareCodePoints(String(a), String(b))),
      ]);
    })
    .sort(compareCodePoints);
  return hashBytes(JSON.stringify(lines));
}

/** The hash of what a layer pins for upper ones: its own packages (versioning.md, `pins`). */
export function pinsHash(packages: readonly LockedPackage[]): string {
  return hashOfPins(packages.filter(({ shared }) => !shared).map(formatPin));
}

/** The same, from the pins' texts. */
export function hashOfPins(pins: readonly string[]): string {
  return hashBytes(
    [...pins]
      .sort(compareCodePoints)
      .map((pin) => `${pin}\n`)
      .join(''),
  );
}

/** What a lock is prefaced with: comments are in no hash, but venvstacks' own must be recognisable. */
function lockHeader(envName: string, command: string): string {
  return [
    `# Locked requirements for ${envName} (DO NOT EDIT)`,
    '#     Auto-generated by nx-venvstacks with the following command:',
    `#         ${command}`,
    '',
  ].join('\n');
}

/**
 * A lock's text, in the layout that venvstacks writes: tables spelled out, keys in uv's order.
 *
 * @param table the whole document
 * @param command how to regenerate the file
 */
export function formatLock(table: TomlTable, envName: string, command: string): string {
  const { packages = [], ...head } = table;
  const lines = Object.entries(head).map(([key, value]) => formatEntry(key, value));
  if (!Array.isArray(packages) || packages.length === 0) {
    lines.push('packages = []');
  } else {
    for (const each of packages.filter(isTable)) lines.push('', '[[packages]]', ...formatPackage(each));
  }
  return `${lockHeader(envName, command)}${lines.join('\n')}\n`;
}

function formatPackage({ wheels = [], ...fields }: TomlTable): string[] {
  const lines = Object.entries(fields).map(([key, value]) => formatEntry(key, value));
  for (const wheel of Array.isArray(wheels) ? wheels.filter(isTable) : []) {
    const { hashes, ...wheelFields } = wheel;
    lines.push(
      '',
      '[[packages.wheels]]',
      ...Object.entries(wheelFields).map(([key, value]) => formatEntry(key, value)),
    );
    if (isTable(hashes)) {
      lines.push(
        '',
        '[packages.wheels.hashes]',
        ...Object.entries(hashes).map(([key, value]) => formatEntry(key, value)),
      );
    }
  }
  return lines;
}

function formatEntry(key: string, value: TomlValue): string {
  // The library prints dates with milliseconds; uv and venvstacks only what is there.
  if (value instanceof TomlDate) return `${key} = ${value.toISOString().replace(/\.000(?=Z|[+-]|$)/, '')}`;
  // Nor are there spaces within their brackets.
  if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return `${key} = [${value.map((each) => stringify({ each }).slice('each = '.length).trimEnd()).join(', ')}]`;
  return stringify({ [key]: value }).trimEnd();
}
