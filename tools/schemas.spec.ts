import Ajv, { type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';
import { casesIn, describeConformance } from '../packages/nx-venvstacks/src/testing/conformance';
import { readLayerTexts } from '../packages/nx-venvstacks/src/testing/stack';
import * as stackSchemas from '../packages/nx-venvstacks/src/stack/schema';
import { makeSchemas } from './make-schemas.cjs';

const REPOSITORY = resolve(__dirname, '..');
const SCHEMAS = join(REPOSITORY, 'packages/nx-venvstacks/schemas');
const NAMES = ['layer.schema.json', 'venvstacks.schema.json'] as const;

type Json = Readonly<Record<string, unknown>>;

interface TableSchema extends Json {
  readonly properties: Readonly<Record<string, Json>>;
}

const schema = (name: string) => JSON.parse(readFileSync(join(SCHEMAS, name), 'utf8')) as TableSchema;

/** Table of a kind of layer, as the schema of `layer.toml` has it. */
const tableOf = (kind: string) => schema('layer.schema.json').properties[kind] as TableSchema;

// Strict mode would refuse `examples`, which are for editors.
const ajv = new Ajv({ strict: false });
const validators: Record<string, ValidateFunction> = {
  'layer.toml': ajv.compile(schema('layer.schema.json')),
  'venvstacks.toml': ajv.compile(schema('venvstacks.schema.json')),
};

/** What is wrong with a definition file to the JSON Schemas; nothing for a sound one. */
function errorsOf(file: string): string[] {
  const validate = validators[file.split('/').at(-1) ?? ''];
  if (!validate) throw new Error(`no schema for ${file}`);
  validate(parse(readFileSync(file, 'utf8')));
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
}

function definitionsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /(^|[/\\])(layer|venvstacks)\.toml$/.test(path))
    .map((path) => join(folder, path));
}

