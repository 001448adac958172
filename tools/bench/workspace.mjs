// A workspace to measure in: real Nx, the packed plugin, a cache and a daemon of its own.
import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** Nx's variables, uv's and npm's, which must not reach in from outside. */
const FOREIGN = /^(?:NX_|UV|NODE_OPTIONS|FORCE_COLOR|npm_)/i;

export class Workspace {
  /** What was run with a daemon, so that it can be stopped. */
  #daemon = false;

  /**
   * @param installation as `install` gives it
   * @param files path → text
   * @param plugins as in `nx.json`
   */
  constructor(installation, files, plugins) {
    this.installation = installation;
    const folder = mkdtempSync(join(installation.folder, 'workspace-'));
    this.root = join(folder, 'main');
    this.data = join(folder, 'nx');
    this.write({
      'package.json': '{ "name": "workspace", "private": true }',
      'tsconfig.base.json': '{}',
      '.gitignore': 'node_modules\n.nx\n__pycache__\n',
      ...files,
    });
    this.use(plugins);
    symlinkSync(installation.modules, join(this.root, 'node_modules'), 'junction');
  }

  /** Registers plugins in place of those before. */
  use(plugins) {
    // Nx of this machine's account may not be told, nor ask.
    this.write({ 'nx.json': JSON.stringify({ analytics: false, plugins }) });
  }

  write(files) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
  }

  read(path) {
    return readFileSync(join(this.root, path), 'utf8');
  }

  append(path, text) {
    appendFileSync(join(this.root, path), text);
  }

  remove(path) {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  /** Commits everything, as users do: a layer's past is read from git. */
  commit() {
    const git = (...args) => execFileSync('git', args, { cwd: this.root, env: this.env(), stdio: 'ignore' });
    if (!existsSync(join(this.root, '.git'))) git('init', '--quiet', '--initial-branch=main');
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message=Bench');
  }

  env(more = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
    return {
      ...Object.fromEntries(inherited),
      PATH: [dirname(this.installation.uv), ...(process.env.PATH ?? '').split(delimiter)].join(delimiter),
      NX_DAEMON: 'false',
      NX_CACHE_DIRECTORY: join(this.data, 'cache'),
      NX_WORKSPACE_DATA_DIRECTORY: join(this.data, 'workspace-data'),
      NX_TUI: 'false',
      NO_COLOR: '1',
      UV_CACHE_DIR: join(this.installation.folder, 'uv-cache'),
      GIT_CONFIG_GLOBAL: join(this.installation.folder, 'no-git-config'),
      GIT_AUTHOR_NAME: 'Bench',
      GIT_AUTHOR_EMAIL: 'bench@example.invalid',
      GIT_COMMITTER_NAME: 'Bench',
      GIT_COMMITTER_EMAIL: 'bench@example.invalid',
      ...more,
    };
  }

  /**
   * Runs `nx` to its end. @returns its seconds and output @throws {Error} if it fails
   *
   * @param options `daemon`: whether Nx uses one; `env`: more variables; `dataOf`: a name, for data of Nx's apart
   */
  nx(args, { daemon = false, env = {}, dataOf } = {}) {
    this.#daemon ||= daemon;
    const data = dataOf && { NX_WORKSPACE_DATA_DIRECTORY: join(this.data, `data-${dataOf}`) };
    return timed(process.execPath, [this.#nxBin, ...args], {
      cwd: this.root,
      env: this.env({ NX_DAEMON: String(daemon), ...data, ...env }),
    });
  }

  /** Forgets all results of tasks; a running daemon keeps the graph. */
  async forgetResults() {
    await this.stopDaemon();
    rmSync(this.data, { recursive: true, force: true });
  }

  async stopDaemon() {
    if (!this.#daemon) return;
    this.#daemon = false;
    await timed(process.execPath, [this.#nxBin, 'daemon', '--stop'], {
      cwd: this.root,
      env: this.env({ NX_DAEMON: 'true' }),
    });
  }

  async end() {
    await this.stopDaemon();
    rmSync(dirname(this.root), { recursive: true, force: true, maxRetries: 5 });
  }

  /** Nx's program, which lies elsewhere in each major version. */
  get #nxBin() {
    const folder = join(this.installation.modules, 'nx');
    return join(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin.nx);
  }
}

/** Runs a program. @returns seconds until it has ended, and what it printed @throws {Error} if it fails */
export function timed(command, args, options) {
  return new Promise((resolve, reject) => {
    // A file takes all that is printed at once; of a pipe Nx leaves some behind when it ends.
    const folder = mkdtempSync(join(tmpdir(), 'nx-venvstacks-output-'));
    const file = openSync(join(folder, 'output'), 'a+');
    const start = performance.now();
    const child = spawn(command, args, { ...options, stdio: ['ignore', file, file] });
    child.on('error', reject);
    child.on('exit', (code) => {
      const seconds = (performance.now() - start) / 1000;
      closeSync(file);
      const output = readFileSync(join(folder, 'output'), 'utf8');
      rmSync(folder, { recursive: true, force: true });
      if (code === 0) resolve({ seconds, output });
      else reject(new Error(`${args.slice(1).join(' ')} failed:\n${output}`));
    });
  });
}
