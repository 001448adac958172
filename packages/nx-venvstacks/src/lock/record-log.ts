import { createHash } from 'node:crypto';
import { git } from './git';

/** Where a version of some record is in git's history. */
export interface RecordEntry {
  readonly blob: string;
  /** From the root of the checkout. */
  readonly path: string;
  /** When it was committed last, in seconds since 1970. */
  readonly time: number;
}

/** Versions of records, newest first, with the texts that came with them, by blob. */
export interface RecordLog {
  readonly entries: readonly RecordEntry[];
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * All versions of all records that commits reach, by one git.
 *
 * @param withTexts whether texts are wanted: where they would have to be fetched, one by one, they are not
 * @returns undefined where git is not installed
 */
export async function logRecords(
  root: string,
  heads: readonly string[],
  withTexts: boolean,
): Promise<RecordLog | undefined> {
  // All parents of every commit: a merge may have taken one side, or made a mix that neither side had.
  const settings = [
    'core.quotePath=false',
    'log.showRoot=true',
    'log.diffMerges=separate',
    // What a user may have set, and what would break the form.
    'log.follow=false',
    'log.showSignature=false',
  ].flatMap((each) => ['-c', each]);
  const format = ['--format=commit %ct', '--raw', '--no-abbrev', '--no-renames', '-m', '--full-history', '-z'];
  // Whole files as patches: their new sides are the texts.
  const patch = ['-p', '--text', '--full-index', '--unified=1000000', '--no-color', '--no-ext-diff', '--no-textconv'];
  const args = [...settings, 'log', ...format, ...(withTexts ? patch : [])];
  // Bytes: a damaged record need not be UTF-8.
  const output = await git(root, [...args, ...heads, '--', ':(top,glob)**/pylock.*.meta.json'], { encoding: 'latin1' });
  return output === undefined ? undefined : parseLog(output);
}

function parseLog(output: string): RecordLog {
  const found = new Map<string, RecordEntry>();
  const texts = new Map<string, string>();
  let time = 0;
  for (let position = 0; position < output.length;) {
    const end = (mark: string) => {
      const at = output.indexOf(mark, position);
      return at < 0 ? output.length : at;
    };
    const next = output[position];
    if (next === '\0' || next === '\n') position++;
    else if (next === ':') {
      // A line of modes and blobs, and the path.
      const blob = output.slice(position, end('\0')).split(' ')[3] ?? '';
      position = end('\0') + 1;
      const path = Buffer.from(output.slice(position, end('\0')), 'latin1').toString('utf8');
      position = end('\0') + 1;
      const key = `${blob} ${path}`;
      // Clocks differ: what the log has first need not be the latest.
      const latest = Math.max(time, found.get(key)?.time ?? 0);
      if (!/^0+$/.test(blob)) found.set(key, { blob, path, time: latest });
    } else if (next === 'c' && output.startsWith('commit ', position)) {
      time = Number(output.slice(position + 'commit '.length, end('\0')));
      position = end('\0') + 1;
    } else {
      position = readPatch(output, position, texts);
    }
  }
  return { entries: [...found.values()].sort((a, b) => b.time - a.time), texts };
}

/** Reads one file's patch, and takes its new text if it is what the blob says. @returns where the next thing begins */
function readPatch(output: string, start: number, texts: Map<string, string>): number {
  let position = start;
  const takeLine = () => {
    const at = output.indexOf('\n', position);
    const line = output.slice(position, at < 0 ? output.length : at);
    position += line.length + 1;
    return line;
  };
  const isAt = (...marks: string[]) => marks.some((mark) => output.startsWith(mark, position));
  takeLine();
  let [blob, text, isNew] = ['', '', false];
  while (position < output.length && !isAt('@@ ', 'diff --git ', 'commit ', '\0')) {
    blob = /^index [0-9a-f]+\.\.([0-9a-f]+)/.exec(takeLine())?.[1] ?? blob;
  }
  while (isAt('@@ ')) {
    const [, old = '1', now = '1'] = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(takeLine()) ?? [];
    let [before, after] = [Number(old), Number(now)];
    while (before > 0 || after > 0 || isAt('\\')) {
      const line = takeLine();
      if (line.startsWith('\\')) {
        // The line before is the last one of its side, and has no end.
        if (isNew) text = text.slice(0, -1);
        continue;
      }
      isNew = !line.startsWith('-');
      if (isNew) {
        text += `${line.slice(1)}\n`;
        after--;
      }
      if (!line.startsWith('+')) before--;
    }
  }
  const bytes = Buffer.from(text, 'latin1');
  if (idOf(bytes, blob.length) === blob) texts.set(blob, bytes.toString('utf8'));
  return position;
}

/** git's id of a file's content. */
function idOf(bytes: Buffer, length: number): string {
  const hash = createHash(length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
