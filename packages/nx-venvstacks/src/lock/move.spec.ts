import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutUserVariables } from '../testing/environment';
import { makeFolder } from '../testing/folder';
import { LockedStack, lockText, STACK, uvLockText } from '../testing/locked-stack';
import type { Layer } from '../stack';
import { layerFiles } from './files';
import { hashBytes } from './hash';
import { moveLock } from './move';
import { parseLock, requirementsHash } from './pylock';
import { fingerprintOf, type VersionRecord } from './record';
import { Judge } from './state';

withoutUserVariables();

const WHEELS = '[tool.uv]\nfind-links = ["./wheels"]\n';

/** A lock with a wheel from a folder beside the stack, as it is written in `requirements/app-report`. */
const LOCAL_LOCK = lockText(['idna==1.0'], ['six==1.0', 'attrs==1.0'])
  .replace('index = "https://index.invalid/simple"\n', '')
  .replace('url = "https://files.invalid/idna', 'path = "../../wheels/idna');
const LOCAL_UV_LOCK = uvLockText(['idna==1.0', 'six==1.0'])
  .replace('https://index.invalid/simple', '../../wheels')
  .concat('wheels = [\n    { path = "../../wheels/idna-1.0-py3-none-any.whl" },\n]\n');

/** A locked stack, and the same one declared in another place. */
function pair({ uv = '', local = false }: { uv?: string; local?: boolean } = {}) {
  const root = makeFolder({
    'venvstacks.toml': STACK + uv,
    'report.py': '',
    'helpers/__init__.py': '',
    'new/place/venvstacks.toml':
      STACK.replace('"report.py"', '"../../report.py"').replace('"helpers"', '"../../helpers"') +
      uv.replaceAll('./wheels', '../../wheels'),
    'new/place/.keep': '',
  });
  const stack = new LockedStack({}, root);
  const [from, to] = [root, join(root, 'new/place')].map((folder) => {
    const layers = new Map<string, Layer>();
    for (const each of stack.stacks())
      if (each.folder === folder) for (const layer of each.layers) layers.set(layer.envName, layer);
    return layers;
  });
  if (!from || !to) throw new Error('not read');
  lockFrom(stack, from, local);
  return { stack, from, to };
}

