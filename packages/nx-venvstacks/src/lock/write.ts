import { mkdir, open, realpath, rename, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LIMITS, readText } from '../stack';
import { temporaryPath, type Temporary } from './temporary';

/**
 * Writes a text so that the file is wholly old or wholly new at any moment. A file that has the text already is left
 * alone.
 *
 * @returns whether anything was written
 */
export async function writeText(file: string, text: string): Promise<boolean> {
  return (await writeTexts([[file, text]])) > 0;
}

/**
 * The same of several files. As long as one of them cannot be written, as on a full disk, all stay as they are; then they
 * are put in place one by one, in the order given.
 *
 * @returns how many were written
 */
export async function writeTexts(texts: readonly (readonly [file: string, text: string])[]): Promise<number> {
  const changed = texts.filter(([file, text]) => readIfThere(file) !== text);
  // At the same time: each waits for the disk.
  const staging = await Promise.allSettled(changed.map(([file, text]) => stage(file, text)));
  try {
    for (const staged of staging) if (staged.status === 'rejected') throw staged.reason;
    for (const staged of staging)
      if (staged.status === 'fulfilled') await rename(staged.value.path, staged.value.target);
  } finally {
    for (const staged of staging) if (staged.status === 'fulfilled') staged.value.remove();
  }
  return changed.length;
}

/** Writes a text to a temporary file beside the one that it is for, with the same owner and mode. */
async function stage(file: string, text: string): Promise<Temporary & { readonly target: string }> {
  await mkdir(dirname(file), { recursive: true });
  // Not in place of a link, but of what it leads to.
  const target = await realpath(file).catch(() => file);
  const before = await stat(target).catch(() => undefined);
  // A name may be as long as names can be.
  const temporary = temporaryPath(dirname(target), basename(target).slice(0, 40));
  try {
    const handle = await open(temporary.path, 'wx', before?.mode);
    try {
      await handle.writeFile(text, 'utf8');
      if (before) await handle.chmod(before.mode);
      if (before && before.uid !== process.getuid?.())
        await handle.chown(before.uid, before.gid).catch(() => undefined);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    temporary.remove();
    // The system does not name the file that it has no room for; and a user knows nothing of temporary ones.
    throw Object.assign(error as Error, { path: target });
  }
  return { ...temporary, target };
}

/** A file's text; undefined if there is none. */
export function readIfThere(file: string): string | undefined {
  try {
    return readText(file, LIMITS.lock);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
