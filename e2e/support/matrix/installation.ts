import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { devDependencies } from '../../../package.json';
import type { LocalRegistry } from '../registry';
import { run } from '../run';
import { runFolder, Workspace } from '../workspace';
import { PACKAGE_MANAGERS, type Combination, type PackageManager } from './combinations';

/** How workspaces of a combination get their packages. */
export interface Installation {
  /** A workspace with some files where the plugin is installed and registered. */
  readonly create: (files: Record<string, string>) => Promise<Workspace>;
  /** Installs the packages of a clone. */
  readonly complete: (clone: Workspace) => Promise<void>;
}

/** The root's package.json, with a package of the workspace: a project that has nothing to do with layers. */
function packageFiles(devDependencies: Record<string, string>, more: object = {}): Record<string, string> {
  const manifest = { name: 'acme', private: true, workspaces: ['packages/*'], devDependencies, ...more };
  return {
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'packages/site/package.json': JSON.stringify({ name: 'site', version: '1.0.0', scripts: { build: 'exit' } }),
  };
}

/** One `node_modules` for each version of Nx, with the packed plugin; workspaces have links to it. Quick. */
export function linkedInstallation(combination: Combination, uv: string): Installation {
  const dependencies = dependenciesOf(combination);
  // At once: one is made while the core runs in another.
  const installed = isOfThisRun(dependencies)
    ? Promise.resolve(join(runFolder(), 'installed', 'node_modules'))
    : installSet(`nx-${combination.nx}`, dependencies);
  const { daemon } = combination;
  // Quick: without a daemon they would be started for each command.
  const env = { ...commonEnv(daemon), ...(!daemon && { NX_ISOLATE_PLUGINS: 'false' }), UV: uv };
  return {
    create: async (files) =>
      Workspace.create({ ...packageFiles(dependencies), ...files }, { env, packages: await installed }),
    complete: () => Promise.resolve(),
  };
}

function dependenciesOf({ nx, devkit }: Combination): Record<string, string> {
  return { nx, ...(devkit !== undefined && { '@nx/devkit': devkit }) };
}

/** Whether setup.cjs has installed the very same. */
function isOfThisRun(dependencies: Record<string, string>): boolean {
  const { nx, '@nx/devkit': devkit } = devDependencies;
  return JSON.stringify(dependencies) === JSON.stringify({ nx, '@nx/devkit': devkit });
}

