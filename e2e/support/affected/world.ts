import { join } from 'node:path';
import { LockedStack } from '../../../packages/nx-venvstacks/src/testing/locked-stack';
import { git } from '../../../packages/nx-venvstacks/src/testing/git';
import { linkedInstallation } from '../matrix/installation';
import { runFolder, Workspace } from '../workspace';
import { Observer, type Observation } from './observer';
import { Tree } from './tree';
import { FILES } from './workspace';

const uv = () => join(runFolder(), 'uv', 'bin', 'uv');

export type Change = (tree: Tree) => void;

/** A pull request: what its base has that the locked workspace has not, and its own changes. */
export interface PullRequest {
  readonly before?: readonly Change[];
  /** Whether the base was locked after its changes, as far as can be. */
  readonly isLocked?: boolean;
  /** Whether its changes are no commit yet, as where somebody works. */
  readonly isUncommitted?: boolean;
  readonly changes: readonly Change[];
}

/** What came of a pull request. */
export interface Outcome extends Pick<Observation, 'tasks' | 'projects'> {
  readonly base: string;
  /** Projects whose lock-check fails; null: there is no graph, and every command fails. */
  readonly failing: readonly string[] | null;
  /** What nobody sees, or `nx affected` does not. */
  readonly misses: readonly string[];
  /** What cannot be seen: Nx passes over changes of ignored files, also of those that are in git. */
  readonly limits: readonly string[];
}

/** A workspace in real git, for one pull request after the other. */
export class World {
  private constructor(
    readonly workspace: Workspace,
    private readonly observer: Observer,
    private readonly start: string,
  ) {}

  /** @param nx its version; undefined: the one of this repository */
  static async create(nx?: string): Promise<World> {
    const workspace = await (nx === undefined
      ? Workspace.create(FILES)
      : linkedInstallation({ nx, daemon: false, packageManager: 'npm' }, uv()).create(FILES));
    new LockedStack({}, workspace.root).lockAll();
    await workspace.git('init', '--quiet', '--initial-branch=main');
    // Whatever becomes of `.gitignore`: packages are no part of a commit.
    workspace.append('.git/info/exclude', 'node_modules\n');
    await workspace.commitAll('Lock everything');
    const start = (await workspace.git('rev-parse', 'HEAD')).trim();
    return new World(workspace, new Observer(workspace), start);
  }

  stop(): void {
    this.observer.stop();
  }

  /** Makes the commits of a pull request, and leaves its head in the working tree. @returns its base */
  build({ before = [], isLocked = false, isUncommitted = false, changes }: PullRequest): string {
    this.checkout(this.start);
    this.apply(before);
    if (isLocked) this.lock();
    const base = before.length ? this.commit() : this.start;
    this.apply(changes);
    if (!isUncommitted) this.commit();
    return base;
  }

  async judge(request: PullRequest): Promise<Outcome> {
    const base = this.build(request);
    const head = await this.observer.observe(base);
    const isGated = this.isGated();
    let before: Observation = { problems: '' };
    if (request.before?.length && failuresOf(head).length) {
      this.checkout(base);
      before = await this.observer.observe();
    }
    return { base, ...outcomeOf(head, before, isGated) };
  }

  /** What the working tree has that the base has not. */
  changed(base: string): string {
    git(this.workspace.root, 'add', '--all');
    return git(this.workspace.root, 'diff', '--cached', '--stat=120', '--no-renames', base).trim();
  }

  /** Whether the plugin has all definition files, and a target of the usual name: `nx-venvstacks show` does not know. */
  private isGated(): boolean {
    try {
      const { plugins = [] } = JSON.parse(this.workspace.read('nx.json')) as { plugins?: object[] };
      return plugins.length > 0 && !/"(?:include|exclude|lockCheckTargetName)"/.test(JSON.stringify(plugins));
    } catch {
      return false;
    }
  }

  private apply(changes: readonly Change[]): void {
    for (const change of changes) change(new Tree(this.workspace.root));
  }

  /** Locks whatever can be. */
  private lock(): void {
    const stack = new LockedStack({}, this.workspace.root);
    for (const { layers } of stack.stacks()) {
      for (const { envName } of layers) {
        try {
          stack.lock(envName);
        } catch {
          // Not on a layer that could not be, either.
        }
      }
    }
  }

  private commit(): string {
    const { root } = this.workspace;
    git(root, 'add', '--all');
    git(root, 'commit', '--quiet', '--allow-empty', '--message', 'Change');
    // As in CI: what no commit has is not there.
    this.clean();
    return git(root, 'rev-parse', 'HEAD').trim();
  }

  private checkout(commit: string): void {
    git(this.workspace.root, 'checkout', '--quiet', '--force', '--detach', commit);
    this.clean();
  }

  private clean(): void {
    git(this.workspace.root, 'clean', '-ffdxq', '--exclude=/node_modules');
  }
}

function failuresOf({ outcomes = {} }: Observation): string[] {
  return Object.keys(outcomes).filter((project) => outcomes[project] !== null);
}

/** What Nx refuses, and should: with its own words, or with ours for the plugin's options. */
const OF_THE_USER =
  /nx-venvstacks: (?:the plugin option|unknown plugin option|unknown \{|two targets)|are defined in multiple locations|(?:project|package|nx)\.json at \d/;

function outcomeOf(head: Observation, before: Observation, isGated: boolean): Omit<Outcome, 'base'> {
  const { graphError, problems, tasks = [], projects = [], outcomes = {}, hidden = [] } = head;
  if (graphError !== undefined)
    return { failing: null, limits: [], misses: OF_THE_USER.test(graphError) ? [] : [`no graph: ${graphError}`] };
  const failing = failuresOf(head);
  const failedBefore = before.graphError === undefined ? failuresOf(before) : failing;
  const reasonOf = ([first = '']: readonly string[]) => outcomes[first]?.split('\n')[0] ?? '';
  const describe = (what: string, all: readonly string[]) => `${what}: ${all.join(', ')} (${reasonOf(all)})`;
  const [misses, limits]: [string[], string[]] = [[], []];
  if (isGated && problems !== '' && failing.length === 0) misses.push(`nothing fails: ${problems}`);
  const unhashed = failing.filter((project) => outcomes[project]?.startsWith('Nx cannot hash'));
  if (unhashed.length) misses.push(describe('the run ends', unhashed));
  for (const [mode, selected] of Object.entries({ tasks, projects })) {
    const unseen = failing.filter((project) => !selected.includes(project) && !failedBefore.includes(project));
    const isGreen = !failing.some((project) => selected.includes(project));
    if (unseen.length)
      (hidden.length ? limits : misses).push(describe(`${isGreen ? 'green' : 'not all'} by ${mode}`, unseen));
  }
  return { failing, tasks, projects, misses, limits };
}
