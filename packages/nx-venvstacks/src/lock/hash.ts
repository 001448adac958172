import { createHash, hash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { openFile } from '../stack';

/** sha256 over the UTF-8 items joined with nothing, as `sha256:<hex>`: venvstacks' way. */
export function hashItems(items: Iterable<string>): string {
  return hashBytes([...items].join(''));
}

/** sha256 of a file's bytes or of a text, as `sha256:<hex>`. */
export function hashBytes(bytes: Uint8Array | string): string {
  return `sha256:${hash('sha256', bytes, 'hex')}`;
}

/** Files are read into this one after the other: thousands of them are hashed of which nothing else is wanted. */
const chunk = Buffer.allocUnsafeSlow(1 << 16);

/** The same of a file, whatever its size. @throws as `openFile` */
export function hashFile(file: string, limit?: number): string {
  const { descriptor, size } = openFile(file, limit);
  try {
    let length = readSync(descriptor, chunk);
    if (length === size) return hashBytes(chunk.subarray(0, length));
    const whole = createHash('sha256');
    for (; length > 0; length = readSync(descriptor, chunk)) whole.update(chunk.subarray(0, length));
    return `sha256:${whole.digest('hex')}`;
  } finally {
    closeSync(descriptor);
  }
}
