import { basename, join } from 'node:path';
import type { Layer } from '../stack';

/** Absolute paths of a layer's five files (lock-format.md). */
export interface LayerFiles {
  /** `pylock.E.toml` */
  readonly lock: string;
  /** `pylock.E.meta.json` */
  readonly record: string;
  /** `packages-<environment name>.txt` */
  readonly summary: string;
  /** `requirements-E.in` */
  readonly input: string;
  readonly uvLock: string;
}

/** Where a layer's files are. `E` is its environment name with `.` replaced by `_`. */
export function layerFiles({ envName, lockFolder }: Pick<Layer, 'envName' | 'lockFolder'>): LayerFiles {
  const e = envName.replaceAll('.', '_');
  return {
    lock: join(lockFolder, `pylock.${e}.toml`),
    record: join(lockFolder, `pylock.${e}.meta.json`),
    summary: join(lockFolder, `packages-${envName}.txt`),
    input: join(lockFolder, `requirements-${e}.in`),
    uvLock: join(lockFolder, 'uv.lock'),
  };
}

/** Names of a layer's files, the record last. */
export function layerFileNames(layer: Pick<Layer, 'envName' | 'lockFolder'>): string[] {
  const { lock, record, summary, input, uvLock } = layerFiles(layer);
  return [lock, summary, input, uvLock, record].map((path) => basename(path));
}
