import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import join_ from '../generators/join/join';
import split from '../generators/split/split';
import { layerFiles } from '../lock';
import type { VenvstacksRecord } from '../lock/record';
import { casesIn, copyCase, describeConformance, readJson } from '../testing/conformance';
import { makeFolder } from '../testing/folder';
import { LockedStack } from '../testing/locked-stack';
import { factsOf, listing } from '../testing/moves';
import { generate } from '../testing/tree';

/** Splits a locked stack, joins it elsewhere, joins it back, and looks at each stage. */
async function moveAround(root: string, stackFolder: string): Promise<void> {
  const before = factsOf(root);
  const files = listing(join(root, stackFolder)).filter((path) => path.startsWith('requirements/'));

  await generate(root, split, { stack: join(root, stackFolder, 'venvstacks.toml'), directory: join(root, 'layers') });
  expect(factsOf(root)).toEqual(before);
  expect(existsSync(join(root, stackFolder, 'venvstacks.toml'))).toBe(false);
  expect(existsSync(join(root, stackFolder, 'requirements'))).toBe(false);

  await generate(root, join_, { directory: join(root, 'elsewhere') });
  expect(factsOf(root)).toEqual(before);
  expect(listing(join(root, 'elsewhere')).filter((path) => path.startsWith('requirements/'))).toEqual(files);

  await generate(root, split, { stack: join(root, 'elsewhere/venvstacks.toml') });
  expect(factsOf(root)).toEqual(before);

  await generate(root, join_, { directory: join(root, stackFolder) });
  expect(factsOf(root)).toEqual(before);
  expect(listing(join(root, stackFolder)).filter((path) => path.startsWith('requirements/'))).toEqual(files);
}

const variables = (path: string) =>
  (readJson(join(path, 'expected.json')) as { env?: Record<string, string> }).env ?? {};

describeConformance('valid', (valid) => {
  const environment = { ...process.env };
  afterEach(() => {
    process.env = { ...environment };
  });

  describe.each(casesIn(valid))('%s', (name) => {
    // The case is there in both forms: here is the file with the whole stack.
    const isWanted = (file: string) => !file.endsWith('layer.toml') && !file.endsWith('expected.json');
    const inner = name === 'launch-module-kinds' ? 'proj' : '.';

    // At the root a stack's uv configuration has no way to go, and may be in the way.
    const places = ['launch-module-kinds', 'uv-config-inline'].includes(name) ? ['.', 'deep/inside'] : ['deep/inside'];

    it.each(places)('stays locked while it is split and joined, from the folder %s', async (place) => {
      process.env = { ...environment, ...variables(join(valid, name)) };
      const root = makeFolder({ 'nx.json': '{}' });
      cpSync(join(valid, name), join(root, place), { recursive: true, filter: isWanted });
      new LockedStack({}, root).lockAll({ number: 3 });
      expect(Object.values(factsOf(root)).every((facts) => 'reasons' in facts && String(facts.reasons) === '')).toBe(
        true,
      );
      await moveAround(root, join(place, inner));
    });
  });
});

describeConformance('locks', (locks) => {
  // One of them is there because it cannot be locked.
  const cases = casesIn(locks).filter((name) => existsSync(join(locks, name, 'expected')));
  it.each(cases)('%s keeps the packages and numbers that venvstacks gave it', async (name) => {
    const root = copyCase(join(locks, name));
    cpSync(join(root, 'expected'), join(root, 'requirements'), { recursive: true });
    const locked = new LockedStack({}, root);
    for (const { layers } of locked.stacks()) {
      for (const { envName, ...layer } of layers) {
        const files = layerFiles({ envName, ...layer });
        if (!existsSync(files.record)) continue;
        const { lock_version: number } = readJson(files.record) as VenvstacksRecord;
        locked.lock(envName, { number, lock: readFileSync(files.lock, 'utf8'), uvLock: null });
      }
    }
    const valid = Object.values(factsOf(root)).filter((facts) => 'reasons' in facts && String(facts.reasons) === '');
    expect(valid.length).toBeGreaterThan(0);
    await moveAround(root, '.');
  });

  it.each(cases)('%s, as venvstacks left it, is to venvstacks what it was', async (name) => {
    const root = copyCase(join(locks, name));
    cpSync(join(root, 'expected'), join(root, 'requirements'), { recursive: true });
    const records = listing(join(root, 'requirements')).filter((path) => path.endsWith('.meta.json'));
    const texts = records.map((path) => readFileSync(join(root, 'requirements', path), 'utf8'));
    const facts = factsOf(root);
    await generate(root, split, { stack: join(root, 'venvstacks.toml') });
    expect(factsOf(root)).toEqual(facts);
    await generate(root, join_, { directory: root });
    expect(factsOf(root)).toEqual(facts);
    expect(records.map((path) => readFileSync(join(root, 'requirements', path), 'utf8'))).toEqual(texts);
  });
});
