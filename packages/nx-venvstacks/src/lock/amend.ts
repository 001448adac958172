import type { TomlTable } from 'smol-toml';
import { evaluateMarker, markerEnvironment, normalizeName, parseMarker, type Layer, type Platform } from '../stack';
import { VenvstacksError } from '../errors';
import type { Constraint } from './constraints';
import { sharedMarker, type LockedPackage } from './pylock';
import { platformsWithoutWheel } from './wheel';

/** Kinds of source that a layer never installs from: nothing is built. */
const BUILT = { archive: 'an archive', directory: 'a folder', sdist: 'a source distribution', vcs: 'a repository' };

/**
 * Makes uv's export the lock of a layer: packages that no platform wants go, those of lower layers become shared, what
 * would have to be built goes.
 *
 * @param exported uv's pylock.toml as a document
 * @param localPath the path to a local file, as the lock is to name it; undefined for an address of the network
 * @throws {VenvstacksError} `wheels`, if a package has no wheel for a platform that wants it
 */
export function amendLock(
  layer: Layer,
  exported: TomlTable,
  packages: readonly LockedPackage[],
  constraints: readonly Constraint[],
  localPath: (address: string) => string | undefined,
): TomlTable {
  const lacking: { pin: string; missing: Platform[]; elsewhere: boolean }[] = [];
  const amended = packages.flatMap((each): TomlTable[] => {
    const wantedOn = layer.platforms.filter((platform) => holds(each.marker, platform, layer));
    if (wantedOn.length === 0) return [];
    const marker = wantedOn.length === layer.platforms.length ? '' : each.marker;
    if (isShared({ ...each, marker }, wantedOn, constraints, layer)) {
      return [withMarker(without(each.table, [...Object.keys(BUILT), 'index', 'wheels']), sharedMarker(marker))];
    }
    const missing = platformsWithoutWheel(
      each.wheels.map(({ fileName }) => fileName),
      wantedOn,
      { linux: layer.linuxTarget.version, macos: layer.macosxTarget.version },
    );
    if (missing.length) lacking.push({ pin: describeSource(each), missing, elsewhere: isFromElsewhere(each) });
    return [withLocalPaths(withMarker(without(each.table, Object.keys(BUILT)), marker), localPath)];
  });
  if (lacking.length) throw lackOfWheels(layer, lacking);
  return { ...exported, packages: amended };
}

/** Whether a package was not found as wheels of an index, but by a URL of its own. */
function isFromElsewhere({ wheels, table }: LockedPackage): boolean {
  return wheels.length === 0 && ['archive', 'directory', 'vcs'].some((key) => key in table);
}

/** A package that has no wheel at all, with what was found instead. */
function describeSource({ name, version, table, wheels }: LockedPackage): string {
  const source = wheels.length === 0 ? Object.entries(BUILT).find(([key]) => key in table) : undefined;
  return `${name} ${version}${source ? ` (found as ${source[1]}, not as wheels of an index)` : ''}`;
}

function holds(marker: string, platform: Platform, layer: Layer): boolean {
  return marker === '' || evaluateMarker(parseMarker(marker), markerEnvironment(platform, layer.python));
}

function isShared(
  locked: LockedPackage,
  wantedOn: readonly Platform[],
  constraints: readonly Constraint[],
  layer: Layer,
): boolean {
  const name = normalizeName(locked.name);
  const ofName = constraints.filter((constraint) => normalizeName(constraint.name) === name);
  if (ofName.length === 0) return false;
  const isSame = ofName.some(({ version, marker }) => version === locked.version && marker === locked.marker);
  return isSame || wantedOn.every((platform) => ofName.some(({ marker }) => holds(marker, platform, layer)));
}

function without(table: TomlTable, keys: readonly string[]): TomlTable {
  return Object.fromEntries(Object.entries(table).filter(([key]) => !keys.includes(key)));
}

/** A marker that was there stays in its place; a new one comes last. */
function withMarker(table: TomlTable, marker: string): TomlTable {
  return marker === '' ? without(table, ['marker']) : { ...table, marker };
}

/**
 * Local wheels are named by their path, as in venvstacks. Their folder is no index to whoever installs: uv takes none that
 * is relative, and one that is absolute is of one machine.
 */
function withLocalPaths(table: TomlTable, localPath: (address: string) => string | undefined): TomlTable {
  const { index, wheels } = table;
  const isLocal = typeof index === 'string' && localPath(index) !== undefined;
  const named = isLocal ? without(table, ['index']) : table;
  if (!Array.isArray(wheels)) return named;
  return { ...named, wheels: wheels.map((wheel) => withLocalPath(wheel as TomlTable, localPath)) };
}

function withLocalPath(wheel: TomlTable, localPath: (address: string) => string | undefined): TomlTable {
  const entries = Object.entries(wheel).map(([key, value]) => {
    const path = (key === 'url' || key === 'path') && typeof value === 'string' ? localPath(value) : undefined;
    return path === undefined ? [key, value] : ['path', path];
  });
  return Object.fromEntries(entries) as TomlTable;
}

function lackOfWheels(
  layer: Layer,
  lacking: readonly { pin: string; missing: Platform[]; elsewhere: boolean }[],
): VenvstacksError {
  const left = layer.platforms.filter((platform) => !lacking.some(({ missing }) => missing.includes(platform)));
  const offered = left.length
    ? `These platforms have all wheels: platforms = [${left.map((platform) => `"${platform}"`).join(', ')}].`
    : 'No platform has all wheels.';
  const targets = `linux_target (${layer.linuxTarget.text}) or macosx_target (${layer.macosxTarget.text})`;
  const hint = lacking.every(({ elsewhere }) => elsewhere)
    ? 'A requirement by URL cannot be locked: put its wheels into an index, or into a folder that find-links names.'
    : `${offered}\nOr require another version, or raise ${targets}.`;
  const list = lacking.map(({ pin, missing }) => `    ${pin}: none for ${missing.join(', ')}`).join('\n');
  return new VenvstacksError(
    'wheels',
    `no wheels for every platform of the layer (nothing is built from source)\n${list}`,
    {
      layer: layer.envName,
      hint,
    },
  );
}
