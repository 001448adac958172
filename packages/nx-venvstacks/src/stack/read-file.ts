import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

const MIB = 1 << 20;

/** The most bytes that are read of a file: far more than any that is meant, and no more than a machine can hold. */
export const LIMITS = { definition: 4 * MIB, script: 16 * MIB, lock: 64 * MIB } as const;

/** Why a file cannot be read, as the file system's own errors tell it. */
class UnreadableError extends Error {
  readonly syscall = 'read';

  constructor(
    readonly path: string,
    message: string,
    readonly code?: string,
  ) {
    super(`${code === undefined ? '' : `${code}: `}${message}, read '${path}'`);
  }
}

/**
 * Opens a file of which the bytes are wanted. A pipe would have the reader wait for ever, and a device need not end.
 *
 * @param limit the most bytes that it may have
 * @throws the system's error, or one like it
 */
export function openFile(path: string, limit = Infinity): { readonly descriptor: number; readonly size: number } {
  // Windows knows neither such pipes nor that flag, which is undefined there.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw new UnreadableError(path, 'a folder, not a file', 'EISDIR');
    if (!stats.isFile()) throw new UnreadableError(path, 'a pipe or a device, not a file');
    if (stats.size > limit) throw new UnreadableError(path, `larger than ${limit / MIB} MiB`);
    return { descriptor, size: stats.size };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** A file's bytes. @throws as `openFile` */
export function readBytes(path: string, limit?: number): Buffer {
  const { descriptor, size } = openFile(path, limit);
  try {
    const bytes = Buffer.allocUnsafe(size);
    let length = 0;
    for (let read = -1; read !== 0 && length < size; length += read)
      read = readSync(descriptor, bytes, length, size - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** The same as text; what is not UTF-8 in it becomes `U+FFFD`. */
export function readText(path: string, limit?: number): string {
  return readBytes(path, limit).toString('utf8');
}
