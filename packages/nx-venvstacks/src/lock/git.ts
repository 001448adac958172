import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { VenvstacksError } from '../errors';
import { indent, isMissing, runProcess, type ProcessOptions, type ProcessResult } from './process';

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
  const root = await repositoryRoot(folder);
  if (root === undefined) return undefined;
  const shallow = (await git(root, ['rev-parse', '--is-shallow-repository']))?.trim() === 'true';
  const merging = (await git(root, ['rev-parse', '--verify', '--quiet', 'MERGE_HEAD'], { allowed: [1] })) !== undefined;
  const hasHead = (await git(root, ['rev-parse', '--verify', '--quiet', 'HEAD'], { allowed: [1] })) !== undefined;
  const ignored = (await git(root, ['check-ignore', '--quiet', record], { allowed: [1] })) !== undefined;
  const heads = [...(hasHead ? ['HEAD'] : []), ...(merging ? ['MERGE_HEAD'] : [])];
  const versions = heads.length ? await readVersions(root, heads, record) : [];
  return { versions, shallow, ignored, merging };
}

/** The root of the checkout that a folder lies in; undefined outside of one, and where git is not installed. */
export async function repositoryRoot(folder: string): Promise<string | undefined> {
  const result = await tryGit(folder, ['rev-parse', '--show-cdup']);
  if (!result || (result.code !== 0 && result.stderr.includes('not a git repository'))) return undefined;
  // A git that refuses is not the same as none: then history would be passed over in silence.
  if (result.code !== 0) throw gitFailure(['rev-parse'], result.stderr);
  return resolve(folder, result.stdout.trim());
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
    '-z',
    ...heads,
    '--',
    `:(top,glob)**/${name}`,
  ]);
  const found = new Map<string, { blob: string; path: string; time: number }>();
  let time = 0;
  let blob = '';
  // Parts end with NUL: a commit's line, then for each file a line of modes and blobs, and its path.
  for (const part of (log ?? '').split('\0').map((each) => each.replace(/^\n/, ''))) {
    const [, seconds] = /^commit (\d+)$/.exec(part) ?? [];
    const [, next] = /^:\d+ \d+ \S+ (\S+) \S+$/.exec(part) ?? [];
    if (seconds !== undefined) time = Number(seconds);
    else if (next !== undefined) blob = /^0+$/.test(next) ? '' : next;
    // The log goes from new to old: what comes first is the latest time of this version.
    else if (part !== '' && blob !== '' && !found.has(`${blob} ${part}`))
      found.set(`${blob} ${part}`, { blob, path: part, time });
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
    const [blob = '', type, size = '0'] = output.subarray(position, lineEnd).toString('utf8').split(' ');
    if (type !== 'blob') throw gitFailure(['cat-file'], `object ${blob} cannot be read: the repository is incomplete`);
    const start = lineEnd + 1;
    texts.set(blob, output.subarray(start, start + Number(size)).toString('utf8'));
    position = start + Number(size) + 1;
  }
  return texts;
}

/** A file's text in `HEAD`; undefined if it is not there. */
export async function readFromHead(file: string): Promise<string | undefined> {
  const folder = existingFolder(file);
  if ((await repositoryRoot(folder)) === undefined) return undefined;
  const prefix = (await git(folder, ['rev-parse', '--show-prefix']))?.trim() ?? '';
  const path = relative(folder, file).replaceAll('\\', '/');
  return git(folder, ['show', `HEAD:${prefix}${path}`], { allowed: [128] });
}

export interface GitOptions extends Pick<ProcessOptions, 'input' | 'encoding'> {
  /** Exit codes that are an answer; the output is then undefined. */
  readonly allowed?: readonly number[];
}

/**
 * git's output; undefined where it is not installed, and for exit codes that are allowed.
 *
 * @throws {VenvstacksError} `history`, with git's own words
 */
export async function git(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<string | undefined> {
  const { allowed = [], ...processOptions } = options;
  const result = await tryGit(cwd, args, processOptions);
  if (!result || allowed.includes(result.code ?? -1)) return undefined;
  if (result.code !== 0) throw gitFailure(args, result.stderr);
  return result.stdout;
}

/** Variables of git's that would lead it elsewhere, as in a hook, or make it read paths otherwise. */
const LEADING_ELSEWHERE = /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|NAMESPACE|COMMON_DIR|.*PATHSPECS)$/;

async function tryGit(
  cwd: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !LEADING_ELSEWHERE.test(name));
  try {
    return await runProcess('git', args, {
      cwd,
      env: { ...Object.fromEntries(inherited), GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
      ...options,
    });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function gitFailure(args: readonly string[], words: string): VenvstacksError {
  return new VenvstacksError(
    'history',
    `git's history cannot be read (git ${args.find((each) => !each.startsWith('-') && !each.includes('=')) ?? ''}):\n${indent(words)}`,
    {
      hint: 'Numbers follow from history: mend the repository, or what git says above.',
    },
  );
}

/** The nearest folder above a file that exists: the file's own may not, before the first lock. */
export function existingFolder(file: string): string {
  let folder = dirname(file);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