async function installSet(name: string, dependencies: Record<string, string>): Promise<string> {
  const folder = join(runFolder(), name);
  mkdirSync(folder);
  const plugin = `file:${packedPlugin()}`;
  const manifest = { private: true, dependencies: { ...dependencies, 'nx-venvstacks': plugin } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  await must('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], folder, process.env);
  return join(folder, 'node_modules');
}

/** Packages as users get them: installed in each workspace by its package manager, the plugin by `nx add`. */
export function realInstallation(
  combination: Combination,
  registry: LocalRegistry,
  programs: string,
  uv: string,
): Installation {
  const { nx, daemon, packageManager } = combination;
  const { install, frozen, env: own, files } = MANAGERS[packageManager];
  const env = {
    ...commonEnv(daemon),
    ...registry.env,
    ...own(registry.address),
    PATH: [join(programs, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
    UV: uv,
  };
  const more = packageManager.startsWith('yarn') ? { resolutions: otherPlatforms(nx) } : {};
  return {
    create: async (layers) => {
      const packages = packageFiles(dependenciesOf(combination), more);
      const nxJson = { 'nx.json': '{ "analytics": false }\n' };
      const workspace = Workspace.create({ ...packages, ...nxJson, ...files, ...layers }, { env, packages: null });
      await succeed(workspace, install);
      await succeed(workspace, `${execOf(packageManager)} nx add nx-venvstacks`);
      return workspace;
    },
    complete: (clone) => succeed(clone, frozen),
  };
}

interface Manager {
  /** What a user types before `nx`. */
  readonly exec: string;
  readonly install: string;
  /** Installs what the lock file says. */
  readonly frozen: string;
  readonly files: Record<string, string>;
  /** Has it use a registry, and keep all in the folder of this run. */
  readonly env: (registry: string) => NodeJS.ProcessEnv;
}

const MANAGERS: Record<PackageManager, Manager> = {
  // npm ci refuses a lock file that lacks packages for other platforms, and a registry may lack those.
  npm: { exec: 'npx', install: 'npm install', frozen: 'npm install', files: {}, env: () => ({}) },
  pnpm: {
    exec: 'pnpm exec',
    install: 'pnpm install',
    frozen: 'pnpm install --frozen-lockfile',
    // pnpm fails for a build script that nobody has allowed or refused.
    files: { 'pnpm-workspace.yaml': 'packages:\n  - packages/*\nallowBuilds:\n  nx: true\n' },
    env: (registry) => ({ PNPM_CONFIG_REGISTRY: registry, PNPM_CONFIG_STORE_DIR: join(runFolder(), 'pnpm-store') }),
  },
  yarn: {
    exec: 'yarn',
    install: 'yarn install --no-immutable',
    frozen: 'yarn install --immutable',
    files: {
      // Without it yarn looks for a workspace above this one.
      'yarn.lock': '',
      '.gitignore': 'node_modules\n.nx\n.yarn\n',
      // A plugin that was published this minute would have to wait for a day.
      '.yarnrc.yml': 'nodeLinker: node-modules\nnpmMinimalAgeGate: 0\nenableTelemetry: false\n',
    },
    env: (registry) => ({
      YARN_NPM_REGISTRY_SERVER: registry,
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      YARN_GLOBAL_FOLDER: join(runFolder(), 'yarn'),
    }),
  },
  'yarn classic': {
    exec: 'yarn',
    install: 'yarn install',
    frozen: 'yarn install --frozen-lockfile',
    files: {},
    env: (registry) => ({ YARN_REGISTRY: registry, YARN_CACHE_FOLDER: join(runFolder(), 'yarn-classic') }),
  },
};

/** What a user of a package manager types before `nx`. */
export function execOf(packageManager: PackageManager): string {
  return MANAGERS[packageManager].exec;
}

/**
 * Yarn resolves Nx's programs of all platforms, and a registry may lack those that its machines do not need: this
 * platform's stands in for them.
 */
function otherPlatforms(nx: string): Record<string, string> {
  const modules = join(runFolder(), 'installed', 'node_modules');
  const { optionalDependencies } = JSON.parse(readFileSync(join(modules, 'nx', 'package.json'), 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  const [own = ''] = readdirSync(join(modules, '@nx')).filter((name) => name.startsWith('nx-'));
  const others = Object.keys(optionalDependencies).filter((name) => name !== `@nx/${own}`);
  return Object.fromEntries(others.map((name) => [name, `npm:@nx/${own}@${nx}`]));
}

/** Installs the program of a package manager. @returns the folder with its `node_modules` */
export async function installProgram(packageManager: PackageManager): Promise<string> {
  const folder = join(runFolder(), packageManager.replace(' ', '-'));
  mkdirSync(folder, { recursive: true });
  const program = PACKAGE_MANAGERS[packageManager];
  if (program === undefined) return folder;
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', `${program.name}@${program.version}`];
  await must('npm', args, folder, process.env);
  return folder;
}

function commonEnv(daemon: boolean): NodeJS.ProcessEnv {
  // Package managers and Nx do otherwise in CI, each in its way.
  return { NX_DAEMON: String(daemon), NX_ISOLATE_PLUGINS: undefined, CI: 'false' };
}

function packedPlugin(): string {
  const [packed = ''] = readdirSync(runFolder()).filter((name) => name.endsWith('.tgz'));
  return join(runFolder(), packed);
}

async function succeed(workspace: Workspace, command: string): Promise<void> {
  const { code, output } = await workspace.shell(command);
  if (code !== 0) throw new Error(`${command} failed:\n${output}`);
}

async function must(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { code, output } = await run(command, args, { cwd, env });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`);
}
