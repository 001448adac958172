import { spawn, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTree } from '../conformance';
import { runFolder } from '../workspace';

/** What a task came to, as a batch tells it. */
export interface Told {
  readonly status: 'success' | 'failure' | 'skipped';
  readonly output: string;
}

export type Files = Readonly<Record<string, string>>;

/** How a run is to be disturbed: at its n-th step, as `kill-at.cjs` counts them. */
export interface Fault {
  readonly step: number;
  readonly signal: NodeJS.Signals;
}

/**
 * A workspace with all that a lock of it may touch, in one folder: temporary files, Nx's folders, tools. Locked in
 * processes of their own by the packed plugin.
 */
export class World {
  private constructor(private readonly folder: string) {}

  static create(files: Files): World {
    const world = new World(mkdtempSync(join(runFolder(), 'world-')));
    for (const part of ['main', 'tmp', 'nx']) mkdirSync(join(world.folder, part));
    world.write({ 'nx.json': '{ "plugins": ["nx-venvstacks"] }', '.gitignore': '.nx\n', ...files });
    return world;
  }

  /** The same in another place. */
  copy(): World {
    const folder = mkdtempSync(join(runFolder(), 'world-'));
    cpSync(this.folder, folder, { recursive: true, verbatimSymlinks: true });
    return new World(folder);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  get root(): string {
    return join(this.folder, 'main');
  }

  path(path: string): string {
    return join(this.folder, path);
  }

  write(files: Files): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(this.root, path, '..'), { recursive: true });
      rmSync(join(this.root, path), { force: true });
      writeFileSync(join(this.root, path), text);
    }
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** All lock files, without what differs from run to run. */
  locks(): Files {
    const files = Object.entries(readTree(this.root, (path) => !/(?:^|\/)(?:\.git|\.nx)$/.test(path)));
    return Object.fromEntries(
      files
        .filter(([path]) => /(?:^|\/)requirements\/.*(?<!\.tmp)$/.test(path))
        .map(([path, text]) => [path, text.replace(/"(?:lineage|fingerprint)": "[^"]*"/g, '')]),
    );
  }

  /** What there is for a while only, and should be gone: paths. */
  leftovers(): string[] {
    const all = readdirSync(this.folder, { recursive: true, encoding: 'utf8' });
    return all.filter((path) => /^tmp\/|\.tmp(?:\/|$)|\/claims\/./.test(path)).sort();
  }

  processes(): string[] {
    return processesIn(this.folder);
  }

  /** Processes that have not ended a while after all should have. */
  stillRunning(): Promise<string[]> {
    return stillRunningIn(this.folder);
  }

  /**
   * Runs targets of all layers in a process of its own.
   *
   * @param detached whether it leads a process group of its own, as what is started at a terminal does
   */
  start(
    targets: readonly string[],
    { env = {}, detached = false, uid }: { env?: NodeJS.ProcessEnv; detached?: boolean; uid?: number } = {},
  ): Run {
    const plugin = join(runFolder(), 'installed/node_modules/nx-venvstacks');
    const args = [join(__dirname, 'run-tasks.cjs'), plugin, this.root, ...targets];
    const child = spawn(process.execPath, args, {
      cwd: this.root,
      env: { ...this.env, ...env },
      detached,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    return new Run(child);
  }

  /** The same, disturbed. */
  startWith({ step, signal }: Fault, targets: readonly string[]): Run {
    return this.start(targets, { env: { ...PRELOAD, FAULT_STEP: String(step), FAULT_SIGNAL: signal } });
  }

  /** All that an undisturbed run does to the disk, and what it starts. */
  async steps(targets: readonly string[]): Promise<string[]> {
    const log = join(this.folder, 'steps.log');
    await this.start(targets, { env: { ...PRELOAD, FAULT_LOG: log } }).succeed();
    const steps = readFileSync(log, 'utf8').trimEnd().split('\n');
    rmSync(log);
    return steps;
  }

  private get env(): NodeJS.ProcessEnv {
    const tools = join(this.folder, 'bin');
    const path = (process.env.PATH ?? '').split(delimiter).filter((each) => !existsSync(join(each, 'uv')));
    return {
      PATH: [...(existsSync(tools) ? [tools] : []), ...path].join(delimiter),
      HOME: this.folder,
      TMPDIR: join(this.folder, 'tmp'),
      NX_DAEMON: 'false',
      NX_CACHE_DIRECTORY: join(this.folder, 'nx/cache'),
      NX_WORKSPACE_DATA_DIRECTORY: join(this.folder, 'nx/data'),
      // Nx's own, and large.
      NX_NATIVE_FILE_CACHE_DIRECTORY: join(runFolder(), 'native'),
      UV_CACHE_DIR: join(runFolder(), 'uv-cache'),
      GIT_CONFIG_GLOBAL: '/dev/null',
      ...(existsSync(tools) ? {} : { UV: join(runFolder(), 'uv/bin/uv') }),
    };
  }
}

const PRELOAD = { NODE_OPTIONS: `--require ${join(__dirname, 'kill-at.cjs')}` };

/** A process that runs targets. */
export class Run {
  private output = '';
  private readonly closed: Promise<unknown>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.closed = new Promise((resolve) => child.on('close', resolve));
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
  }

  /** What each task came to, for each target. */
  async told(): Promise<Record<string, Told>[]> {
    await this.closed;
    try {
      return JSON.parse(this.output) as Record<string, Told>[];
    } catch {
      throw new Error(this.output);
    }
  }

  /** The same, and every task has succeeded. */
  async succeed(): Promise<Record<string, Told>[]> {
    const told = await this.told();
    const failed = told.flatMap((each) => Object.values(each)).filter(({ status }) => status !== 'success');
    if (failed.length) throw new Error(failed.map(({ output }) => output).join(''));
    return told;
  }
}

/** Processes that work in a folder, or were given a path in it; none where the system does not tell. */
export function processesIn(folder: string): string[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      return `${cwd} ${command}`.includes(folder) ? [`${pid} ${command}`] : [];
    } catch {
      return [];
    }
  });
}

/** The same, of those that have not ended after a while: what is ended may take a moment to do so. */
export async function stillRunningIn(folder: string): Promise<string[]> {
  for (let turn = 0; turn < 100 && processesIn(folder).length > 0; turn++) await sleep(100);
  return processesIn(folder);
}
