import { VenvstacksError } from '../errors';
import { normalizeName, type Layer } from '../stack';
import type { LockedPackage } from './pylock';

/**
 * Checks the hashes that requirements state in the fragment of their URL (`…whl#sha256=…`): uv is given the URL
 * without it, since venvstacks hashes requirements so.
 *
 * @param packages as uv exported them
 * @throws {VenvstacksError} `resolution`, if what was found is something else
 */
export function checkUrlHashes(layer: Layer, packages: readonly LockedPackage[]): void {
  for (const { name, normalizedName, url } of layer.requirements) {
    for (const [, algorithm = '', digest = ''] of (url ?? '').matchAll(/[#&](sha\d+)=([0-9a-f]+)/gi)) {
      const found = packages
        .filter((each) => normalizeName(each.name) === normalizedName)
        .flatMap((each) => hashesOf(each, algorithm.toLowerCase()));
      if (found.length === 0 || found.includes(digest.toLowerCase())) continue;
      throw new VenvstacksError('resolution', `${name} is not what its requirement says: ${algorithm}=${digest}`, {
        layer: layer.envName,
        hint: `Its address gives ${found.map((each) => `${algorithm}=${each}`).join(', ')}. Correct the requirement, if that is what you want.`,
      });
    }
  }
}

function hashesOf({ wheels, table }: LockedPackage, algorithm: string): string[] {
  const { archive } = table;
  const hashes = typeof archive === 'object' && 'hashes' in archive ? archive.hashes : undefined;
  const ofArchive = typeof hashes === 'object' ? (hashes as Record<string, unknown>)[algorithm] : undefined;
  return [
    ...wheels.flatMap((wheel) => wheel.hashes.get(algorithm) ?? []),
    ...(typeof ofArchive === 'string' ? [ofArchive] : []),
  ];
}
