import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { createNodes, type PluginOptions } from '../../packages/nx-venvstacks/src/inference';
import { findDefinitions } from '../../packages/nx-venvstacks/src/stack';
import { git } from '../../packages/nx-venvstacks/src/testing/git';
import { dependenciesOf, execute, taskOrder, type Projects } from './tasks';
import { runFolder } from './workspace';

/** What Nx would keep of tasks that succeeded: key → the outputs' texts, by path from the root. */
export type TaskCache = Map<string, Record<string, string>>;

export interface TaskResult {
  readonly task: string;
  readonly from: 'run' | 'cache';
  readonly success: boolean;
  readonly output: string;
}

/**
 * A workspace in a real git repository, locked through the real inference and executor and a real uv, in this process.
 *
 * Nx itself is modelled as far as it matters here: tasks in the order of their dependencies, and a cache that is keyed
 * as Nx keys it (options, input files, variables, outputs of the tasks it depends on), which clones may share.
 */
export class Repository {
  private constructor(
    readonly root: string,
    readonly cache: TaskCache,
  ) {}

  static create(files: Record<string, string>, cache: TaskCache = new Map()): Repository {
    prepareProcess();
    const repository = new Repository(newFolder(), cache);
    repository.write({ '.gitignore': '.nx\n', ...files });
    repository.git('init', '--quiet', '--initial-branch=main');
    return repository;
  }

  /** A workspace that is there already, such as a worktree of one made by `create`; git or none may be around it. */
  static at(root: string, cache: TaskCache = new Map()): Repository {
    return new Repository(root, cache);
  }

  /** A clone of what is committed. It shares the cache unless it is given another. */
  clone(cache: TaskCache = this.cache, ...options: string[]): Repository {
    const root = newFolder();
    rmSync(root, { recursive: true });
    this.git('clone', '--quiet', ...options, options.length ? `file://${this.root}` : this.root, root);
    return new Repository(root, cache);
  }

  /** Runs git, without the machine's and the user's configuration. Each call's commits are later than those before. */
  git(...args: string[]): string {
    return git(this.root, ...args);
  }

