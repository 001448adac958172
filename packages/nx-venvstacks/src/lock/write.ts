import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LIMITS, readText } from '../stack';

/**
 * Writes a text so that the file is wholly old or wholly new at any moment. A file that has the text already is left
 * alone.
 *
 * @returns whether anything was written
 */
export async function writeText(file: string, text: string): Promise<boolean> {
  if (readIfThere(file) === text) return false;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- on demand: who only reads does without
  const writeFileAtomic = require('write-file-atomic') as typeof import('write-file-atomic');
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, text, 'utf8');
  return true;
}

/** A file's text; undefined if there is none. */
export function readIfThere(file: string): string | undefined {
  try {
    return readText(file, LIMITS.lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
