import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from '../packages/nx-venvstacks/src/testing/folder';
import { findDefinitions, readStacks, type Layer } from '../packages/nx-venvstacks/src/stack';

const BENCH = resolve(__dirname, 'bench');

/** Runs a text as a module beside the benchmarks, which Jest cannot load, and gives what it returns. */
function evaluate<T>(code: string): T {
  const script = `const result = await (async () => { ${code} })();\nconsole.log(JSON.stringify(result));`;
  const imports = `const load = (name) => import(${JSON.stringify(`file://${BENCH}/`)} + name);\n`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', imports + script], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

function layersOf(files: Record<string, string>): readonly Layer[] {
  const root = makeFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const [stack] = readStacks(findDefinitions(root, root), root, {});
  expect(stack?.problems).toEqual([]);
  return stack?.layers ?? [];
}

describe('the generated stacks', () => {
  const shape = ({ kind, name, named, requirements, frameworks }: Layer) => ({
    kind,
    name,
    named: named.map((each) => each.name),
    frameworks: frameworks.map((each) => each.name),
    requirements: requirements.map((each) => each.name),
  });
  const byName = (layers: readonly Layer[]) =>
    layers.map(shape).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

  it.each([
    ['of real packages', 5, 'stacks.REAL_STACK'],
    ['of one block', 50, 'stacks.generateStack(50)'],
    ['of several', 120, 'stacks.generateStack(120)'],
  ])('%s are sound, and the same in both forms', (_, size, layers) => {
    const [perLayer, perStack] = evaluate<[Record<string, string>, Record<string, string>]>(
      `const stacks = await load('stacks.mjs'); const layers = ${layers};
       return [stacks.layerFiles(layers), stacks.stackFiles(layers)];`,
    );
    const [one, other] = [layersOf(perLayer), layersOf(perStack)];
    expect(one).toHaveLength(size);
    expect(byName(one)).toEqual(byName(other));
  });

  it('require what their index has', () => {
    const [required, offered] = evaluate<[string[], string[]]>(
      `const { generateStack, releasesFor } = await load('stacks.mjs');
       const names = generateStack(70).flatMap(({ requirements }) => requirements.map((text) => text.split('>=')[0]));
       return [names, releasesFor(70).map(({ name }) => name)];`,
    );
    expect(required.filter((name) => !offered.includes(name))).toEqual([]);
  });
});

describe('the results', () => {
  it('are medians, without the round that only warms up', () => {
    const [medians, rounds] = evaluate<[number[], Record<string, number[]>]>(
      `const { interleave, median } = await load('statistics.mjs');
       const order = [];
       const found = await interleave(2, { a: (n) => { order.push('a'); return n; }, b: () => order.push('b') });
       return [[median([3, 1, 2]), median([4, 1, 3, 2])], found];`,
    );
    expect(medians).toEqual([2, 2.5]);
    // The second subject tells how many were measured until then: they take turns.
    expect(rounds).toEqual({ a: [1, 2], b: [4, 6] });
  });

  it('are compared as the goal says, and shown in a table', () => {
    const table = evaluate<string>(
      `const { resultOf, tableOf } = await load('statistics.mjs');
       const about = { case: 'graph', layers: 5, daemon: 'off', unit: 's' };
       const other = { name: 'nothing', runs: [1, 1, 4] };
       return tableOf([
         resultOf({ ...about, runs: [1.1, 9, 1.1] }, other, { kind: 'ratio', limit: 1.2 }),
         resultOf({ ...about, runs: [3.5] }, other, { kind: 'more', limit: 2 }),
         resultOf({ ...about, runs: [30], unit: 'MB' }, { name: 'nothing', runs: [20] }),
         resultOf({ ...about, runs: [0.25] }),
       ]);`,
    );
    const rows = table.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    expect(rows.slice(2)).toEqual([
      ['', 'graph', '5', 'off', '1.10 s', 'nothing', '1.00 s', '1.10 ×', 'met: ≤ 1.20 ×', ''],
      ['', 'graph', '5', 'off', '3.50 s', 'nothing', '1.00 s', '+2.50 s', '**missed**: ≤ +2.00 s', ''],
      ['', 'graph', '5', 'off', '30.0 MB', 'nothing', '20.0 MB', '1.50 ×', '', ''],
      ['', 'graph', '5', 'off', '0.250 s', '', '', '', '', ''],
    ]);
  });

  it('take the place of those before on the page', () => {
    const page = readFileSync(resolve(__dirname, '../docs/performance.md'), 'utf8');
    const [once, twice] = evaluate<[string, string]>(
      `const { between } = await load('page.mjs');
       const once = between(${JSON.stringify(page)}, 'figures');
       return [once, between(once, 'figures')];`,
    );
    expect(once).toContain('\n<!-- begin: npm run bench -->\n\nfigures\n\n<!-- end -->');
    expect(twice).toBe(once);
    expect(once.split('<!-- begin')[0]).toBe(page.split('<!-- begin')[0]);
  });
});

describe('what uv takes', () => {
  it('is the longest chain of its calls, layer upon layer', () => {
    const chain = evaluate<number>(
      `const { longestChain } = await load('uv-calls.mjs');
       const { REAL_STACK } = await load('stacks.mjs');
       const seconds = { 'cpython-3-12': 1, 'framework-scientific': 2, 'framework-gui': 5, 'app-plots': 7, 'app-explorer': 3 };
       return longestChain(REAL_STACK, new Map(Object.entries(seconds)));`,
    );
    // The runtime, the scientific framework, plots; the other way is 1 + 5 + 3.
    expect(chain).toBe(10);
  });
});