  commit(message = 'change'): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
  }

  write(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
  }

  /** Replaces a part of a file, which must be there. */
  edit(path: string, from: string, to: string): void {
    const text = this.read(path);
    if (!text.includes(from)) throw new Error(`${path} has no '${from}'`);
    this.write({ [path]: text.replace(from, to) });
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  /** All files below a folder: path from the root → text. */
  files(folder = '.'): Record<string, string> {
    const found: Record<string, string> = {};
    const visit = (path: string) => {
      for (const name of readdirSync(path)) {
        const child = join(path, name);
        if (name === '.git' || name === '.nx') continue;
        if (statSync(child).isDirectory()) visit(child);
        else found[relative(this.root, child)] = readFileSync(child, 'utf8');
      }
    };
    if (this.has(folder)) visit(join(this.root, folder));
    return found;
  }

  /** The workspace's projects as the plugin infers them now. */
  async graph(options: PluginOptions = {}): Promise<Projects> {
    const files = findDefinitions(this.root, this.root).map((file) => relative(this.root, file));
    const nodes = await createNodes[1](files, options, { workspaceRoot: this.root, nxJsonConfiguration: {} });
    const all = nodes.flatMap(([, { projects = {} }]) => Object.entries(projects));
    return Object.fromEntries(all.map(([root, project]) => [project.name ?? '', { ...project, root }]));
  }

  /**
   * `nx run-many -t lock`: the projects, and before them what they depend on.
   *
   * @param names all projects where there are none
   */
  async lock(
    names: readonly string[] = [],
    options: { excludeTaskDependencies?: boolean; skipCache?: boolean; graph?: Projects } = {},
  ): Promise<TaskResult[]> {
    const graph = options.graph ?? (await this.graph());
    const results: TaskResult[] = [];
    for (const name of taskOrder(
      graph,
      names.length ? names : Object.keys(graph),
      options.excludeTaskDependencies ?? false,
    )) {
      const failedBelow = dependenciesOf(graph, name).some((lower) =>
        results.some(({ task, success }) => task === lower && !success),
      );
      if (!failedBelow) results.push(await this.runTask(graph, name, options));
    }
    return results;
  }

  /** The same, and all of it must succeed. @returns what was said, by project */
  async lockWell(...args: Parameters<Repository['lock']>): Promise<Record<string, string>> {
    const results = await this.lock(...args);
    const failed = results.find(({ success }) => !success);
    if (failed) throw new Error(`${failed.task} failed: ${failed.output}`);
    return Object.fromEntries(results.map(({ task, output }) => [task, output]));
  }

  /** `nx run-many -t lock-check`: of every project, none of which depends on another. */
  async check(): Promise<TaskResult[]> {
    const graph = await this.graph();
    const results: TaskResult[] = [];
    for (const task of Object.keys(graph)) {
      results.push({ task, from: 'run', ...(await execute(this.root, graph, task, 'lock-check')) });
    }
    return results;
  }

  /** `nx run-many -t upgrade`: lower layers first, all with the same options. Fails with the first that fails. */
  async upgradeWell(options: object = {}): Promise<Record<string, string>> {
    const graph = await this.graph();
    const outputs: Record<string, string> = {};
    for (const task of taskOrder(graph, Object.keys(graph), false)) {
      const { success, output } = await execute(this.root, graph, task, 'upgrade', options);
      if (!success) throw new Error(`${task} failed: ${output}`);
      outputs[task] = output;
    }
    return outputs;
  }

  /** `nx run <project>:build`: the project, and before it what it depends on, until one fails. */
  async build(
    name: string,
    options: { excludeTaskDependencies?: boolean } = {},
  ): Promise<Omit<TaskResult, 'task' | 'from'>> {
    const graph = await this.graph();
    let said = '';
    for (const task of taskOrder(graph, [name], options.excludeTaskDependencies ?? false)) {
      const { success, output } = await execute(this.root, graph, task, 'build');
      said += output;
      if (!success) return { success, output: said };
    }
    return { success: true, output: said };
  }

  /** The same, and it must succeed. @returns what was said */
  async buildWell(name: string): Promise<string> {
    const { success, output } = await this.build(name);
    if (!success) throw new Error(output);
    return output;
  }

  private async runTask(
    graph: Projects,
    name: string,
    options: { excludeTaskDependencies?: boolean; skipCache?: boolean },
  ): Promise<TaskResult> {
    const target = graph[name]?.targets?.lock;
    if (!target) throw new Error(`${name} has no lock target`);
    const outputs = (target.outputs ?? []).map((path) => path.replace('{projectRoot}', graph[name]?.root ?? ''));
    const key = this.keyOf(graph, name, options.excludeTaskDependencies ?? false);
    const kept = target.cache && !options.skipCache ? this.cache.get(key) : undefined;
    if (kept) {
      for (const path of outputs) this.remove(path);
      this.write(kept);
      return { task: name, from: 'cache', success: true, output: '' };
    }
    const { success, output } = await execute(this.root, graph, name);
    if (success && target.cache) {
      this.cache.set(
        key,
        Object.fromEntries(outputs.filter((path) => this.has(path)).map((path) => [path, this.read(path)])),
      );
    }
    return { task: name, from: 'run', success, output };
  }

  /** As Nx computes it: what goes into a task's hash. */
  private keyOf(graph: Projects, name: string, withoutDependencies: boolean): string {
    const target = graph[name]?.targets?.lock;
    const parts: unknown[] = [name, target?.executor, target?.options];
    for (const input of target?.inputs ?? []) {
      if (typeof input === 'string') parts.push(this.filesOfInput(input));
      else if ('env' in input) parts.push([input.env, process.env[input.env] ?? '']);
      else if ('dependentTasksOutputFiles' in input && !withoutDependencies) parts.push(this.lowerOutputs(graph, name));
    }
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  }

  private filesOfInput(input: string): Record<string, string> {
    const path = input.replace('{workspaceRoot}/', '');
    if (path.endsWith('/**/*')) return this.files(path.slice(0, -'/**/*'.length));
    // A folder, as that of a submodule, has no content of its own.
    return statSync(join(this.root, path), { throwIfNoEntry: false })?.isFile() ? { [path]: this.read(path) } : {};
  }

  private lowerOutputs(graph: Projects, name: string): Record<string, string> {
    const lower = taskOrder(graph, [name], false).filter((each) => each !== name);
    const paths = lower.flatMap((each) =>
      (graph[each]?.targets?.lock?.outputs ?? []).map((path) => path.replace('{projectRoot}', graph[each]?.root ?? '')),
    );
    const matching = paths.filter((path) => /^pylock\..*\.(?:toml|meta\.json)$/.test(basename(path)) && this.has(path));
    return Object.fromEntries(matching.map((path) => [path, this.read(path)]));
  }
}

function newFolder(): string {
  return realpathSync(mkdtempSync(join(runFolder(), 'repository-')));
}

/** uv, its cache and the plugin's folder for tools: of this run of the tests. */
function prepareProcess(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('UV_')) delete process.env[name];
  process.env.UV = join(runFolder(), 'uv', 'bin', 'uv');
  process.env.UV_CACHE_DIR = join(runFolder(), 'uv-cache');
  process.env.NX_CACHE_DIRECTORY = join(runFolder(), 'tools');
}
