import { basename } from 'node:path';
import { VenvstacksError } from '../errors';
import { LIMITS, readText, type Layer } from '../stack';
import { layerFiles } from './files';
import { LockSyntaxError, parseLock, type LockedPackage } from './pylock';

/**
 * A layer's lock, of which the record has told that it is the one that was written.
 *
 * @throws {VenvstacksError} `damaged`, where it is no lock all the same
 */
export function readLock(layer: Layer): { readonly text: string; readonly packages: readonly LockedPackage[] } {
  const { lock } = layerFiles(layer);
  const text = readText(lock, LIMITS.lock);
  try {
    return { text, packages: parseLock(text).packages };
  } catch (error) {
    if (!(error instanceof LockSyntaxError)) throw error;
    throw new VenvstacksError('damaged', `its lock cannot be read, although its record is of it: ${error.message}`, {
      layer: layer.envName,
      hint: `Delete ${basename(lock)} and lock the layer again.`,
    });
  }
}
