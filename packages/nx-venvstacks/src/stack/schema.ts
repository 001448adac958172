import * as v from 'valibot';
import { checkName, NAME_PATTERNS } from './name';
import { parseRequirement, Pep508SyntaxError } from './pep508';
import { LINUX_TARGET, MACOSX_TARGET, PLATFORMS } from './platform';
import { PYTHON } from './python';

/** The kinds of layer, in the order of a stack, each with the name of its table in either kind of definition file. */
export const KINDS = {
  runtime: { stackTable: 'runtimes', layerTable: 'runtime' },
  framework: { stackTable: 'frameworks', layerTable: 'framework' },
  application: { stackTable: 'applications', layerTable: 'application' },
} as const;

export type LayerKind = keyof typeof KINDS;

const string = (what: string) => v.string(what);
const strings = (what: string) => v.array(v.string(`an array of strings: ${what}`), `an array of strings: ${what}`);
const stringTable = (what: string) =>
  v.pipe(
    // An array is an object to JavaScript.
    v.custom<Record<string, unknown>>((value) => isTable(value), `a table: ${what}`),
    v.rawCheck(({ dataset, addIssue }) => {
      const table = dataset.typed ? dataset.value : {};
      const isText = (key: string) => !Object.hasOwn(table, key) || typeof table[key] === 'string';
      if (!PASSED_OVER.every(isText)) addIssue({ message: `a table of strings: ${what}` });
    }),
    v.record(v.string(), v.string(`a table of strings: ${what}`)),
  );

/** Keys that the library's records pass over, and that packages may have for names all the same. */
const PASSED_OVER = ['__proto__', 'constructor', 'prototype'];
const relativePath = (what: string) =>
  v.pipe(
    v.string(what),
    v.regex(/\S/, 'problem: must be the path of a .py file or of a package folder, not empty'),
    v.regex(/^(?![a-zA-Z]:|[/\\])/, 'problem: must be a path relative to the definition file'),
    v.regex(/^[^\\]*$/, 'problem: must be written with forward slashes'),
  );

/**
 * A field that may be left out, with what editors and the reference say of it (tools/make-schemas.cjs). Validation does
 * not look at that.
 */
const field = <const Schema extends v.GenericSchema>(
  schema: Schema,
  description: string,
  more: {
    readonly examples?: readonly unknown[];
    readonly deprecated?: true;
    readonly [keyword: string]: unknown;
  } = {},
) => v.optional(v.pipe(schema, v.metadata({ description, ...more })));

const commonFields = {
  name: field(
    v.pipe(
      string('a string'),
      v.rawCheck(({ dataset, addIssue }) => {
        const message = dataset.typed ? checkName(dataset.value) : undefined;
        if (message !== undefined) addIssue({ message: `problem: ${message}` });
      }),
    ),
    "The layer's name: one path segment that every system can hold, unique among the layers of its kind. In a layer.toml it may be left out: it is the folder's then.",
    { examples: ['scientific'], ...NAME_PATTERNS },
  ),
  requirements: field(
    v.array(
      v.pipe(
        v.string('an array of strings: requirements as in "numpy>=2"'),
        v.rawTransform(({ dataset, addIssue, NEVER }) => {
          try {
            return parseRequirement(dataset.value);
          } catch (error) {
            if (!(error instanceof Pep508SyntaxError)) throw error;
            addIssue({ message: `problem: invalid requirement syntax: ${explainRequirement(error)}` });
            return NEVER;
          }
        }),
      ),
      'an array of strings: requirements as in ["numpy>=2"]',
    ),
    'The packages that the layer needs, as PEP 508 requirements; [] for none. An application whose launch module is one file with inline script metadata (PEP 723) may leave it out: its dependencies are used then.',
    { examples: [['numpy>=2', 'scipy']] },
  ),
  platforms: field(
    v.array(
      v.pipe(
        v.string('an array of strings: names of platforms'),
        v.picklist(
          PLATFORMS,
          ({ input }) => `problem: unknown target platform '${String(input)}', expected one of ${PLATFORMS.join(', ')}`,
        ),
      ),
      'an array of strings: names of platforms',
    ),
    'The platforms that the layer is for; each must be offered by every layer below. Default: all for a runtime, for others what the layers below have in common. None: the layer is out, its lock does nothing.',
    { examples: [['linux_x86_64', 'macosx_arm64', 'win_amd64']] },
  ),
  linux_target: field(
    v.pipe(
      string('a string: glibc or glibc@X.Y'),
      v.regex(LINUX_TARGET, ({ input }) => explainLinuxTarget(input)),
    ),
    'The oldest Linux that the layer is for, by its C library: glibc or glibc@X.Y. Default: glibc@2.28. Not inherited.',
    { examples: ['glibc@2.28'] },
  ),
  macosx_target: field(
    v.pipe(
      string('a string X.Y, as in "13.0"'),
      v.regex(MACOSX_TARGET, 'problem: must be a version X.Y, as in "13.0", or X, or X.Y.Z'),
    ),
    'The oldest macOS that the layer is for: X.Y, X or X.Y.Z, as a string; major and minor count. Default: the variable MACOSX_DEPLOYMENT_TARGET, else 13.0. Not inherited.',
    { examples: ['13.0'] },
  ),
  package_indexes: field(
    stringTable('package = "name of a uv index"'),
    'Which uv index a package comes from, here and in the layers above. Choices that contradict those of a layer below are an error unless index_overrides accepts them.',
    { examples: [{ torch: 'gpu' }] },
  ),
  index_overrides: field(
    stringTable('lower = "the index used here"'),
    'Choices of the layers below that this layer accepts although it uses another index: { theirs = "ours" }. Not inherited.',
    { examples: [{ cpu: 'gpu' }] },
  ),
  priority_indexes: field(
    strings('names of uv indexes'),
    'uv indexes that are asked first, for every package of this layer. Not inherited.',
    { examples: [['gpu']] },
  ),
  dynlib_exclude: field(
    strings('globs'),
    'Globs of dynamic libraries that are not shared with the layers above; used when the layer is built.',
    { examples: [['libtest*.so']] },
  ),
  versioned: field(
    v.boolean('a boolean, true or false without quotes'),
    'Whether the deployed name has a number, which moves when the contents do: app-report@3.',
    { default: false },
  ),
  build_requirements: field(v.any(), 'Has no effect: remove it.', { deprecated: true }),
};

