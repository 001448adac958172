import * as v from 'valibot';
import { checkName } from './name';
import { parseRequirement, Pep508SyntaxError } from './pep508';
import { parseLinuxTarget, parseMacosTarget, PLATFORMS } from './platform';
import { parsePython } from './python';

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
    v.record(v.string(), v.string(`a table of strings: ${what}`)),
  );
const relativePath = (what: string) =>
  v.pipe(
    v.string(what),
    v.check((path) => path.trim() !== '', 'problem: must be the path of a .py file or of a package folder, not empty'),
    v.check((path) => !/^([a-zA-Z]:|[/\\])/.test(path), 'problem: must be a path relative to the definition file'),
    v.check((path) => !path.includes('\\'), 'problem: must be written with forward slashes'),
  );

const commonFields = {
  name: v.optional(
    v.pipe(
      string('a string'),
      v.rawCheck(({ dataset, addIssue }) => {
        const message = dataset.typed ? checkName(dataset.value) : undefined;
        if (message !== undefined) addIssue({ message: `problem: ${message}` });
      }),
    ),
  ),
  requirements: v.optional(
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
  ),
  platforms: v.optional(
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
  ),
  linux_target: v.optional(
    v.pipe(
      string('a string: glibc or glibc@X.Y'),
      v.rawCheck(({ dataset, addIssue }) => {
        if (!dataset.typed || parseLinuxTarget(dataset.value)) return;
        const [variant = ''] = dataset.value.split('@');
        addIssue({
          message:
            variant === 'glibc'
              ? `problem: the version in '${dataset.value}' must be X.Y, as in glibc@2.28`
              : `problem: the Linux libc variant must be glibc, not '${variant}'; write glibc or glibc@X.Y`,
        });
      }),
    ),
  ),
  macosx_target: v.optional(
    v.pipe(
      string('a string X.Y, as in "13.0"'),
      v.check((text) => parseMacosTarget(text) !== undefined, 'problem: must be X.Y, as in "13.0"'),
    ),
  ),
  package_indexes: v.optional(stringTable('package = "name of a uv index"')),
  index_overrides: v.optional(stringTable('lower = "the index used here"')),
  priority_indexes: v.optional(strings('names of uv indexes')),
  dynlib_exclude: v.optional(strings('globs')),
  versioned: v.optional(v.boolean('a boolean, true or false without quotes')),
  build_requirements: v.optional(v.any()),
};

const python = v.pipe(
  string('a string: cpython@X.Y.Z or pypy@X.Y.Z'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || parsePython(dataset.value)) return;
    const [implementation = ''] = dataset.value.split('@');
    addIssue({
      message: ['cpython', 'pypy'].includes(implementation)
        ? `problem: the version in '${dataset.value}' must be a full X.Y.Z, with its patch release, as in ${implementation}@3.12.7`
        : `problem: unknown Python implementation '${implementation}', expected cpython@X.Y.Z or pypy@X.Y.Z, in lower case`,
    });
  }),
);

const upperFields = {
  runtime: v.optional(string("a string: one runtime's name")),
  frameworks: v.optional(strings("frameworks' names")),
};

/** The fields of a layer's table, by kind (layers.md). Output: requirements parsed, everything else as written. */
export const LAYER_SCHEMAS = {
  runtime: v.object({
    ...commonFields,
    python_implementation: v.optional(python),
    fully_versioned_name: v.optional(python),
  }),
  framework: v.object({ ...commonFields, ...upperFields }),
  application: v.object({
    ...commonFields,
    ...upperFields,
    launch_module: v.optional(relativePath('a string: the path of a .py file or of a package folder')),
    support_modules: v.optional(
      v.array(
        relativePath('an array of strings: paths of .py files or package folders'),
        'an array of strings: paths of .py files or package folders',
      ),
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
  if (result.success && unknown.length === 0) return { fields: result.output };
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

function explainRequirement(error: Pep508SyntaxError): string {
  return `${error.message}\n    ${error.source}\n    ${' '.repeat(error.position)}^`;
}
