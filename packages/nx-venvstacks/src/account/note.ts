import { mkdirSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceDataFolder } from '../inference';
import type { CountedLayer } from './layers';

/** A layer as it stood before the tasks of a command. */
export interface NotedLayer extends CountedLayer {
  /** Text of its record, which is parsed only if it will have changed; null: none. */
  readonly before: string | null;
}

const A_DAY = 24 * 3_600_000;

/**
 * Keeps for the end of a command how things stood at its begin: in a file, since a worker of the plugin need not live as
 * long, and there may be several of them, one for each entry in nx.json. The first one writes.
 *
 * @param id of the command, Nx's
 */
export function writeNote(root: string, id: string, layers: readonly NotedLayer[]): void {
  const folder = noteFolder(root);
  mkdirSync(folder, { recursive: true });
  sweep(folder);
  try {
    writeFileSync(noteFile(root, id), JSON.stringify(layers), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** The note of a command, for the one who takes it away; undefined for all others, and where there is none. */
export function takeNote(root: string, id: string): NotedLayer[] | undefined {
  const file = noteFile(root, id);
  try {
    const text = readFileSync(file, 'utf8');
    unlinkSync(file);
    return JSON.parse(text) as NotedLayer[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Commands that were interrupted leave their notes. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    try {
      if (statSync(file).mtimeMs < Date.now() - A_DAY) unlinkSync(file);
    } catch {
      // Another command has swept it.
    }
  }
}

function noteFile(root: string, id: string): string {
  if (!/^[\w-]+$/.test(id)) throw new Error(`the id of the command is no file name: ${JSON.stringify(id)}`);
  return join(noteFolder(root), `${id}.json`);
}

function noteFolder(root: string): string {
  return join(workspaceDataFolder(root), 'nx-venvstacks', 'commands');
}
