import { spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { readTree } from './conformance';
import { run, type RunResult } from './run';
import { runAtTerminal, type Answer } from './terminal';

/** Cutoff of everything that is resolved here: the same packages next year. */
export const CUTOFF = '2026-03-01T00:00:00Z';

/** The folder of this run of the end-to-end tests, with the installed packages. */
export function runFolder(): string {
  const folder = process.env.NX_VENVSTACKS_E2E;
  if (folder === undefined)
    throw new Error('the end-to-end tests run through jest, which installs the workspace first');
  return folder;
}

/** A project of the graph, as `nx graph --file` prints it. */
export interface GraphNode {
  readonly data: {
    readonly root: string;
    readonly tags: readonly string[];
    readonly targets: Record<
      string,
      {
        executor: string;
        cache?: boolean;
        options: Record<string, unknown>;
        metadata?: { description?: string; help?: object };
      }
    >;
  };
}

export interface Graph {
  readonly nodes: Record<string, GraphNode>;
  readonly dependencies: Record<string, readonly { source: string; target: string; type: string }[]>;
}

/** What a version record says, as far as tests look at it. */
export interface RecordFile {
  readonly lock_version: number;
  readonly last_version: number;
  readonly lineage: string;
}

/** What a workspace can be made with. */
export interface WorkspaceOptions {
  /** Options of the plugin. */
  readonly plugin?: object;
  /** Variables for all that runs in it. */
  readonly env?: NodeJS.ProcessEnv;
  /** The `node_modules` that it has a link to; null: none, packages are installed in it. Default: the run's own. */
  readonly packages?: string | null;
}

/** An Nx workspace in a temporary folder: real Nx, the packed plugin, real git, no daemon, a cache of its own. */
export class Workspace {
  private constructor(
    readonly root: string,
    private readonly cache: string,
    private readonly options: WorkspaceOptions,
  ) {}

  /** A new workspace with some files. `nx.json` and `.gitignore` are there already. */
  static create(files: Record<string, string>, options: WorkspaceOptions = {}): Workspace {
    const folder = mkdtempSync(join(runFolder(), 'workspace-'));
    const workspace = new Workspace(join(folder, 'main'), join(folder, 'nx'), options);
    workspace.write({
      'nx.json': JSON.stringify({
        analytics: false,
        plugins: [{ plugin: 'nx-venvstacks', options: options.plugin ?? {} }],
      }),
      'package.json': JSON.stringify({ name: 'workspace', private: true }),
      'tsconfig.base.json': '{}',
      '.gitignore': 'node_modules\n.nx\n',
      ...files,
    });
    workspace.linkPackages();
    return workspace;
  }

  /** A new folder with nothing in it, not even Nx. */
  static empty(options: { env?: NodeJS.ProcessEnv } = {}): Workspace {
    const folder = mkdtempSync(join(runFolder(), 'workspace-'));
    const workspace = new Workspace(join(folder, 'main'), join(folder, 'nx'), options);
    mkdirSync(workspace.root);
    return workspace;
  }

  /** A folder that is a workspace already. What Nx keeps lies beside it. */
  static at(root: string, options: { env?: NodeJS.ProcessEnv } = {}): Workspace {
    const workspace = new Workspace(root, `${root}-nx`, options);
    workspace.linkPackages();
    return workspace;
  }

  get env(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(?:NX_|UV|JEST_|NODE_OPTIONS|FORCE_COLOR|npm_)/i.test(name),
    );
    return {
      ...Object.fromEntries(inherited),
      // No uv on PATH: what is used is what the plugin finds or installs.
      PATH: (process.env.PATH ?? '')
        .split(delimiter)
        .filter((each) => !existsSync(join(each, 'uv')))
        .join(delimiter),
      NX_DAEMON: 'false',
      // Plugins in Nx's own process take half the time. `add`, daemons and the whole matrix have them as users do, in others.
      NX_ISOLATE_PLUGINS: 'false',
      // Nx keeps the cache's index with the workspace's data: clones that share a cache share both, as in ~/.nx.
      NX_CACHE_DIRECTORY: join(this.cache, 'cache'),
      NX_WORKSPACE_DATA_DIRECTORY: this.dataFolder,
      NX_TUI: 'false',
      NO_COLOR: '1',
      UV_CACHE_DIR: join(runFolder(), 'uv-cache'),
      npm_config_userconfig: join(runFolder(), 'no-npmrc'),
      npm_config_update_notifier: 'false',
      GIT_CONFIG_GLOBAL: join(runFolder(), 'no-git-config'),
      GIT_AUTHOR_NAME: 'Test',
      GIT_AUTHOR_EMAIL: 'test@example.invalid',
      GIT_COMMITTER_NAME: 'Test',
      GIT_COMMITTER_EMAIL: 'test@example.invalid',
      ...this.options.env,
    };
  }

  /** Runs `nx`; all output is shown, also that of tasks that succeed. */
  nx(args: readonly string[], env: NodeJS.ProcessEnv = {}, input?: string): Promise<RunResult> {
    const options = { cwd: this.root, env: { ...this.env, ...env } };
    return run(process.execPath, [this.nxBin, ...args], input === undefined ? options : { ...options, input });
  }

  /** Starts `nx`, for who ends it. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}, { detached = false } = {}): ChildProcess {
    const options = { cwd: this.root, env: { ...this.env, ...env }, stdio: 'ignore', detached } as const;
    return spawn(process.execPath, [this.nxBin, ...args], options);
  }

  /** Runs a command line as a user types it, in a shell; both kinds of output in the order in which a terminal has them. */
  shell(command: string): Promise<RunResult> {
    return run('sh', ['-c', `exec 2>&1; ${command}`], { cwd: this.root, env: this.env });
  }

  /** Runs `nx` at a terminal, where a user answers what it asks. */
  nxAtTerminal(args: readonly string[], answers: readonly Answer[], env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
    return runAtTerminal([process.execPath, this.nxBin, ...args], answers, {
      cwd: this.root,
      env: { ...this.env, CI: '', TERM: 'xterm', ...env },
    });
  }

  /** Runs tasks and fails the test if they fail. @returns their output */
  async succeed(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { code, output } = await this.nx(withOutput(args), env);
    if (code !== 0) throw new Error(`nx ${args.join(' ')} failed:\n${output}`);
    return output;
  }

  /** Runs tasks that must fail. @returns their output */
  async fail(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { code, output } = await this.nx(withOutput(args), env);
    if (code === 0) throw new Error(`nx ${args.join(' ')} did not fail:\n${output}`);
    return output;
  }

  async graph(): Promise<Graph> {
    const file = join(dirname(this.root), 'graph.json');
    const { code, output } = await this.nx(['graph', `--file=${file}`]);
    if (code !== 0) throw new Error(output);
    return (JSON.parse(readFileSync(file, 'utf8')) as { graph: Graph }).graph;
  }

  async git(...args: string[]): Promise<string> {
    const { code, output } = await run('git', args, { cwd: this.root, env: this.env });
    if (code !== 0) throw new Error(`git ${args.join(' ')} failed:\n${output}`);
    return output;
  }

  async commitAll(message: string): Promise<void> {
    if (!existsSync(join(this.root, '.git'))) await this.git('init', '--quiet', '--initial-branch=main');
    await this.git('add', '--all');
    await this.git('commit', '--quiet', `--message=${message}`);
  }

  /**
   * A clone beside this one.
   *
   * @param options ownCache: whether it is on another machine; else it shares this one's cache
   */
  async clone(name: string, { ownCache = false } = {}): Promise<Workspace> {
    const root = join(dirname(this.root), name);
    await this.git('clone', '--quiet', this.root, root);
    const clone = new Workspace(root, ownCache ? join(dirname(this.root), `${name}-nx`) : this.cache, this.options);
    clone.linkPackages();
    return clone;
  }

  write(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
  }

  append(path: string, text: string): void {
    appendFileSync(join(this.root, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** Where Nx keeps what it knows of the workspace, and of its daemon. */
  get dataFolder(): string {
    return join(this.cache, 'workspace-data');
  }

  /** Where the plugin keeps what it installs. */
  get toolFolder(): string {
    return join(this.cache, 'cache', 'nx-venvstacks');
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  /** All files but those that are installed or kept by Nx and git: path → text. */
  files(): Record<string, string> {
    return readTree(this.root, (path) => !/(?:^|\/)(?:node_modules|\.nx|\.git)$/.test(path));
  }

  list(path: string): string[] {
    return existsSync(join(this.root, path)) ? readdirSync(join(this.root, path)).sort() : [];
  }

  record(path: string): RecordFile {
    return JSON.parse(this.read(path)) as RecordFile;
  }

  /** The program of the installed Nx, which lies elsewhere in each major version. */
  private get nxBin(): string {
    const manifest = join(this.root, 'node_modules', 'nx', 'package.json');
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { nx: string } };
    return join(dirname(manifest), bin.nx);
  }

  private linkPackages(): void {
    const { packages = join(runFolder(), 'installed', 'node_modules') } = this.options;
    if (packages !== null) symlinkSync(packages, join(this.root, 'node_modules'), 'junction');
  }
}

/** All output is to be shown; what follows `--` is not for Nx. */
function withOutput(args: readonly string[]): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  return [...args.slice(0, end), '--output-style=static', ...args.slice(end)];
}

/** Names of the tasks that ran, and of those that came from the cache, as Nx prints them. */
export function tasksIn(output: string): { ran: string[]; cached: string[] } {
  const lines = [...output.matchAll(/^> nx run (\S+)(.*)$/gm)].map(([, task = '', rest = '']) => ({
    task,
    // As in `[local cache]`, and with a daemon `[existing outputs match the cache, left as is]`.
    cached: /\[.*\bcache\b.*\]/.test(rest),
  }));
  // A batch of one task has its line twice.
  const distinct = (wanted: boolean) =>
    [...new Set(lines.filter(({ cached }) => cached === wanted).map(({ task }) => task))].sort();
  return { ran: distinct(false), cached: distinct(true) };
}
