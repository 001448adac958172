// Makes the JSON Schemas of both kinds of definition file, for editors, from the schemas that validate them
// (packages/nx-venvstacks/src/stack/schema.ts) and from what the plugin wants of a whole table.
//
// node tools/make-schemas.cjs    writes packages/nx-venvstacks/schemas/{layer,venvstacks}.schema.json; build first
const { toJsonSchema } = require('@valibot/to-json-schema');
const { resolve } = require('node:path');
const { writeFormatted } = require('./write-formatted.cjs');

const PLUGIN = resolve(__dirname, '../packages/nx-venvstacks');

/** Checks that JSON Schema has no words for. */
const WITHOUT_WORDS = ['raw_check', 'raw_transform'];

/**
 * Both JSON Schemas, by file name. Draft 7, without references: editors do not show what stands beside one.
 *
 * @param {typeof import('../packages/nx-venvstacks/src/stack/schema')} schemas
 * @returns {Record<string, unknown>}
 */
function makeSchemas({ KINDS, LAYER_SCHEMAS }) {
  const kinds = Object.entries(KINDS);
  const table = (kind, isNamed) => layerTable(kind, LAYER_SCHEMAS[kind], isNamed);
  return {
    'layer.schema.json': {
      ...head('layer'),
      description: 'One layer of a venvstacks stack, in the folder that is its Nx project.',
      minProperties: 1,
      maxProperties: 1,
      properties: Object.fromEntries(kinds.map(([kind, { layerTable: name }]) => [name, table(kind, false)])),
    },
    'venvstacks.schema.json': {
      ...head('venvstacks'),
      description: 'A stack of venvstacks: Python environments in layers.',
      properties: {
        ...Object.fromEntries(
          kinds.map(([kind, { stackTable: name }]) => [
            name,
            { description: `The ${name} of the stack, lower ones first.`, type: 'array', items: table(kind, true) },
          ]),
        ),
        tool: {
          description: 'Only [tool.uv] is read.',
          type: 'object',
          properties: { uv: UV },
          additionalProperties: false,
        },
      },
    },
  };
}

/** Without an $id: Taplo refuses one that is no address, and there is none. */
function head(name) {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `${name}.toml`,
    type: 'object',
    additionalProperties: false,
  };
}

const TITLES = {
  runtime: 'A runtime: a Python that frameworks and applications stand on',
  framework: 'A framework: packages that several applications share',
  application: 'An application, with its launch module',
};

/** What a layer stands on: a runtime, or frameworks; an empty list counts for nothing. */
const ONE_FOOTING = {
  anyOf: [
    { required: ['runtime'], properties: { frameworks: { maxItems: 0 } } },
    { required: ['frameworks'], properties: { frameworks: { minItems: 1 } }, not: { required: ['runtime'] } },
  ],
};

/** What the table of a kind must have (stack/link.ts, stack/requirements.ts). */
const WANTED = {
  runtime: {
    required: ['requirements'],
    anyOf: [{ required: ['python_implementation'] }, { required: ['fully_versioned_name'] }],
  },
  framework: { required: ['requirements'], ...ONE_FOOTING },
  // Requirements may stand in the launch module.
  application: { required: ['launch_module'], ...ONE_FOOTING },
};

function layerTable(kind, schema, isNamed) {
  const { properties } = convert(schema);
  const { required, ...footing } = WANTED[kind];
  return {
    title: TITLES[kind],
    type: 'object',
    properties,
    additionalProperties: false,
    required: [...(isNamed ? ['name'] : []), ...required],
    ...footing,
  };
}

function convert(schema) {
  return toJsonSchema(schema, {
    // Only for a type after a type, which says the same in more words; anything else that cannot be said is caught below.
    errorMode: 'ignore',
    ignoreActions: WITHOUT_WORDS,
    overrideAction({ valibotAction, jsonSchema, errors }) {
      if (!errors) return undefined;
      // The keyword stands only once in a schema; further patterns stand beside it.
      if (valibotAction.type === 'regex' && valibotAction.requirement.flags === '') {
        const { source: pattern } = valibotAction.requirement;
        return { ...jsonSchema, allOf: [...(jsonSchema.allOf ?? []), { pattern }] };
      }
      throw new Error(`${valibotAction.type} is not known to tools/make-schemas.cjs: ${errors.join(' ')}`);
    },
    overrideSchema({ valibotSchema, jsonSchema, errors }) {
      if (errors && valibotSchema.type !== 'custom')
        throw new Error(`${valibotSchema.type} is not known to tools/make-schemas.cjs: ${errors.join(' ')}`);
      // That keys are strings is no news in TOML.
      if (valibotSchema.type === 'record') delete jsonSchema.propertyNames;
      return jsonSchema;
    },
  });
}

/** What people write into [tool.uv], of what stack/uv-config.ts checks; all other settings are uv's to know. */
const UV = {
  description:
    "uv's configuration for all layers: the keys of a uv.toml. Without it, that of a venvstacks.uv.toml beside this file.",
  type: 'object',
  properties: {
    'exclude-newer': {
      description:
        'The cutoff: packages that were uploaded later are not seen. An absolute time, or a date, which means the end of that day in UTC.',
      type: 'string',
      pattern: '^\\d{4}-\\d\\d-\\d\\d',
      examples: ['2026-03-01T00:00:00Z', '2026-03-01'],
    },
    index: {
      description: 'Package indexes, by name.',
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { description: 'What package_indexes and priority_indexes call it.', type: 'string' },
          url: { description: 'Its address.', type: 'string' },
          default: { description: 'Whether it stands in for PyPI.', type: 'boolean' },
          explicit: { description: 'Whether it is only for packages that are sent there.', type: 'boolean' },
        },
        required: ['url'],
      },
    },
    sources: {
      description: 'Which index a package comes from, in all layers: { torch = { index = "gpu" } }.',
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: { index: { description: 'The name of an index.', type: 'string' } },
        required: ['index'],
        additionalProperties: false,
      },
    },
    'find-links': {
      description: 'Folders or pages of wheels. Paths start from the folder of this file.',
      type: 'array',
      items: { type: 'string' },
    },
  },
};

module.exports = { makeSchemas };

if (require.main === module) {
  void (async () => {
    const made = makeSchemas(require(resolve(PLUGIN, 'dist/stack/schema.js')));
    for (const [name, schema] of Object.entries(made))
      await writeFormatted(resolve(PLUGIN, 'schemas', name), JSON.stringify(schema));
  })();
}
