import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { show } from '../cli/show';
import { settle } from '../executors/task';
import { checkLayer, Judge, RecordHistories } from '../lock';
import { hashBytes } from '../lock/hash';
import { inferred, type Projects } from './graph';
import { makeFolder } from './folder';
import { LockedStack } from './locked-stack';
import { RUNTIME } from './stack';

const CORPUS = join(__dirname, 'bad-inputs');

/** A file that is broken, or looks so. */
export interface BadInput {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The files that one reader must cope with (`bad-inputs/<reader>/`). */
export function badInputs(reader: string): BadInput[] {
  return readdirSync(join(CORPUS, reader))
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(CORPUS, reader, name)) }));
}

/** What a user sees of a workspace in which something is broken. */
export interface Seen {
  /** What `nx-venvstacks show` says is wrong, with `<root>` for the folder; empty: nothing. */
  readonly said: string;
  readonly projects: Projects;
  /** What the targets of layers fail with that cannot be used. */
  readonly reports: readonly string[];
}

/**
 * A workspace of a sound stack and of something else. Whatever that is, `show` and the graph come to an end, and the sound
 * stack is there.
 *
 * @param files beside those of the sound stack
 */
export async function seeBeside(files: Readonly<Record<string, string | Uint8Array>>): Promise<Seen> {
  return seeIn(makeFolder({ 'sound/venvstacks.toml': RUNTIME.replace('py312', 'sound'), ...files }));
}

/** The same of a folder that has the sound stack. */
export async function seeIn(root: string): Promise<Seen> {
  const { stdout, stderr } = show(root, { json: false, cwd: root, env: {} });
  expect(stdout).toContain('*sound (not locked yet)');
  const written: string[] = [];
  const spy = jest.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  let projects: Projects;
  try {
    projects = await inferred(root);
  } finally {
    spy.mockRestore();
  }
  expect(projects.sound?.targets?.lock?.inputs).not.toEqual([]);
  const said = stderr.trimEnd().replaceAll(root, '<root>');
  const reports = Object.values(projects).flatMap(({ targets }) => {
    const { report } = (targets?.lock?.options ?? {}) as { report?: string };
    return report === undefined ? [] : report.replaceAll(root, '<root>');
  });
  for (const text of [stdout, said, ...written, ...reports]) expect(text).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  return { said, projects, reports };
}

const FILES = { record: 'record', lock: 'lock', 'uv-lock': 'uvLock', summary: 'summary' } as const;

/**
 * A locked stack in which one file of `app-report` is another.
 *
 * @param sealed whether the record says that it is the one that was written
 */
export function withFile(reader: keyof typeof FILES, bytes: Uint8Array, sealed = false): LockedStack {
  const stack = new LockedStack().lockAll({ number: 3 });
  writeFileSync(stack.files('app-report')[FILES[reader]], bytes);
  if (sealed) {
    const field = reader === 'lock' ? 'lock_hash' : 'uv_lock_hash';
    stack.changeRecord('app-report', { [field]: hashBytes(bytes) });
  }
  return stack;
}

/** What `lock-check` says of `app-report`: the verdict and what was found. Other layers are as they were. */
export async function checkVerdict(stack: LockedStack): Promise<string> {
  const context = {
    judge: new Judge(stack.env),
    histories: new RecordHistories(),
    otherLockFolders: new Set<string>(),
  };
  expect(stack.reasons('framework-tools')).toEqual([]);
  const { success, output } = await settle(async () => {
    const { verdict, findings } = await checkLayer(stack.layer('app-report'), context);
    return [`${verdict}${findings.length ? ':' : ''}`, ...findings].join('\n');
  });
  expect(output).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  const text = output.trimEnd().replaceAll(stack.root, '<root>');
  return success ? text : `refused: ${text}`;
}
