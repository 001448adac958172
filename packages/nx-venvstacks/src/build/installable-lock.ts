import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { fileUrl, layerFiles } from '../lock';
import type { Layer } from '../stack';

/**
 * A layer's lock as uv installs from it: the file itself but for indexes that are folders. Those a lock names by the way
 * from where it lies, as venvstacks does, and uv takes no such index: there it is a copy, that names wheels only.
 *
 * @param folder for the copy
 * @returns absolute path
 */
export async function installableLock(layer: Layer, folder: string): Promise<string> {
  const { lock } = layerFiles(layer);
  const text = readFileSync(lock, 'utf8');
  if (!/^index\s*=\s*["'](?![a-z][a-z0-9+.-]*:)/im.test(text)) return lock;
  const { packages = [], ...rest } = parse(text) as TomlTable & { packages?: TomlTable[] };
  const located = packages.map(({ index: _, wheels, ...each }) => ({
    ...each,
    ...(Array.isArray(wheels) ? { wheels: wheels.map((wheel) => locate(wheel as TomlTable, layer.lockFolder)) } : {}),
  }));
  const copy = join(folder, basename(lock));
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
