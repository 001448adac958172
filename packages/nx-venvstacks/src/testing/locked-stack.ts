import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { layerFiles, type LayerFiles } from '../lock/files';
import { hashBytes } from '../lock/hash';
import { currentInputs, type LowerFacts } from '../lock/inputs';
import { packagesHash, parseLock, pinsHash, requirementsHash } from '../lock/pylock';
import { formatRecord, RECORD_FORMAT, sealRecord, type VersionRecord } from '../lock/record';
import { Judge, type LayerState } from '../lock/state';
import { formatInput, formatSummary } from '../lock/texts';
import {
  constraintOrder,
  findDefinitions,
  lowerLayers,
  readStacks,
  SourceTrees,
  type Layer,
  type Stack,
} from '../stack';
import { makeFolder, writeFiles } from './folder';

/** An id as inference draws them, the same for a layer each time. */
export function lineageFor(envName: string): string {
  const hex = createHash('sha256').update(envName).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** A package of a hand-made lock, with one wheel that fits everywhere. */
export function packageTable(pin: string, { shared = false, marker = '' } = {}): string {
  const [name = '', version = ''] = pin.split('==');
  const clause = "sys_platform == 'from_lower_layer'";
  const whole = !shared ? marker : marker === '' ? clause : `(${marker}) and ${clause}`;
  const head = ['[[packages]]', `name = "${name}"`, `version = "${version}"`];
  const marked = whole === '' ? head : [...head, `marker = "${whole}"`];
  if (shared) return [...marked, ''].join('\n');
  return [
    ...marked,
    'index = "https://index.invalid/simple"',
    '',
    '[[packages.wheels]]',
    `url = "https://files.invalid/${name}-${version}-py3-none-any.whl"`,
    '',
    '[packages.wheels.hashes]',
    `sha256 = "${hashBytes(pin).slice(7)}"`,
    '',
  ].join('\n');
}

/** The text of a hand-made lock. */
export function lockText(own: readonly string[], shared: readonly string[] = []): string {
  const packages = [
    ...own.map((pin) => packageTable(pin)),
    ...shared.map((pin) => packageTable(pin, { shared: true })),
  ];
  const head = 'lock-version = "1.0"\ncreated-by = "uv"\nrequires-python = "==3.12.*"\n';
  return packages.length ? `${head}\n${packages.join('\n')}` : `${head}packages = []\n`;
}

/** The text of a hand-made uv.lock. */
export function uvLockText(pins: readonly string[]): string {
  const packages = pins.map((pin) => {
    const [name = '', version = ''] = pin.split('==');
    return `\n[[package]]\nname = "${name}"\nversion = "${version}"\nsource = { registry = "https://index.invalid/simple" }\n`;
  });
  return `version = 1\nrevision = 3\nrequires-python = "==3.12.*"\n${packages.join('')}`;
}

/** A runtime, a framework and an application, all versioned but the runtime. */
export const STACK = `[[runtimes]]
name = "cpython-3.12"
python_implementation = "cpython@3.12.7"
platforms = ["linux_x86_64", "win_amd64"]
requirements = ["six"]

[[frameworks]]
name = "tools"
runtime = "cpython-3.12"
requirements = ["attrs"]
versioned = true

[[applications]]
name = "report"
launch_module = "report.py"
support_modules = ["helpers"]
frameworks = ["tools"]
requirements = ["idna"]
versioned = true
`;

/** What goes into a hand-made lock instead of what is usual. */
export interface LockedAs {
  readonly number?: number;
  readonly lastVersion?: number;
  readonly lineage?: string;
  readonly lockedAt?: string;
  /** Own packages. Default: each requirement's name at 1.0. */
  readonly pins?: readonly string[];
  /** null: the layer has no uv.lock. */
  readonly uvLock?: string | null;
  /** The lock's own text, instead of one made from pins. */
  readonly lock?: string;
}

/** A stack in a folder of its own, locked without uv. */
export class LockedStack {
  readonly env: NodeJS.ProcessEnv = { PATH: process.env.PATH };

  /** @param root a folder that has a stack already: nothing is written */
  constructor(
    files: Readonly<Record<string, string>> = {},
    readonly root = makeFolder({
      'venvstacks.toml': STACK,
      'report.py': "print('report')\n",
      'helpers/__init__.py': '',
      ...files,
    }),
  ) {}

  path(path: string): string {
    return join(this.root, path);
  }

  write(path: string, text: string): void {
    writeFiles(this.root, { [path]: text });
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true });
  }

  /** Changes a file's text; what is replaced must be there. */
  edit(path: string, from: string, to: string): void {
    const text = this.read(path);
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    this.write(path, text.replace(from, to));
  }

  stacks(): Stack[] {
    return readStacks(findDefinitions(this.root, this.root), this.root, this.env);
  }

  layer(envName: string): Layer {
    const layer = this.stacks()
      .flatMap(({ layers }) => layers)
      .find((each) => each.envName === envName);
    if (!layer) throw new Error(`no sound layer ${envName}`);
    return layer;
  }

  files(envName: string): LayerFiles {
    return layerFiles(this.layer(envName));
  }

  state(envName: string, env: NodeJS.ProcessEnv = this.env): LayerState {
    return new Judge(env).judge(this.layer(envName));
  }

  reasons(envName: string, env: NodeJS.ProcessEnv = this.env): readonly string[] {
    return this.state(envName, env).reasons;
  }

  record(envName: string): VersionRecord {
    return JSON.parse(readFileSync(this.files(envName).record, 'utf8')) as VersionRecord;
  }

  /** Replaces a record's fields and gives it the fingerprint that fits. */
  changeRecord(envName: string, changes: Partial<VersionRecord>): void {
    const record = sealRecord({ ...this.record(envName), ...changes });
    writeFileSync(this.files(envName).record, formatRecord(record));
  }

  /** Locks every layer, lower ones first. */
  lockAll(as: LockedAs = {}): this {
    for (const stack of this.stacks()) for (const { envName } of stack.layers) this.lock(envName, as);
    return this;
  }

  /** Writes a layer's five files as a lock by uv would have, with hand-made packages. */
  lock(envName: string, as: LockedAs = {}): VersionRecord {
    const layer = this.layer(envName);
    const files = layerFiles(layer);
    const pins = as.pins ?? layer.requirements.map(({ name }) => `${name}==1.0`);
    const judge = new Judge(this.env);
    const shared = lowerLayers(layer).flatMap((each) => {
      const { packages } = parseLock(readFileSync(layerFiles(each).lock, 'utf8'));
      return packages.filter((locked) => !locked.shared).map(({ name, version }) => `${name}==${version}`);
    });
    const lock = as.lock ?? `# Locked requirements for ${envName} (DO NOT EDIT)\n${lockText(pins, shared)}`;
    const uvLock = as.uvLock === undefined ? uvLockText([...pins, ...shared]) : as.uvLock;
    const { packages } = parseLock(lock);
    const facts = (each: Layer): LowerFacts => {
      const { deployedName, fitting } = judge.judge(each);
      return { envName: each.envName, deployedName, pins: fitting?.pins ?? '' };
    };
    const inputs = currentInputs(
      layer,
      lowerLayers(layer).map(facts),
      constraintOrder(layer).map(facts),
      this.env,
      new SourceTrees(),
    );
    const number = layer.versioned ? (as.number ?? 1) : 1;
    const record = sealRecord({
      ...inputs.hashes,
      requirements_hash: requirementsHash(packages),
      lock_version: number,
      last_version: as.lastVersion ?? (layer.versioned ? number : 0),
      locked_at: as.lockedAt ?? '2026-01-02T03:04:05+00:00',
      format: RECORD_FORMAT,
      inputs: {
        versioned: inputs.versioned,
        contents: { ...inputs.contents, packages: packagesHash(packages) },
        resolution: inputs.resolution,
      },
      lock_hash: hashBytes(lock),
      uv_lock_hash: uvLock === null ? null : hashBytes(uvLock),
      pins: pinsHash(packages),
      lineage: as.lineage ?? lineageFor(envName),
    });
    writeFiles(layer.lockFolder, {
      [basename(files.lock)]: lock,
      ...(uvLock === null ? {} : { 'uv.lock': uvLock }),
      [basename(files.summary)]: formatSummary(envName, packages),
      [basename(files.input)]: formatInput(layer),
      [basename(files.record)]: formatRecord(record),
    });
    return record;
  }
}
