import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { PackageIndex, type Release } from './package-index';
import { Repository, type TaskResult } from './repository';
import { UvLog } from './uv-log';
import { runFolder } from './workspace';

export const DEFINITION = 'stack/venvstacks.toml';
const CUTOFF = '2026-03-01T00:00:00Z';

const MODULES = {
  'stack/report.py': 'print("report")\n',
  'stack/helpers/__init__.py': '',
  'stack/helpers/table.py': 'ROWS = 1\n',
  'stack/units.py': 'METRE = 1\n',
  'stack/side.py': 'print("side")\n',
};

const LINUX = ['py3-none-manylinux_2_28_x86_64', 'py3-none-manylinux_2_28_aarch64'];

const RELEASES: readonly Release[] = [
  { name: 'core', version: '1.0' },
  { name: 'alpha', version: '0.9' },
  { name: 'alpha', version: '1.0' },
  { name: 'beta', version: '1.0' },
  { name: 'gamma', version: '1.0' },
  { name: 'delta', version: '1.0', requires: ['alpha'] },
  { name: 'arm', version: '1.0' },
  { name: 'fresh', version: '1.0' },
  { name: 'fresh', version: '2.0', uploadTime: '2026-02-01T00:00:00Z' },
  { name: 'native', version: '1.0', tags: [...LINUX, 'py3-none-macosx_11_0_arm64'] },
  { name: 'native', version: '1.0', tags: ['py3-none-win_amd64'], uploadTime: '2026-03-15T00:00:00Z' },
  { name: 'epsilon', version: '1.0', requires: ['alpha', 'fresh'] },
];

/** Newer versions of all that is locked, from before the cutoff: a lock without its pins would take them. */
const NEWER: readonly Release[] = [
  ...['core', 'alpha', 'beta', 'gamma', 'delta', 'arm', 'native'].map((name) => ({ name, version: '1.1' })),
  { name: 'alpha', version: '2.0' },
  { name: 'fresh', version: '3.0', uploadTime: '2026-02-10T00:00:00Z' },
];

const definition = (main: PackageIndex, special: PackageIndex) => `\
[[runtimes]]
name = "py"
python_implementation = "cpython@3.12.7"
versioned = true
platforms = ["linux_x86_64", "linux_aarch64", "macosx_arm64"]
requirements = ["core"]

[[runtimes]]
name = "plain"
python_implementation = "cpython@3.12.7"
platforms = ["linux_x86_64"]
requirements = ["core"]

[[frameworks]]
name = "base"
runtime = "py"
requirements = ["beta"]

[[frameworks]]
name = "tools"
runtime = "py"
requirements = ["gamma"]

[[frameworks]]
name = "web"
frameworks = ["base"]
versioned = true
platforms = ["linux_x86_64"]
requirements = ["alpha<2", "fresh", "native", "arm; platform_machine == 'aarch64'"]

[[applications]]
name = "report"
frameworks = ["web", "tools"]
versioned = true
launch_module = "report.py"
support_modules = ["helpers", "units.py"]
requirements = ["delta", "alpha"]

[[applications]]
name = "side"
runtime = "plain"
versioned = true
launch_module = "side.py"
requirements = ["delta"]

[tool.uv]
exclude-newer = "${CUTOFF}"

[[tool.uv.index]]
name = "main"
url = "${main.url}"
default = true

[[tool.uv.index]]
name = "special"
url = "${special.url}"
explicit = true
`;

/** What a lock came to, against the state before. */
export interface Outcome {
  /** Environment names of the layers that uv was asked for. */
  readonly resolved: string[];
  /** Deployed names that were not there before. */
  readonly names: string[];
  /** Lines of summaries, of layers that were locked before: `+app-x six==1.17.0`, `-app-x six==1.16.0`. */
  readonly pins: string[];
}

/** A stack that is locked and committed, against an index that has newer versions of everything since. */
export class LockedStack {
  private constructor(
    private readonly original: Repository,
    /** The index of all packages. */
    readonly main: PackageIndex,
    /** The same packages at another address. */
    readonly mirror: PackageIndex,
    /** An explicit index: a build of its own of one package. */
    private readonly special: PackageIndex,
    private readonly uv: UvLog,
  ) {}

  static async start(): Promise<LockedStack> {
    const main = await PackageIndex.start(RELEASES);
    const mirror = await PackageIndex.start([...RELEASES, ...NEWER]);
    const special = await PackageIndex.start([{ name: 'alpha', version: '1.0+special' }]);
    const original = Repository.create({ ...MODULES, [DEFINITION]: definition(main, special) });
    const uv = UvLog.start(mkdtempSync(join(runFolder(), 'uv-log-')));
    await original.lockWell();
    original.commit('Lock');
    for (const release of NEWER) main.add(release);
    uv.take();
    return new LockedStack(original, main, mirror, special, uv);
  }

  async stop(): Promise<void> {
    this.uv.stop();
    await Promise.all([this.main, this.mirror, this.special].map((index) => index.stop()));
  }

