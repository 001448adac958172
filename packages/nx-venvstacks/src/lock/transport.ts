import { isIP } from 'node:net';
import { VenvstacksError } from '../errors';
import type { Layer } from '../stack';
import { withoutCredentials } from './credentials';
import type { LockedPackage } from './pylock';
import { PLACE_VARIABLES } from './uv-environment';

/** What keeps others from putting packages of theirs into a lock. */
export interface Trust {
  /** Hosts, perhaps with a port, that may be asked without encryption, or with a certificate that nobody has checked. */
  readonly trustedHosts: readonly string[];
}

/**
 * Checks that whatever uv is going to ask proves that it is who it should be: a page that comes over plain `http` may be
 * anybody's on the way, and a lock takes over the hashes that it gives.
 *
 * @throws {VenvstacksError} `configuration`
 */
export function checkPlaces(layer: Layer, env: NodeJS.ProcessEnv, { trustedHosts }: Trust): void {
  const { indexes, settings } = layer.uv;
  const places: [what: string, addresses: readonly string[]][] = [
    ...indexes.map(({ table, name }): [string, string[]] => [
      name === undefined ? 'the package index' : `the package index '${name}'`,
      textsIn(table.url),
    ]),
    ...['index-url', 'extra-index-url', 'find-links'].map((key): [string, string[]] => [
      `'${key}'`,
      textsIn(settings[key]),
    ]),
    ...PLACE_VARIABLES.map((name): [string, string[]] => [`the variable ${name}`, placesIn(name, env[name] ?? '')]),
  ];
  for (const [what, addresses] of places) {
    const plain = addresses.find((address) => isPlain(address, trustedHosts));
    if (plain === undefined) continue;
    throw new VenvstacksError('configuration', `${what} is asked over plain http: ${withoutCredentials(plain)}`, {
      layer: layer.envName,
      hint: `Write https. If that cannot be, and the way there is yours: ${howToTrust(hostOf(plain))}`,
    });
  }
  const unchecked = textsIn(settings['allow-insecure-host']).find((host) => !trustedHosts.includes(host));
  if (unchecked !== undefined) {
    throw new VenvstacksError('configuration', `'allow-insecure-host' would trust whoever answers for ${unchecked}`, {
      layer: layer.envName,
      hint: `Remove it. If that cannot be, and the way there is yours: ${howToTrust(unchecked)}`,
    });
  }
}

/**
 * Checks that nothing can be installed from a lock but the very files that were found.
 *
 * @param packages of a lock
 * @throws {VenvstacksError} `resolution`
 */
export function checkWheels(layer: Layer, packages: readonly LockedPackage[], { trustedHosts }: Trust): void {
  const [unhashed] = unhashedWheels(packages);
  if (unhashed !== undefined) {
    throw new VenvstacksError('resolution', `no sha256 is known of ${unhashed}, so any file could take its place`, {
      layer: layer.envName,
      hint: 'Its index gives none. Take the package from one that does, or from a folder that find-links names.',
    });
  }
  const plain = packages
    .flatMap(({ wheels, index }) => [index ?? [], ...wheels.map(({ url }) => url ?? [])].flat())
    .find((url) => isPlain(url, trustedHosts));
  if (plain !== undefined) {
    throw new VenvstacksError('resolution', `an index names a file over plain http: ${withoutCredentials(plain)}`, {
      layer: layer.envName,
      hint: `If that cannot be otherwise, and the way there is yours: ${howToTrust(hostOf(plain))}`,
    });
  }
}

/** File names of wheels that a lock would have installed whatever is in them. */
export function unhashedWheels(packages: readonly LockedPackage[]): string[] {
  return packages
    .filter(({ shared }) => !shared)
    .flatMap(({ wheels }) => wheels)
    .filter(({ hashes }) => !/^[0-9a-f]{64}$/.test(hashes.get('sha256') ?? ''))
    .map(({ fileName }) => fileName);
}

/** The texts of a setting, which is one or a list of them. */
function textsIn(value: unknown): string[] {
  return [value].flat().filter((each) => typeof each === 'string');
}

/** The addresses in one of uv's variables: one or some with spaces or, of folders of wheels, commas between. */
function placesIn(variable: (typeof PLACE_VARIABLES)[number], value: string): string[] {
  const places = variable === 'UV_FIND_LINKS' ? value.split(',') : value.split(/\s+/);
  // Perhaps with the name of an index before it.
  return places.map((place) => place.replace(/^[\w.-]+=/, ''));
}

/** Read as uv does, by the rules of browsers: `http:\\\\host` and a tab within are no obstacle to those. */
function isPlain(address: string, trustedHosts: readonly string[]): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, host } = new URL(address);
  if (protocol !== 'http:') return false;
  return !isLoopback(hostname) && !trustedHosts.includes(hostname) && !trustedHosts.includes(host);
}

/** Addresses that lead to this very machine. */
function isLoopback(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

function hostOf(address: string): string {
  return new URL(address).host;
}

function howToTrust(host: string): string {
  return `name the host in the plugin's option trustedHosts: ["${host}"]`;
}