/** `LockedStack` locks by name, and here are two of each: those of the new place are taken away meanwhile. */
function lockFrom(stack: LockedStack, from: ReadonlyMap<string, Layer>, local: boolean): void {
  const file = stack.path('new/place/venvstacks.toml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, '');
  for (const envName of from.keys()) {
    stack.lock(envName, {
      number: 4,
      ...(local && envName === 'app-report' ? { lock: LOCAL_LOCK, uvLock: LOCAL_UV_LOCK } : {}),
    });
  }
  writeFileSync(file, text);
}

/** Moves one layer. @returns texts by file of the layer */
function move({ from, to }: ReturnType<typeof pair>, envName: string, change: (to: Layer) => Layer = (layer) => layer) {
  const [old, renewed] = [from.get(envName), to.get(envName)];
  if (!old || !renewed) throw new Error(`no ${envName}`);
  const judge = new Judge({});
  const files = moveLock({ from: old, to: change(renewed) }, { judge, env: {}, lineage: (id) => `after ${id}` });
  const names = layerFiles(renewed);
  const text = (path: string) => files.get(path)?.toString();
  return {
    files,
    reasons: judge.judge(old).reasons,
    before: JSON.parse(readFileSync(layerFiles(old).record, 'utf8')) as VersionRecord,
    lock: text(names.lock) ?? '',
    uvLock: text(names.uvLock) ?? '',
    record: JSON.parse(text(names.record) ?? '{}') as VersionRecord,
  };
}

describe('a lock that moves', () => {
  it('keeps every byte where nothing in it depends on the place', () => {
    const layers = pair();
    for (const envName of layers.from.keys()) {
      const { files, reasons } = move(layers, envName);
      expect(reasons).toEqual([]);
      const old = Object.values(layerFiles(layers.from.get(envName)!)) as string[];
      expect([...files.values()].map(String).sort()).toEqual(old.map((path) => readFileSync(path, 'utf8')).sort());
    }
  });

  it('brings the record last, and nothing that is not there', () => {
    const layers = pair();
    layers.stack.remove('requirements/app-report/uv.lock');
    const names = [...move(layers, 'app-report').files.keys()].map((path) => path.split('/').at(-1));
    expect(names).toHaveLength(4);
    expect(names.at(-1)).toBe('pylock.app-report.meta.json');
  });

  it('has local addresses for its new folder, and the hashes that go with them; number, time and contents stay', () => {
    const layers = pair({ uv: WHEELS, local: true });
    const { lock, uvLock, record, before, reasons } = move(layers, 'app-report');
    expect(reasons).toEqual([]);
    expect(lock).toContain('path = "../../../../wheels/idna-1.0-py3-none-any.whl"\n');
    expect(uvLock).toContain('source = { registry = "../../../../wheels" }\n');
    expect(uvLock).toContain('{ path = "../../../../wheels/idna-1.0-py3-none-any.whl" }');
    expect(uvLock).toContain('source = { registry = "https://index.invalid/simple" }');
    const { uv } = record.inputs.resolution;
    expect(record).toEqual({
      ...before,
      inputs: { ...before.inputs, resolution: { ...before.inputs.resolution, uv } },
      lock_hash: hashBytes(lock),
      uv_lock_hash: hashBytes(uvLock),
      lineage: `after ${before.lineage}`,
      fingerprint: fingerprintOf(record),
    });
    expect(Object.keys(uv)).toEqual(['find-links']);
    expect(uv).not.toEqual(before.inputs.resolution.uv);
    expect(record.requirements_hash).toBe(requirementsHash(parseLock(lock).packages));
  });

  it('has another record also where only its inputs are written differently', () => {
    const { record, before, lock } = move(pair({ uv: WHEELS }), 'framework-tools');
    expect(record.lock_hash).toBe(before.lock_hash);
    expect(record.lock_hash).toBe(hashBytes(lock));
    expect(record.inputs.resolution.uv).not.toEqual(before.inputs.resolution.uv);
    expect(record.lineage).toBe(`after ${before.lineage}`);
  });

  it.each([
    ['lock_input_hash', 'sha256:00'],
    ['other_inputs_hash', 'sha256:00'],
    ['version_inputs_hash', 'sha256:00'],
    ['requirements_hash', 'sha256:00'],
  ] as const)('keeps a %s that did not hold', (key, value) => {
    const layers = pair({ uv: WHEELS, local: true });
    const path = layerFiles(layers.from.get('app-report')!).record;
    const record = JSON.parse(readFileSync(path, 'utf8')) as VersionRecord;
    const changed = { ...record, [key]: value };
    writeFileSync(path, JSON.stringify({ ...changed, fingerprint: fingerprintOf(changed) }));
    expect(move(layers, 'app-report').record[key]).toBe(value);
  });

  it.each([
    ['the lock', 'pylock.app-report.toml', 'lock_hash', 'lock'],
    ['uv.lock', 'uv.lock', 'uv_lock_hash', 'uvLock'],
  ] as const)('leaves %s as it is where the record does not vouch for it', (_, name, key, file) => {
    const layers = pair({ uv: WHEELS, local: true });
    const path = layers.stack.path(`requirements/app-report/${name}`);
    const damaged = `${readFileSync(path, 'utf8')}# a hand was here\n`;
    writeFileSync(path, damaged);
    const moved = move(layers, 'app-report');
    expect(moved[file]).toBe(damaged);
    expect(moved.record[key]).toBe(moved.before[key]);
  });

  it.each<[string, (record: VersionRecord) => string]>([
    ['was edited by hand', (record) => JSON.stringify({ ...record, lock_version: 9 })],
    ['is damaged', () => '{'],
    ['has conflict markers', (record) => `<<<<<<< a\n${JSON.stringify(record)}\n=======\n{}\n>>>>>>> b\n`],
  ])('stays as it is with all its files where the record %s: its pins are found by what it says', (_, change) => {
    const layers = pair({ uv: WHEELS, local: true });
    const { record } = layerFiles(layers.from.get('app-report')!);
    const text = change(JSON.parse(readFileSync(record, 'utf8')) as VersionRecord);
    writeFileSync(record, text);
    const judge = new Judge({});
    const [from, to] = [layers.from.get('app-report')!, layers.to.get('app-report')!];
    const files = moveLock({ from, to }, { judge, env: {}, lineage: (id) => id });
    const names = layerFiles(to);
    expect(files.get(names.record)?.toString()).toBe(text);
    expect(files.get(names.lock)?.toString()).toBe(LOCAL_LOCK);
    expect(files.get(names.uvLock)?.toString()).toBe(LOCAL_UV_LOCK);
  });

  it('keeps bytes that are no text', () => {
    const layers = pair();
    const { summary } = layerFiles(layers.from.get('app-report')!);
    const bytes = Buffer.from([0xff, 0x00, 0xfe]);
    writeFileSync(summary, bytes);
    expect([...move(layers, 'app-report').files.values()].some((each) => each.equals(bytes))).toBe(true);
  });

  it('does not move as something else', () => {
    const layers = pair();
    expect(() => move(layers, 'app-report', (layer) => ({ ...layer, dynlibExclude: ['*.so'] }))).toThrow(
      'would not be the same layer in its new place',
    );
    expect(() => move(layers, 'app-report', (layer) => ({ ...layer, requirements: [] }))).toThrow(
      'would not be the same layer in its new place',
    );
  });
});

describe('a record by venvstacks', () => {
  /** As venvstacks leaves it. */
  function stripped(layers: ReturnType<typeof pair>, changes: object = {}): { path: string; record: object } {
    const path = layerFiles(layers.from.get('app-report')!).record;
    const { lock_input_hash, locked_at, other_inputs_hash, requirements_hash, version_inputs_hash } = JSON.parse(
      readFileSync(path, 'utf8'),
    ) as VersionRecord;
    const record = {
      lock_input_hash,
      lock_version: 7,
      locked_at,
      other_inputs_hash,
      requirements_hash,
      version_inputs_hash,
      ...changes,
    };
    writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
    return { path, record };
  }

  it('keeps its bytes where nothing depends on the place', () => {
    const layers = pair();
    const { path } = stripped(layers);
    expect([...move(layers, 'app-report').files.values()].map(String)).toContain(readFileSync(path, 'utf8'));
  });

  it('follows local addresses, with its number and its other keys', () => {
    const layers = pair({ uv: WHEELS, local: true });
    const { record } = stripped(layers, { extra: true });
    const moved = move(layers, 'app-report', (layer) => ({ ...layer }));
    expect(moved.record).toEqual({ ...record, requirements_hash: requirementsHash(parseLock(moved.lock).packages) });
    expect(moved.uvLock).toBe(LOCAL_UV_LOCK);
    expect(existsSync(layers.stack.path('new/place/requirements'))).toBe(false);
  });

  it('is also one of ours that lost its fingerprint', () => {
    const layers = pair({ uv: WHEELS, local: true });
    const path = layerFiles(layers.from.get('app-report')!).record;
    const { fingerprint: _, ...record } = JSON.parse(readFileSync(path, 'utf8')) as VersionRecord;
    writeFileSync(path, JSON.stringify(record));
    const moved = move(layers, 'app-report');
    expect(moved.reasons).toContain('its version record was written by venvstacks');
    expect(moved.record).toEqual({ ...record, requirements_hash: requirementsHash(parseLock(moved.lock).packages) });
  });
});
