import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isMissing, runProcess, type ProcessOptions } from './process';

/** A version of a file in git's history. */
export interface CommittedVersion {
  /** Absolute path of its folder at that time. */
  readonly folder: string;
  readonly text: string;
  /** When it was committed, in seconds since 1970. */
  readonly time: number;
}

/** What git knows of a record. */
export interface RecordHistory {
  /** Newest first. */
  readonly versions: readonly CommittedVersion[];
  /** Whether older versions may exist that this clone does not have. */
  readonly shallow: boolean;
  /** Whether git ignores the record on disk. */
  readonly ignored: boolean;
  readonly merging: boolean;
}

/**
 * Every version of a layer's record that is reachable from `HEAD` and `MERGE_HEAD`, in whatever folder.
 *
 * @param record absolute path of the record
 * @returns undefined outside a git checkout, and where git is not installed
 */
export async function readRecordHistory(record: string): Promise<RecordHistory | undefined> {
  const folder = existingFolder(record);
  // The way up, not git's own path of the root: that one has no links in it, and the layer's folder may have some.
  const wayUp = (await git(folder, ['rev-parse', '--show-cdup']))?.trim();
  if (wayUp === undefined) return undefined;
  const root = resolve(folder, wayUp);
  const shallow = (await git(root, ['rev-parse', '--is-shallow-repository']))?.trim() === 'true';
  const merging = (await git(root, ['rev-parse', '--verify', '--quiet', 'MERGE_HEAD'])) !== undefined;
  const hasHead = (await git(root, ['rev-parse', '--verify', '--quiet', 'HEAD'])) !== undefined;
  const ignored = (await git(root, ['check-ignore', '--quiet', record])) !== undefined;
  const heads = [...(hasHead ? ['HEAD'] : []), ...(merging ? ['MERGE_HEAD'] : [])];
  const versions = heads.length ? await readVersions(root, heads, record) : [];
  return { versions, shallow, ignored, merging };
}

async function readVersions(root: string, heads: readonly string[], record: string): Promise<CommittedVersion[]> {
  const name = record.slice(dirname(record).length + 1).replace(/[[\]\\?*]/g, '\\$&');
  // All parents of every commit: a merge may have taken one side, or made a mix that neither side had.
  const log = await git(root, [
    '-c',
    'core.quotePath=false',
    '-c',
    'log.showRoot=true',
    '-c',
    'log.diffMerges=separate',
    'log',
    '--format=commit %ct',
    '--raw',
    '--no-abbrev',
    '--no-renames',
    '-m',
    '--full-history',
    ...heads,
    '--',
    `:(top,glob)**/${name}`,
  ]);
  const found = new Map<string, { blob: string; path: string; time: number }>();
  let time = 0;
  for (const line of (log ?? '').split('\n')) {
    const [, seconds] = /^commit (\d+)$/.exec(line) ?? [];
    if (seconds !== undefined) time = Number(seconds);
    const [, blob, path] = /^:\d+ \d+ \S+ (\S+) \S+\t(.+)$/.exec(line) ?? [];
    if (blob === undefined || path === undefined || /^0+$/.test(blob)) continue;
    // The log goes from new to old: what comes first is the latest time of this version.
    if (!found.has(`${blob} ${path}`)) found.set(`${blob} ${path}`, { blob, path, time });
  }
  const texts = await readBlobs(root, [...new Set([...found.values()].map(({ blob }) => blob))]);
  return [...found.values()]
    .map(({ blob, path, time: committed }) => ({
      folder: dirname(join(root, path)),
      text: texts.get(blob) ?? '',
      time: committed,
    }))
    .sort((a, b) => b.time - a.time);
}

async function readBlobs(root: string, blobs: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  if (blobs.length === 0) return texts;
  // Sizes count bytes, and a damaged record need not be UTF-8.
  const text = await git(root, ['cat-file', '--batch'], { input: `${blobs.join('\n')}\n`, encoding: 'latin1' });
  const output = Buffer.from(text ?? '', 'latin1');
  let position = 0;
  while (position < output.length) {
    const lineEnd = output.indexOf(10, position);
    const [blob = '', , size = '0'] = output.subarray(position, lineEnd).toString('utf8').split(' ');
    const start = lineEnd + 1;
    texts.set(blob, output.subarray(start, start + Number(size)).toString('utf8'));
    position = start + Number(size) + 1;
  }
  return texts;
}

/** A file's text in `HEAD`; undefined if it is not there. */
export async function readFromHead(file: string): Promise<string | undefined> {
  const folder = existingFolder(file);
  const prefix = (await git(folder, ['rev-parse', '--show-prefix']))?.trim();
  if (prefix === undefined) return undefined;
  const path = relative(folder, file).replaceAll('\\', '/');
  return git(folder, ['show', `HEAD:${prefix}${path}`]);
}

/** git's output; undefined if it failed, or is not there. */
export async function git(
  cwd: string,
  args: readonly string[],
  options: Pick<ProcessOptions, 'input' | 'encoding'> = {},
): Promise<string | undefined> {
  try {
    const { code, stdout } = await runProcess('git', args, {
      cwd,
      // In a hook git's own variables point elsewhere than the folder does.
      env: { ...process.env, GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
      ...options,
    });
    return code === 0 ? stdout : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The nearest folder above a file that exists: the file's own may not, before the first lock. */
export function existingFolder(file: string): string {
  let folder = dirname(file);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
