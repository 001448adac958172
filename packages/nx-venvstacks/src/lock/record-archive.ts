import { closeSync, readSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { openFile } from '../stack';
import { hashItems } from './hash';
import type { RecordEntry, RecordLog } from './record-log';
import { sweep } from './temporary';
import { writeText } from './write';

/** A version of a record, with its text if that was at hand. */
export interface ArchivedVersion extends RecordEntry {
  readonly text: string | undefined;
}

/**
 * What one pass through git's history found, kept until history moves: one file in a folder, of which a layer reads no
 * more than its own part. It begins with the length of a table; the table says where the versions of each record are.
 */
export class RecordArchive {
  private readonly file: string;
  /** What the archives of one checkout have in common. */
  private readonly prefix: string;
  private table: Table | undefined;

  constructor(
    private readonly folder: string,
    root: string,
    heads: readonly string[],
  ) {
    this.prefix = `records-${hashItems([root]).slice(7, 15)}-`;
    this.file = join(folder, `${this.prefix}${hashItems(heads).slice(7, 23)}.txt`);
  }

  /**
   * @param name of the record's file
   * @returns undefined where there is no such archive yet, or a damaged one: it can be made again
   */
  read(name: string): readonly ArchivedVersion[] | undefined {
    try {
      const { descriptor, size } = openFile(this.file);
      try {
        const part = (position: number, length: number) => {
          if (!(position + length <= size)) throw new Error('longer than the file');
          const bytes = Buffer.alloc(length);
          readSync(descriptor, bytes, 0, length, position);
          return bytes.toString('utf8');
        };
        this.table ??= readTable(part);
        const [start, length] = this.table.places[name] ?? [0, 0];
        if (length === 0) return [];
        const versions = v.parse(VERSIONS, JSON.parse(part(this.table.end + start, length)));
        return versions.map(({ text, ...entry }) => ({ ...entry, text }));
      } finally {
        closeSync(descriptor);
      }
    } catch {
      return undefined;
    }
  }

  /** Writes it in place of those of other heads. */
  async write(log: RecordLog): Promise<void> {
    const parts = [...byName(log)].map(([name, versions]) => [name, JSON.stringify(versions)] as const);
    let position = 0;
    const table = parts.map(([name, text]) => {
      const length = Buffer.byteLength(text);
      position += length;
      return [name, [position - length, length]];
    });
    const head = JSON.stringify(Object.fromEntries(table));
    const length = String(Buffer.byteLength(head)).padStart(LENGTH_WIDTH);
    sweep(this.folder);
    await writeText(this.file, [length, head, ...parts.map(([, text]) => text)].join(''));
    // Only whole ones: another process may be about to write its own.
    const others = (await readdir(this.folder)).filter(
      (name) => name.startsWith(this.prefix) && name.endsWith('.txt') && name !== basename(this.file),
    );
    await Promise.all(others.map((name) => rm(join(this.folder, name), { force: true })));
  }
}

/** Digits of the number that the file begins with. */
const LENGTH_WIDTH = 12;

/** Where the versions of each record are: bytes from the table's end on, and how many. */
interface Table {
  readonly end: number;
  readonly places: Readonly<Record<string, readonly [start: number, length: number]>>;
}

const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const PLACES = v.record(v.string(), v.tuple([bytes, bytes]));
const VERSIONS = v.array(
  v.object({
    blob: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)),
    path: v.string(),
    time: v.number(),
    text: v.optional(v.string()),
  }),
);

function readTable(part: (position: number, length: number) => string): Table {
  const length = Number(part(0, LENGTH_WIDTH));
  return { end: LENGTH_WIDTH + length, places: v.parse(PLACES, JSON.parse(part(LENGTH_WIDTH, length))) };
}

/** The versions of each record, newest first. */
export function byName({ entries, texts }: RecordLog): Map<string, ArchivedVersion[]> {
  const names = new Map<string, ArchivedVersion[]>();
  for (const entry of entries) {
    const name = basename(entry.path);
    const versions = names.get(name) ?? [];
    versions.push({ ...entry, text: texts.get(entry.blob) });
    names.set(name, versions);
  }
  return names;
}
