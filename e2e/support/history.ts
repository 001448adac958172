import type { Action, Settling, Story } from './history-actions';
import { checkAll, checkRecords, recordsOf, Violation, type Before } from './history-check';
import { choose, removeFiles, renumber, restore, stripped, writeLine, writeSource } from './history-edits';
import {
  branch,
  commit,
  committedRecords,
  head,
  heads,
  historyOf,
  mergeBranch,
  mergeCommit,
  pickCommit,
  pull,
} from './history-git';
import { Ledger } from './history-model';
import {
  definition,
  DEFINITION,
  FOLDER,
  LAYERS,
  lockFile,
  NEWS,
  projectOf,
  RELEASES,
  SOURCES,
  type LayerName,
} from './history-stack';
import { PackageIndex } from './package-index';
import { Repository, type TaskResult } from './repository';

const MOST_CLONES = 4;
const PUBLISH = { do: 'publish' } as const;
const LOCK_ALL = { do: 'lock', layers: [], skipCache: false, alone: false } as const;

/** A workspace with its clones, while a story is told. */
export class History {
  /** What was done, and what each lock said. */
  readonly log: string[] = [];
  /** How often a layer kept a number that history gives to other contents, too: the one exception. */
  exceptions = 0;
  private readonly ledger = new Ledger();
  private readonly clones: Repository[];
  private repository: Repository;
  private branches = 0;
  private news = 0;

  private constructor(
    private readonly index: PackageIndex,
    private readonly stacked: boolean,
  ) {
    const files = Object.entries(SOURCES).flatMap(([path, [text]]) =>
      typeof text === 'string' ? [[`${FOLDER}/${path}`, text] as const] : [],
    );
    this.repository = Repository.create({
      ...Object.fromEntries(files),
      [DEFINITION]: definition(stacked, index.url),
    });
    this.clones = [this.repository];
  }

  /** Tells a story to its end. @throws {Violation} with the log, upon the first promise that is not kept */
  static async tell(story: Story): Promise<History> {
    const index = await PackageIndex.start(RELEASES);
    const history = new History(index, story.stacked);
    try {
      await history.begin(story);
      for (const action of story.actions) await history.act(action);
      await history.end();
      return history;
    } catch (error) {
      const message = error instanceof Violation ? error.message : ((error as Error).stack ?? String(error));
      throw new Violation([...history.log, `VIOLATION: ${message}`].join('\n  '));
    } finally {
      await index.stop();
      for (const each of history.clones) each.remove('.');
    }
  }

  private async begin({ begin, stacked }: Story): Promise<void> {
    this.log.push(`a stack with ${stacked ? 'one framework on the other' : 'frameworks side by side'}`);
    this.say(commit(this.repository));
    this.enterCommits();
    if (begin === 'unlocked') return;
    await this.lock(LOCK_ALL);
    if (begin === 'locked by venvstacks') {
      this.say(await this.strip(LAYERS));
      this.repository.cache.clear();
    }
    this.say(commit(this.repository));
    this.enterCommits();
  }

  /** What is committed stays as it is in a fresh clone, and with the same cache nothing runs there. */
  private async end(): Promise<void> {
    await this.lock(LOCK_ALL);
    this.say(commit(this.repository));
    for (const shareCache of [true, false]) {
      const clone = this.repository.clone(shareCache ? undefined : new Map());
      this.clones.push(clone);
      const results = await clone.lock();
      this.say(`lock of a fresh clone, ${shareCache ? 'same' : 'no'} cache:${told(results)}`);
      const failed = results.find(({ success, from }) => !success || (shareCache && from === 'run'));
      if (failed) throw new Violation(`${failed.task} ran or failed in a fresh clone`);
      const status = clone.git('status', '--porcelain');
      if (status !== '') throw new Violation(`a lock changed a fresh clone:\n${status}`);
    }
  }

  private async act(action: Action): Promise<void> {
    if (action.do === 'lock') await this.lock(action);
    else if (action.do === 'diverge') await this.diverge(action);
    else {
      if (action.do === 'publish') await this.lock(LOCK_ALL);
      this.say(await this.change(action));
    }
    this.enterCommits();
  }

