import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type TomlTable, type TomlValue } from 'smol-toml';
import { tomlPlaces } from '../../stack';
import { withoutUserVariables } from '../../testing/environment';
import { makeFolder } from '../../testing/folder';
import { LockedStack } from '../../testing/locked-stack';
import { factsOf, listing } from '../../testing/moves';
import { generate } from '../../testing/tree';
import join_ from '../join/join';
import split from '../split/split';

withoutUserVariables();
jest.setTimeout(60_000);

const RUNS = 25;

/** How one thing is written, where TOML leaves the choice. */
interface Manner {
  readonly subTable: boolean;
  readonly literal: boolean;
  readonly inlineComment: boolean;
  readonly above: number;
  readonly below: number;
  readonly spread: boolean;
  readonly blank: boolean;
}

const manner: fc.Arbitrary<Manner> = fc.record({
  subTable: fc.boolean(),
  literal: fc.boolean(),
  inlineComment: fc.boolean(),
  above: fc.nat(2),
  below: fc.nat(1),
  spread: fc.boolean(),
  blank: fc.boolean(),
});

const sketch = fc.record({
  name: fc.constantFrom('a', 'b-2', 'c.d', 'Ü n', "it's"),
  requirements: fc.uniqueArray(fc.constantFrom('six', 'attrs>=1', "idna; python_version > '3'"), { maxLength: 3 }),
  versioned: fc.boolean(),
  modules: fc.uniqueArray(fc.constantFrom('one.py', './two.py', '../three.py', 'pkg/', '../deep/./four'), {
    minLength: 1,
  }),
  manner,
});

const stackSketch = fc.record({
  layers: fc.record({
    runtimes: fc.uniqueArray(sketch, { selector: ({ name }) => name, minLength: 1, maxLength: 2 }),
    frameworks: fc.uniqueArray(sketch, { selector: ({ name }) => name, maxLength: 3 }),
    applications: fc.uniqueArray(sketch, { selector: ({ name }) => name, maxLength: 2 }),
  }),
  lineBreak: fc.constantFrom('\n', '\r\n'),
  uv: fc.boolean(),
});

let comments = 0;
const comment = () => `# comment ${(comments += 1)} [[runtimes]]`;

/** A layer's table, written in some manner. */
function write(kind: string, table: object, how: Manner): string[] {
  const quote = (value: unknown) =>
    how.literal && !String(value).includes("'") ? `'${String(value)}'` : JSON.stringify(value);
  const value = (each: unknown): string => {
    if (!Array.isArray(each)) return typeof each === 'string' ? quote(each) : String(each);
    if (!how.spread) return `[${each.map(quote).join(', ')}]`;
    return ['[', ...each.map((item) => `    ${quote(item)}, ${comment()}`), `    ${comment()}`, ']'].join('\n');
  };
  return [
    ...Array.from({ length: how.above }, comment),
    `[[${kind}]]${how.inlineComment ? ` ${comment()}` : ''}`,
    ...Object.entries(table).map(([key, each]) => `${key} = ${value(each)}${how.inlineComment ? ` ${comment()}` : ''}`),
    ...(how.subTable ? [comment(), `[${kind}.index_overrides] ${comment()}`] : []),
    ...Array.from({ length: how.below }, comment),
    ...(how.blank ? [''] : []),
  ];
}

/** A random stack's text. */
function textOf({ layers, lineBreak, uv }: typeof stackSketch extends fc.Arbitrary<infer T> ? T : never): string {
  const lower = (index: number, names: readonly string[]) =>
    index > 0 && names.length ? { frameworks: names.slice(0, index) } : { runtime: layers.runtimes[0]?.name ?? '' };
  const frameworks = layers.frameworks.map(({ name }) => name);
  const tables = {
    runtimes: layers.runtimes.map(() => ({ python_implementation: 'cpython@3.12.7' })),
    frameworks: layers.frameworks.map((_, index) => lower(index, frameworks.slice(0, 1))),
    applications: layers.applications.map(({ modules: [launch = '', ...support] }, index) => ({
      ...lower(index, frameworks.slice(0, 1)),
      launch_module: launch,
      support_modules: support,
    })),
  };
  const lines = (['runtimes', 'frameworks', 'applications'] as const).flatMap((kind) =>
    layers[kind].flatMap(({ name, requirements, versioned, manner: how }, index) =>
      write(kind, { name, requirements, versioned, ...tables[kind][index] }, how),
    ),
  );
  const config = [comment(), '[tool.uv]', comment(), `find-links = ["./wheels"] ${comment()}`, 'no-index = true'];
  return [...lines, ...(uv ? config : []), comment(), ''].join('\n').replaceAll('\n', lineBreak);
}

const commentsIn = (texts: readonly string[]) => texts.flatMap((text) => tomlPlaces(text).comments).sort();
const definitionsIn = (root: string) =>
  listing(root).filter((path) => path.endsWith('.toml') && !path.includes('requirements/'));

it('a stack that is split and joined says the same, with all its comments, and so does each step', async () => {
  await fc.assert(
    fc.asyncProperty(stackSketch, async (sketched) => {
      const text = textOf(sketched);
      const root = makeFolder({
        'nx.json': '{}',
        'some/stack/venvstacks.toml': text,
        ...Object.fromEntries(
          ['stack/one.py', 'stack/two.py', 'three.py', 'stack/pkg/a.py', 'deep/four/b.py'].map((path) => [
            `some/${path}`,
            '',
          ]),
        ),
      });
      const locked = new LockedStack({}, root).lockAll({ number: 2 });
      const before = factsOf(root);

      await generate(root, split, { stack: join(root, 'some/stack'), directory: join(root, 'layers') });
      expect(factsOf(root)).toEqual(before);
      const pieces = definitionsIn(root).map((path) => locked.read(path));
      expect(commentsIn(pieces)).toEqual(commentsIn([text]));
      if (sketched.lineBreak === '\r\n') expect(pieces.join('').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);

      await generate(root, join_, { directory: join(root, 'some/stack') });
      expect(factsOf(root)).toEqual(before);
      const joined = readFileSync(join(root, 'some/stack/venvstacks.toml'), 'utf8');
      const uv = 'some/stack/venvstacks.uv.toml';
      const config = existsSync(join(root, uv)) ? [locked.read(uv)] : [];
      expect(commentsIn([joined, ...config])).toEqual(commentsIn([text]));
      expect(definitionsIn(root)).toHaveLength(1 + config.length);
      expect(tablesIn(joined)).toEqual(tablesIn(text));
      expect(parse(config[0] ?? '')).toEqual((parse(text).tool as TomlTable | undefined)?.uv ?? {});
    }),
    { numRuns: RUNS },
  );
});

/** The tables of layers by kind and name; paths are compared as places. */
function tablesIn(text: string): unknown {
  const place = (path: TomlValue | undefined) => join(path as string).replace(/\/$/, '');
  const tables = Object.entries(parse(text)).flatMap(([kind, each]) =>
    kind === 'tool' ? [] : (each as TomlTable[]).map((table) => [`${kind} ${table.name as string}`, table] as const),
  );
  return Object.fromEntries(
    tables.map(([name, { launch_module: launch, support_modules: support, ...table }]) => [
      name,
      launch === undefined ? table : { ...table, modules: [launch, ...(support as string[])].map(place) },
    ]),
  );
}
