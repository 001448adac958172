import { writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { fileUrl, layerFiles } from '../lock';
import type { Layer } from '../stack';

/**
 * A copy of a layer's lock, as uv installs from it. Indexes that are folders a lock names by the way from where it lies,
 * as venvstacks does; uv takes no such index: then the copy names wheels only.
 *
 * @param text of the lock
 * @param folder for the copy
 * @returns absolute path
 */
export async function installableLock(layer: Layer, text: string, folder: string): Promise<string> {
  const copy = join(folder, basename(layerFiles(layer).lock));
  if (!/^index\s*=\s*["'](?![a-z][a-z0-9+.-]*:)/im.test(text)) {
    await writeFile(copy, text);
    return copy;
  }
  const { packages = [], ...rest } = parse(text) as TomlTable & { packages?: TomlTable[] };
  const located = packages.map(({ index: _, wheels, ...each }) => ({
    ...each,
    ...(Array.isArray(wheels) ? { wheels: wheels.map((wheel) => locate(wheel as TomlTable, layer.lockFolder)) } : {}),
  }));
  await writeFile(copy, stringify({ ...rest, packages: located }));
  return copy;
}

const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:/i;

function locate(wheel: TomlTable, folder: string): TomlTable {
  const { url, path } = wheel;
  return {
    ...wheel,
    ...(typeof url === 'string' && !HAS_SCHEME.test(url) ? { url: fileUrl(folder, url) } : {}),
    ...(typeof path === 'string' ? { path: resolve(folder, path) } : {}),
  };
}