  /** A clone, with a copy of the cache. */
  copy(): Repository {
    return this.original.clone(new Map(this.original.cache));
  }

  /** Changes something and locks everything; the second run must change no file and come from the cache as a whole. */
  async lockAfter(
    repository: Repository,
    change: (repository: Repository) => unknown = () => undefined,
    options: Parameters<Repository['lock']>[1] = {},
  ): Promise<Outcome> {
    const before = { names: deployedNames(repository), pins: pinsOf(repository) };
    await change(repository);
    this.uv.take();
    await repository.lockWell([], options);
    const resolved = this.uv.take();
    const after = { names: deployedNames(repository), pins: pinsOf(repository) };
    await this.expectNothingToDo(repository);
    return {
      resolved,
      names: after.names.filter((name) => !before.names.includes(name)),
      pins: [...before.pins.keys()].flatMap((layer) =>
        compareLines(before.pins.get(layer) ?? [], after.pins.get(layer) ?? []).map((line) =>
          line.replace(/^./, `$&${layer} `),
        ),
      ),
    };
  }

  /** A run that changes no file, asks no uv and comes from the cache as a whole. */
  async expectNothingToDo(repository: Repository): Promise<void> {
    const files = repository.files();
    this.uv.take();
    expect(ran(await repository.lock())).toEqual([]);
    expect(this.uv.take()).toEqual([]);
    expect(repository.files()).toEqual(files);
  }
}

/** Names of the tasks that ran, rather than coming from the cache. */
export function ran(results: readonly TaskResult[]): string[] {
  return results.filter(({ from }) => from === 'run').map(({ task }) => task);
}

/** Path of a file of a layer's lock. */
export function lockFile(
  envName: string,
  kind: 'record' | 'lock' | 'uv.lock' | 'summary' | 'input',
  stack = 'stack',
): string {
  const names = {
    record: `pylock.${envName}.meta.json`,
    lock: `pylock.${envName}.toml`,
    'uv.lock': 'uv.lock',
    summary: `packages-${envName}.txt`,
    input: `requirements-${envName}.in`,
  };
  return `${stack}/requirements/${envName}/${names[kind]}`;
}

/** What these tests look at in a version record. */
export interface RecordText {
  readonly lock_version: number;
  readonly last_version: number;
  readonly locked_at: string;
  readonly inputs: { readonly versioned: boolean };
}

export function recordOf(repository: Repository, envName: string, folder?: string): RecordText {
  return JSON.parse(repository.read(lockFile(envName, 'record', folder))) as RecordText;
}

/** Changes a record as a hand would: keys are added or replaced, and the fingerprint stays as it is. */
export function editRecord(repository: Repository, envName: string, changes: object): void {
  const record = { ...recordOf(repository, envName), ...changes };
  repository.write({ [lockFile(envName, 'record')]: `${JSON.stringify(record, undefined, 2)}\n` });
}

/** Leaves of a record what venvstacks knows. */
export function stripRecord(repository: Repository, envName: string): void {
  const known = [
    'lock_input_hash',
    'requirements_hash',
    'other_inputs_hash',
    'version_inputs_hash',
    'lock_version',
    'locked_at',
  ];
  const kept = Object.entries(recordOf(repository, envName)).filter(([key]) => known.includes(key));
  const text = JSON.stringify(Object.fromEntries(kept), undefined, 2);
  repository.write({ [lockFile(envName, 'record')]: `${text}\n` });
}

/** Adds a line to a layer's table. */
export function declare(repository: Repository, layer: string, line: string): void {
  repository.edit(DEFINITION, `name = "${layer}"\n`, `name = "${layer}"\n${line}\n`);
}

/** Adds a line to a file. */
export function append(repository: Repository, path: string, line: string): void {
  repository.write({ [path]: `${repository.read(path)}${line}\n` });
}

/** Deployed names of all locked layers, sorted; of a record that cannot be read there is none. */
export function deployedNames(repository: Repository): string[] {
  return Object.entries(repository.files())
    .flatMap(([path, text]) => {
      const [, envName] = /requirements\/([^/]+)\/pylock\.[^/]+\.meta\.json$/.exec(path) ?? [];
      const [, number] = /^ {2}"lock_version": (\d+),$/m.exec(text) ?? [];
      if (envName === undefined || number === undefined || text.includes('<<<<<<<')) return [];
      return [text.includes('"versioned": true') ? `${envName}@${number}` : envName];
    })
    .sort();
}

function pinsOf(repository: Repository): Map<string, string[]> {
  const summaries = Object.entries(repository.files()).flatMap(([path, text]) => {
    const [, envName] = /\/packages-([^/]+)\.txt$/.exec(path) ?? [];
    return envName === undefined ? [] : [[envName, text.split('\n').filter((line) => /^\w/.test(line))] as const];
  });
  return new Map(summaries);
}

function compareLines(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `-${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+${line}`),
  ];
}
