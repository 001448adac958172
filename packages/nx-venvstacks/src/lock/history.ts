import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import {
  checkoutAround,
  findCheckout,
  hasReplacements,
  isPartial,
  isShallow,
  readHeads,
  readTrackedPaths,
  type Checkout,
  type Heads,
} from '../stack';
import { existingFolder, git, gitFailure, gitSays, readBlobs, repositoryRoot } from './git';
import { byName, RecordArchive, type ArchivedVersion } from './record-archive';
import { logRecords } from './record-log';
import { readIfThere } from './write';

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
 * Reads histories of records. What git is asked for it tells of all records at once, and it is kept until `HEAD` moves:
 * mostly no git runs at all, else one. Another one runs where a clone has no old contents, for a record that git does not
 * track, and where the git folder is not a plain one.
 */
export class RecordHistories {
  private readonly passes = new Map<string, Promise<ReadonlyMap<string, readonly ArchivedVersion[]> | undefined>>();
  private readonly archives = new Map<string, RecordArchive>();
  private readonly tracked = new Map<string, ReadonlySet<string> | undefined>();

  /** @param folder where to keep what a pass found; none: only here, for as long as this lives */
  constructor(private readonly folder?: string) {}

  /**
   * Every version of a layer's record that is reachable from `HEAD` and `MERGE_HEAD`, in whatever folder.
   *
   * @param record absolute path of the record
   * @returns undefined outside a git checkout, and where git is not installed
   * @throws {VenvstacksError} `history`, for a git that is there and fails
   */
  async of(record: string): Promise<RecordHistory | undefined> {
    const folder = existingFolder(record);
    const found = findCheckout(folder);
    if (found === 'none') return undefined;
    const repository = (found === 'unclear' ? undefined : plainRepository(found)) ?? (await askedRepository(folder));
    if (!repository) return undefined;
    const [versions, ignored] = await Promise.all([
      this.versionsOf(record, repository),
      this.isIgnored(record, repository),
    ]);
    if (!versions || ignored === undefined) return undefined;
    return { versions, shallow: repository.shallow, ignored, merging: repository.heads.merged.length > 0 };
  }

  private async versionsOf(record: string, repository: Repository): Promise<CommittedVersion[] | undefined> {
    const { root, heads } = repository;
    const name = basename(record);
    // Links may lead to it: then git calls its folder otherwise.
    const own = dirname(pathIn(realpathSync(root), record));
    const starts = [heads.head ?? [], heads.merged].flat();
    const archived = starts.length ? await this.archived(name, repository, starts) : [];
    if (!archived) return undefined;
    const lacking = [...new Set(archived.filter(({ text }) => text === undefined).map(({ blob }) => blob))];
    const contents = await readBlobs(root, lacking);
    const texts = new Map(lacking.map((blob, index) => [blob, contents[index]?.toString('utf8')]));
    return archived.map(({ blob, path, time, text = texts.get(blob) }) => {
      if (text === undefined)
        throw gitFailure(['cat-file'], `object ${blob} cannot be read: the repository is incomplete`);
      return { folder: dirname(path) === own ? dirname(record) : dirname(join(root, path)), text, time };
    });
  }

  private async archived(
    name: string,
    { root, isSettled, partial }: Repository,
    starts: readonly string[],
  ): Promise<readonly ArchivedVersion[] | undefined> {
    const key = [root, ...starts].join('\n');
    const archive = isSettled ? this.archiveOf(key, root, starts) : undefined;
    if (!this.passes.has(key)) {
      const kept = archive?.read(name);
      if (kept) return kept;
      this.passes.set(key, pass());
    }
    const versions = await this.passes.get(key);
    return versions && (versions.get(name) ?? []);

    async function pass() {
      const log = await logRecords(root, starts, !partial);
      // What cannot be kept, as on a disk that is read only, is found out again the next time.
      if (log) await archive?.write(log).catch(() => undefined);
      return log && byName(log);
    }
  }

  private archiveOf(key: string, root: string, starts: readonly string[]): RecordArchive | undefined {
    if (this.folder === undefined) return undefined;
    const archive = this.archives.get(key) ?? new RecordArchive(this.folder, root, starts);
    this.archives.set(key, archive);
    return archive;
  }

  /** Undefined where git is not installed. What is tracked is never ignored. */
  private async isIgnored(record: string, { root, checkout }: Repository): Promise<boolean | undefined> {
    const realRoot = realpathSync(root);
    const path = pathIn(realRoot, record);
    if (checkout && this.trackedIn(checkout)?.has(path)) return false;
    return gitSays(realRoot, ['check-ignore', '--quiet', join(realRoot, path)]);
  }

  private trackedIn(checkout: Checkout): ReadonlySet<string> | undefined {
    if (!this.tracked.has(checkout.own)) this.tracked.set(checkout.own, readTrackedPaths(checkout));
    return this.tracked.get(checkout.own);
  }
}

/** A repository, as far as histories depend on it. */
interface Repository {
  readonly root: string;
  readonly heads: Heads;
  readonly shallow: boolean;
  readonly partial: boolean;
  /** Whether the same heads always have the same history: a shallow clone can be deepened. */
  readonly isSettled: boolean;
  /** Undefined where only git can tell what is tracked. */
  readonly checkout: Checkout | undefined;
}

/** Undefined where its files do not tell. */
function plainRepository(checkout: Checkout): Repository | undefined {
  const heads = readHeads(checkout);
  const shallow = isShallow(checkout);
  const isSettled = !shallow && !hasReplacements(checkout);
  return heads && { root: checkout.root, heads, shallow, partial: isPartial(checkout), isSettled, checkout };
}

/** The same, from git itself; undefined where there is none. */
async function askedRepository(folder: string): Promise<Repository | undefined> {
  const root = await repositoryRoot(folder);
  if (root === undefined) return undefined;
  const commitOf = async (name: string) =>
    (await git(root, ['rev-parse', '--verify', '--quiet', name], { allowed: [1] }))?.trim();
  const [shallow, head, mergeFile] = await Promise.all([
    git(root, ['rev-parse', '--is-shallow-repository']),
    commitOf('HEAD'),
    git(root, ['rev-parse', '--git-path', 'MERGE_HEAD']),
  ]);
  // A line for each branch: asked for it by name, git tells of the first only.
  const heads = {
    head,
    merged: (readIfThere(resolve(root, mergeFile?.trim() ?? 'MERGE_HEAD')) ?? '').split('\n').filter(Boolean),
  };
  // Whether it is a partial clone is not known: then it is better not to fetch what nobody asked for.
  return { root, heads, shallow: shallow?.trim() === 'true', partial: true, isSettled: false, checkout: undefined };
}

/** A file's path as git's index has it. */
function pathIn(realRoot: string, file: string): string {
  const folder = existingFolder(file);
  return relative(realRoot, join(realpathSync(folder), relative(folder, file))).replaceAll('\\', '/');
}

/** Why a record has no history, where it has none. */
export function whyNoHistory(record: string): string {
  return checkoutAround(existingFolder(record)) === undefined ? 'no git repository here' : 'git is not installed';
}