  /** @returns what was done */
  private async change(action: Exclude<Action, { do: 'lock' | 'diverge' }>): Promise<string> {
    const { repository } = this;
    switch (action.do) {
      case 'write':
        return writeSource(repository, action);
      case 'define':
        return writeLine(repository, action, this.stacked);
      case 'publish':
      case 'commit':
        return commit(repository);
      case 'discard':
        repository.git('reset', '--quiet', '--hard');
        return 'reset --hard';
      case 'move index':
        return this.moveIndex();
      case 'drop cache':
        repository.cache.clear();
        return 'drop the cache';
      case 'fetch cache':
        for (const { cache } of this.clones) for (const [key, kept] of cache) repository.cache.set(key, kept);
        return "fetch all clones' caches";
      case 'restore':
        return restore(repository, action);
      case 'branch':
        return branch(repository, `b${++this.branches}`, action.to);
      case 'go':
        this.repository = choose(this.clones, action.to);
        return `go to clone ${this.clones.indexOf(this.repository)}`;
      case 'merge':
        return mergeBranch(repository, action.from, action.settling);
      case 'pull':
        return this.pull(action.from, action.settling);
      case 'revert':
      case 'cherry-pick':
        return pickCommit(repository, action.do, action.from, action.settling);
      case 'clone':
        return this.clone(action.shareCache);
      case 'delete':
        return removeFiles(repository, action);
      case 'renumber':
        return renumber(repository, action);
      case 'strip':
        return this.strip(action.layers);
    }
  }

  private async lock({ layers, skipCache, alone }: Extract<Action, { do: 'lock' }>): Promise<void> {
    const before = this.before();
    const results = await this.repository.lock(layers.map(projectOf), { skipCache, excludeTaskDependencies: alone });
    const options = [...(skipCache ? ['--skip-nx-cache'] : []), ...(alone ? ['--exclude-task-dependencies'] : [])];
    this.say(`lock ${[...(layers.length ? layers : ['all']), ...options].join(' ')}:${told(results)}`);
    const failed = results.find(
      ({ success, output }) => !success && !(alone && /the lower layer .* is stale/.test(output)),
    );
    if (failed) throw new Violation(`${failed.task} failed`);
    checkRecords(this.repository, before, results, this.ledger);
    if (layers.length) return;
    const exceptions = await checkAll(this.repository, before.known, this.ledger);
    this.exceptions += exceptions.length;
    if (exceptions.length) this.say(`history gives the number to other contents, too: ${exceptions.join(', ')}`);
  }

  private async diverge({ ours, theirs, settling }: Extract<Action, { do: 'diverge' }>): Promise<void> {
    const { repository } = this;
    const base = commit(repository);
    const name = `b${++this.branches}`;
    repository.git('checkout', '--quiet', '-b', name);
    this.say(`${base}; branch ${name}`);
    for (const action of [theirs, PUBLISH]) await this.act(action);
    repository.git('checkout', '--quiet', '-');
    this.say('go back to the branch before');
    for (const action of [ours, PUBLISH]) await this.act(action);
    this.say(mergeCommit(repository, repository.git('rev-parse', name).trim(), settling));
  }

  private before(): Before {
    const texts = recordsOf(this.repository);
    const commits = heads(this.repository);
    const known = new Map([...texts].map(([layer, text]) => [layer, this.ledger.known(layer, text, commits)]));
    return { texts, known };
  }

  /** venvstacks has just locked what is there: of a lock that it made earlier nothing more is known. */
  private async strip(layers: readonly LayerName[]): Promise<string> {
    const graph = await this.repository.graph();
    const records = recordsOf(this.repository);
    const done = layers.filter((layer) => {
      const text = records.get(layer);
      const { lineage } = graph[projectOf(layer)]?.targets?.lock?.options as { lineage: string };
      if (text === undefined || this.ledger.intact(text)?.lineage !== lineage) return false;
      const bare = stripped(text);
      this.repository.write({ [lockFile(layer, 'record')]: bare.text });
      this.ledger.enterStripped(bare.text, text, bare.number);
      return true;
    });
    return `venvstacks rewrites the records of ${done.join(', ') || 'none'}`;
  }

  private pull(from: number, settling: Settling): string {
    const others = this.clones.filter((each) => each !== this.repository);
    return others.length ? pull(this.repository, choose(others, from), settling) : 'no clone to pull from';
  }

  private clone(shareCache: boolean): string {
    if (this.clones.length === MOST_CLONES) return 'no more clones';
    this.repository = this.repository.clone(shareCache ? undefined : new Map());
    this.clones.push(this.repository);
    return `go to clone ${this.clones.length - 1}, a new one with ${shareCache ? 'the same' : 'its own'} cache`;
  }

  private moveIndex(): string {
    const release = NEWS[this.news++];
    if (!release) return 'no more releases';
    this.index.add(release);
    return `release of ${release.name} ${release.version}`;
  }

  /** Remembers the commits that an action has made. */
  private enterCommits(): void {
    if (this.ledger.knowsCommit(head(this.repository))) return;
    for (const { id, parents } of historyOf(this.repository)) {
      if (!this.ledger.knowsCommit(id)) this.ledger.enterCommit(id, parents, committedRecords(this.repository, id));
    }
  }

  private say(text: string): void {
    this.log.push(text);
  }
}

function told(results: readonly TaskResult[]): string {
  const lines = results.map(({ task, from, output }) =>
    from === 'cache' ? `${task}: from the cache` : output.trim().replaceAll('\n', '\n      '),
  );
  return ['', ...lines].join('\n    ');
}