const python = v.pipe(
  string('a string: cpython@X.Y.Z or pypy@X.Y.Z'),
  v.regex(PYTHON, ({ input }) => explainPython(input)),
);

const upperFields = {
  runtime: field(
    string("a string: one runtime's name"),
    'The runtime that the layer stands on. Not together with frameworks: the runtime is theirs then.',
    { examples: ['cpython-3.12'] },
  ),
  frameworks: field(
    strings("frameworks' names"),
    'The frameworks that the layer stands on, all of them on one runtime. They and those below them are put into one order, as Python orders base classes (C3).',
    { examples: [['scientific']] },
  ),
};

/** The fields of a layer's table, by kind (layers.md). Output: requirements parsed, everything else as written. */
export const LAYER_SCHEMAS = {
  runtime: v.object({
    ...commonFields,
    python_implementation: field(
      python,
      'The Python of the runtime, with its patch release: cpython@X.Y.Z or pypy@X.Y.Z.',
      {
        examples: ['cpython@3.12.12', 'pypy@3.11.13'],
      },
    ),
    fully_versioned_name: field(python, 'The old name of python_implementation.', { deprecated: true }),
  }),
  framework: v.object({ ...commonFields, ...upperFields }),
  application: v.object({
    ...commonFields,
    ...upperFields,
    launch_module: field(
      relativePath('a string: the path of a .py file or of a package folder'),
      'The .py file or package folder that runs the application: a path that starts from the folder of this file, with forward slashes.',
      { examples: ['report.py'] },
    ),
    support_modules: field(
      v.array(
        relativePath('an array of strings: paths of .py files or package folders'),
        'an array of strings: paths of .py files or package folders',
      ),
      'More .py files and package folders, shipped beside the launch module. No two of an application may have the same import name.',
      { examples: [['helpers', '../shared/units.py']] },
    ),
  }),
} as const;

/** A layer's table after validation; what a kind does not have is absent. */
export type LayerFields = v.InferOutput<typeof LAYER_SCHEMAS.runtime> &
  Partial<v.InferOutput<typeof LAYER_SCHEMAS.application>>;

/** One thing that the schema found: where in the layer's table, and what. */
export interface SchemaIssue {
  readonly path: readonly (string | number)[];
  readonly kind: 'unknown' | 'problem';
  readonly message: string;
}

/** Checks a layer's table against its schema. */
export function checkLayerTable(
  kind: LayerKind,
  table: Record<string, unknown>,
): { fields: LayerFields } | { issues: SchemaIssue[] } {
  const { entries } = LAYER_SCHEMAS[kind];
  const unknown = Object.keys(table).filter((key) => !Object.hasOwn(entries, key));
  const result = v.safeParse(LAYER_SCHEMAS[kind], table);
  if (result.success && unknown.length === 0) {
    const tables = ['package_indexes', 'index_overrides'].filter((key) => Object.hasOwn(table, key));
    const whole = Object.fromEntries(tables.map((key) => [key, table[key]]));
    return { fields: { ...result.output, ...whole } };
  }
  return {
    issues: [
      ...unknown.map((key): SchemaIssue => ({ path: [key], kind: 'unknown', message: '' })),
      ...(result.issues ?? []).map(describe),
    ],
  };
}

function describe(issue: v.BaseIssue<unknown>): SchemaIssue {
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  // Messages of our own checks are whole sentences; those of types say what is expected.
  const [, sentence] = /^problem: (.*)$/s.exec(issue.message) ?? [];
  return { path, kind: 'problem', message: sentence ?? `must be ${issue.message}, not ${nameOf(issue.input)}` };
}

/** A TOML type's name, with its article. */
export function nameOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'boolean') return 'a boolean';
  return typeof value === 'object' ? 'a table' : 'a number';
}

/** Whether a TOML value is a table: not an array, not a date. */
export function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function explainLinuxTarget(text: string): string {
  const [variant = ''] = text.split('@');
  return variant === 'glibc'
    ? `problem: the version in '${text}' must be X.Y, as in glibc@2.28`
    : `problem: the Linux libc variant must be glibc, not '${variant}'; write glibc or glibc@X.Y`;
}

function explainPython(text: string): string {
  const [implementation = ''] = text.split('@');
  return ['cpython', 'pypy'].includes(implementation)
    ? `problem: the version in '${text}' must be a full X.Y.Z, with its patch release, as in ${implementation}@3.12.7`
    : `problem: unknown Python implementation '${implementation}', expected cpython@X.Y.Z or pypy@X.Y.Z, in lower case`;
}

function explainRequirement(error: Pep508SyntaxError): string {
  return `${error.message}\n    ${error.source}\n    ${' '.repeat(error.position)}^`;
}
