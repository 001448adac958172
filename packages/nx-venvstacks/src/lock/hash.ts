import { createHash } from 'node:crypto';

/** sha256 over the UTF-8 items joined with nothing, as `sha256:<hex>`: venvstacks' way. */
export function hashItems(items: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const item of items) hash.update(item, 'utf8');
  return `sha256:${hash.digest('hex')}`;
}

/** sha256 of a file's bytes or of a text, as `sha256:<hex>`. */
export function hashBytes(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