describe('the JSON Schemas', () => {
  it.each(NAMES)('%s is what `npm run docs` makes of the schemas that validate', (name) => {
    if (!isDeepStrictEqual(schema(name), makeSchemas(stackSchemas)[name]))
      throw new Error(`schemas/${name} is out of date: npm run docs`);
  });

  it('describe every field', () => {
    for (const kind of Object.keys(stackSchemas.KINDS)) {
      const { properties } = tableOf(kind);
      const known = Object.keys(stackSchemas.LAYER_SCHEMAS[kind as stackSchemas.LayerKind].entries);
      expect(Object.keys(properties).sort()).toEqual(known.sort());
      for (const [field, { description }] of Object.entries(properties)) {
        expect([kind, field, description]).toEqual([kind, field, expect.stringMatching(/^\S.{10,}\S$/)]);
      }
    }
  });

  it('give examples that are right', () => {
    for (const kind of Object.keys(stackSchemas.KINDS)) {
      for (const [field, { examples = [] }] of Object.entries(tableOf(kind).properties)) {
        for (const example of examples as unknown[]) {
          expect(stackSchemas.checkLayerTable(kind as stackSchemas.LayerKind, { [field]: example })).toHaveProperty(
            'fields',
          );
        }
      }
    }
  });

  it('are such as Taplo takes: no $id that is no address, nothing beside a reference, no flags', () => {
    for (const name of NAMES) {
      const text = readFileSync(join(SCHEMAS, name), 'utf8');
      expect(schema(name).$schema).toBe('http://json-schema.org/draft-07/schema#');
      expect(text).not.toMatch(/"\$(?:id|ref)"|\(\?[imsx]/);
    }
  });

  it.each(definitionsIn(join(REPOSITORY, 'examples')))('accept %s', (file) => {
    expect(errorsOf(file)).toEqual([]);
  });
});

describeConformance('valid', (root) => {
  it.each(definitionsIn(root).map((file) => file.slice(root.length + 1)))('the JSON Schemas accept %s', (file) => {
    expect(errorsOf(join(root, file))).toEqual([]);
  });
});

/** Wrong in the shape of one field or table, so that an editor can tell. All others need files, names or TOML itself. */
const SHAPES = [
  'app-frameworks-string',
  'app-neither',
  'app-runtime-list',
  'framework-neither',
  'framework-runtime-and-frameworks',
  'index-overrides-not-table',
  'launch-module-absolute',
  'launch-module-missing-field',
  'launch-module-not-string',
  'linux-target-empty',
  'linux-target-musl',
  'linux-target-not-string',
  'linux-target-version-one-part',
  'linux-target-version-three-parts',
  'macosx-target-number',
  'macosx-target-word',
  'name-dot-dot',
  'name-empty',
  'name-missing-application',
  'name-not-string',
  'name-with-slash',
  'platforms-not-strings',
  'platforms-string',
  'python-implementation-minor-only',
  'python-implementation-nonsense-version',
  'python-implementation-unknown',
  'python-implementation-uppercase',
  'requirements-missing',
  'requirements-not-strings',
  'runtimes-not-array',
  'runtimes-string',
  'support-modules-on-framework',
  'support-modules-string',
  'unknown-field-framework-launch-module',
  'unknown-field-runtime',
  'uv-exclude-newer-toml-date',
  'uv-source-not-index',
  'versioned-string',
];

describeConformance('invalid', (root) => {
  const readable = casesIn(root).filter((name) => {
    try {
      return existsSync(join(root, name, 'venvstacks.toml')) && errorsOf(join(root, name, 'venvstacks.toml'));
    } catch {
      return false;
    }
  });

  it('the JSON Schemas refuse what is wrong in the shape of one field, and nothing else', () => {
    expect(readable.filter((name) => errorsOf(join(root, name, 'venvstacks.toml')).length > 0)).toEqual(SHAPES);
  });
});

describe('the JSON Schema of a table', () => {
  const word = fc.constantFrom(
    ...['', ' ', 'a', 'a.b', 'a.', '!a', 'a/b', '.', '..', 'con', '.git', 'é', 'a\nb', 'a\\b', '/a', 'c:a', 'c', 'a b'],
    ...[
      'glibc',
      'glibc@2.28',
      'glibc@2',
      'musl',
      '13.0',
      '13',
      '13.0.1',
      'cpython@3.12.7',
      'cpython@3.12',
      'pypy@3.11.13',
    ],
    ...['CPython@3.12.7', 'cpython@3.13.0rc1', 'cpython@3.012.1', 'linux_x86_64', 'linux', 'main.py', 'numpy'],
  );
  const text = fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: fc.string({ maxLength: 4 }) });
  const scalar = fc.oneof(text, fc.boolean(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const value = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.array(text, { maxLength: 3 }),
    fc.dictionary(text, text, { maxKeys: 3 }),
    fc.dictionary(text, scalar, { maxKeys: 3 }),
  );

  // What JSON Schema has no words for: requirements' own syntax, and names that mean something to git or Windows.
  const isBeyondWords = (issue: stackSchemas.SchemaIssue) =>
    /^invalid requirement syntax|that of git's own folder|that of a Windows device/.test(issue.message);

  it.each(Object.keys(stackSchemas.KINDS) as stackSchemas.LayerKind[])(
    'accepts the fields of a %s exactly if the plugin does',
    (kind) => {
      const { properties, type, additionalProperties } = tableOf(kind);
      // What a table must have, and what excludes what, is not for the check of single fields.
      const validate = ajv.compile({ properties, type, additionalProperties });
      const fields = [...Object.keys(properties), 'launch_module', 'runtime', 'python_implementation', 'typo'];
      const tables = fc.dictionary(fc.constantFrom(...fields), value, { minKeys: 1, maxKeys: 3 });
      const seen = { accepted: 0, refused: 0 };
      fc.assert(
        fc.property(tables, (table) => {
          const checked = stackSchemas.checkLayerTable(kind, table);
          const accepts = 'fields' in checked || checked.issues.every(isBeyondWords);
          seen[accepts ? 'accepted' : 'refused'] += 1;
          expect({ table, accepts: validate(table) }).toEqual({ table, accepts });
        }),
        { numRuns: 5000 },
      );
      // Half of a property that is never put to the test proves nothing.
      expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(200);
    },
  );

  const FIELDS = {
    runtime: {
      requirements: '[]',
      python_implementation: '"cpython@3.12.7"',
      fully_versioned_name: '"cpython@3.12.7"',
    },
    framework: { requirements: '[]', runtime: '"py"', frameworks: '["base"]' },
    application: { requirements: '[]', runtime: '"py"', frameworks: '["base"]', launch_module: '"main.py"' },
  };

  // Every way to leave fields out, and to leave a list empty.
  it.each(Object.keys(FIELDS) as stackSchemas.LayerKind[])('wants of a %s what the plugin wants', (kind) => {
    const choices = Object.entries(FIELDS[kind]).reduce<string[][]>(
      (tables, [field, given]) =>
        tables.flatMap((lines) => [
          lines,
          [...lines, `${field} = ${given}`],
          ...(field === 'frameworks' ? [[...lines, 'frameworks = []']] : []),
        ]),
      [[]],
    );
    const validate = validators['layer.toml'];
    for (const lines of choices) {
      const text = [`[${kind}]`, ...lines, ''].join('\n');
      const { stack } = readLayerTexts({
        'py/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n',
        'base/layer.toml': '[framework]\nruntime = "py"\nrequirements = []\n',
        'it/layer.toml': text,
        'it/main.py': '',
      });
      // Requirements may stand in the launch module: to the schema alone, an application without any is sound.
      const problems = stack.problems.filter(({ field }) => kind !== 'application' || field !== 'requirements');
      expect({ text, accepts: validate?.(parse(text)) }).toEqual({ text, accepts: problems.length === 0 });
    }
  });
});
