import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkoutAround } from '../stack';
import { existingFolder, git, gitFailure, repositoryRoot } from './git';
import { hashItems } from './hash';
import { writeText } from './write';

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
 * @param cacheFolder where to keep, until `HEAD` moves, which records there are: one pass then serves all layers
 * @returns undefined outside a git checkout, and where git is not installed
 * @throws {VenvstacksError} `history`, for a git that is there and fails
 */
export async function readRecordHistory(record: string, cacheFolder?: string): Promise<RecordHistory | undefined> {
  const folder = existingFolder(record);
  // The way up, not git's own path of the root: that one has no links in it, and the layer's folder may have some.
  const root = await repositoryRoot(folder);
  if (root === undefined) return undefined;
  const commitOf = async (name: string) =>
    (await git(root, ['rev-parse', '--verify', '--quiet', name], { allowed: [1] }))?.trim();
  const [shallow, head, mergeHead, ignored] = await Promise.all([
    git(root, ['rev-parse', '--is-shallow-repository']),
    commitOf('HEAD'),
    commitOf('MERGE_HEAD'),
    git(root, ['check-ignore', '--quiet', record], { allowed: [1] }),
  ]);
  const heads = [head, mergeHead].filter((each) => each !== undefined);
  const isShallow = shallow?.trim() === 'true';
  // A shallow clone can be deepened without its head moving.
  const entries = heads.length ? await listRecords(root, heads, isShallow ? undefined : cacheFolder) : [];
  const name = basename(record);
  return {
    versions: await readVersions(
      root,
      entries.filter(({ path }) => basename(path) === name),
    ),
    shallow: isShallow,
    ignored: ignored !== undefined,
    merging: mergeHead !== undefined,
  };
}

/** Why a record has no history, where it has none. */
export function whyNoHistory(record: string): string {
  return checkoutAround(existingFolder(record)) === undefined ? 'no git repository here' : 'git is not installed';
}

/** Where a version of some record is in git's history. */
interface RecordEntry {
  readonly blob: string;
  /** From the root of the checkout. */
  readonly path: string;
  readonly time: number;
}

async function listRecords(
  root: string,
  heads: readonly string[],
  cacheFolder: string | undefined,
): Promise<readonly RecordEntry[]> {
  if (cacheFolder === undefined) return walkHistory(root, heads);
  const file = join(cacheFolder, `records-${hashItems([root, '\n', ...heads]).slice(7, 23)}.json`);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as RecordEntry[];
  } catch {
    // Not there yet, or damaged: it can be made again.
  }
  const entries = await walkHistory(root, heads);
  await writeText(file, JSON.stringify(entries));
  const others = (await readdir(cacheFolder)).filter((name) => name.startsWith('records-') && name !== basename(file));
  await Promise.all(others.map((name) => rm(join(cacheFolder, name), { force: true })));
  return entries;
}

/** All versions of all records, newest first. */
async function walkHistory(root: string, heads: readonly string[]): Promise<RecordEntry[]> {
  // All parents of every commit: a merge may have taken one side, or made a mix that neither side had.
  const settings = ['core.quotePath=false', 'log.showRoot=true', 'log.diffMerges=separate'].flatMap((each) => [
    '-c',
    each,
  ]);
  const format = ['--format=commit %ct', '--raw', '--no-abbrev', '--no-renames', '-m', '--full-history', '-z'];
  const log = await git(root, [...settings, 'log', ...format, ...heads, '--', ':(top,glob)**/pylock.*.meta.json']);
  const found = new Map<string, RecordEntry>();
  let time = 0;
  let blob = '';
  // Parts end with NUL: a commit's line, then for each file a line of modes and blobs, and its path.
  for (const part of (log ?? '').split('\0').map((each) => each.replace(/^\n/, ''))) {
    const [, seconds] = /^commit (\d+)$/.exec(part) ?? [];
    const [, next] = /^:\d+ \d+ \S+ (\S+) \S+$/.exec(part) ?? [];
    if (seconds !== undefined) time = Number(seconds);
    else if (next !== undefined) blob = /^0+$/.test(next) ? '' : next;
    else if (part !== '' && blob !== '') {
      // The log goes from new to old: what comes first is the latest time of this version.
      if (!found.has(`${blob} ${part}`)) found.set(`${blob} ${part}`, { blob, path: part, time });
    }
  }
  return [...found.values()].sort((a, b) => b.time - a.time);
}

async function readVersions(root: string, entries: readonly RecordEntry[]): Promise<CommittedVersion[]> {
  const texts = await readBlobs(root, [...new Set(entries.map(({ blob }) => blob))]);
  return entries.map(({ blob, path, time }) => ({
    folder: dirname(join(root, path)),
    text: texts.get(blob) ?? '',
    time,
  }));
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
    const [blob = '', type, size = '0'] = output.subarray(position, lineEnd).toString('utf8').split(' ');
    if (type !== 'blob') throw gitFailure(['cat-file'], `object ${blob} cannot be read: the repository is incomplete`);
    const start = lineEnd + 1;
    texts.set(blob, output.subarray(start, start + Number(size)).toString('utf8'));
    position = start + Number(size) + 1;
  }
  return texts;
}
