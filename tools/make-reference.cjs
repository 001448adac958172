// Makes docs/reference: a page for each generator and target, from generators.json, executors.json and their schemas.
// What a schema has no place for stands in tools/reference/<name>.md and is put below the options.
//
// node tools/make-reference.cjs            writes the pages
// node tools/make-reference.cjs --check    fails if they are not current
const { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');
const { format, writeFormatted } = require('./write-formatted.cjs');

const REPOSITORY = resolve(__dirname, '..');
const PLUGIN = join(REPOSITORY, 'packages/nx-venvstacks');
const REFERENCE = join(REPOSITORY, 'docs/reference');
const HEADER = '<!-- Made by tools/make-reference.cjs. Change the schema or tools/reference, then: npm run docs -->';
/** Ends the description of an option that the plugin sets. */
const COMPUTED = 'Computed by the plugin.';

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** @returns {Record<string, string>} path below docs/reference → text, not yet formatted */
function makeReference() {
  const { generators } = readJson(join(PLUGIN, 'generators.json'));
  const { executors } = readJson(join(PLUGIN, 'executors.json'));
  const entries = (found) =>
    Object.entries(found).map(([name, entry]) => ({ ...entry, name, schema: readJson(join(PLUGIN, entry.schema)) }));
  const pages = [
    ...entries(generators).map((entry) => ({ ...entry, kind: 'generators', text: generatorPage(entry) })),
    // One that does another's work in another way has no schema of its own, and is no target.
    ...entries(executors)
      .filter(({ name }) => executors[name].schema.endsWith(`/${name}.json`))
      .map((entry) => ({ ...entry, kind: 'targets', text: targetPage(entry) })),
  ];
  return {
    'README.md': indexPage(pages),
    ...Object.fromEntries(pages.map(({ kind, name, text }) => [`${kind}/${name}.md`, text])),
  };
}

function indexPage(pages) {
  const list = (kind) =>
    pages
      .filter((page) => page.kind === kind)
      .map(({ name, description }) => `- [\`${name}\`](${kind}/${name}.md): ${description}`);
  return paragraphs(
    HEADER,
    '# Reference',
    '## Generators',
    'They write files and run nothing. `--dry-run` shows what would be written; without options that they need, they ask.',
    list('generators').join('\n'),
    '## Targets',
    'Every layer has them, but for `launch`, which only applications have; under these names unless [options of the plugin](../configuration.md#plugin-options) give others.',
    list('targets').join('\n'),
    'Fields of `venvstacks.toml` and `layer.toml`, and options of the plugin: [configuration](../configuration.md). `nx-venvstacks show`: [command line](../command-line.md).',
  );
}

function generatorPage({ name, aliases = [], schema }) {
  const positional = positionalOptions(schema);
  const hasOptions = Object.keys(schema.properties).length > 0;
  const usage = [
    `npx nx generate nx-venvstacks:${name}`,
    ...positional.map((each) => `<${each}>`),
    ...(hasOptions ? ['[options]'] : []),
  ];
  return paragraphs(
    HEADER,
    `# Generator \`${name}\``,
    schema.description,
    code(usage.join(' ')),
    aliases.length ? `Also called ${aliases.map((alias) => `\`${alias}\``).join(', ')}.` : '',
    examples(schema),
    '## Options',
    optionTable(schema),
    notes(name),
  );
}

function targetPage({ name, schema }) {
  const computed = Object.keys(schema.properties).filter((each) => isComputed(schema.properties[each]));
  const typed = runsProgram(schema) ? ' [-- arguments]' : optionsOf(schema).length ? ' [options]' : '';
  return paragraphs(
    HEADER,
    `# Target \`${name}\``,
    schema.description,
    code(`npx nx run <project>:${name}${typed}`),
    examples(schema),
    '## Options',
    optionTable(schema),
    `The plugin computes ${computed.map((each) => `\`${each}\``).join(', ')}: leave these alone. The executor is \`nx-venvstacks:${name}\`.`,
    notes(name),
  );
}

function examples({ examples: found = [] }) {
  if (found.length === 0) return '';
  const shown = found.flatMap(({ command, description }) => [`${description}:`, code(`npx ${command}`)]);
  return paragraphs('## Examples', ...shown);
}

function optionTable(schema) {
  const options = optionsOf(schema);
  const dashes = runsProgram(schema) ? '' : '--';
  if (options.length === 0) return 'None.';
  const positional = positionalOptions(schema);
  const rows = options.map(([name, option]) => {
    const traits = [
      ...(positional.includes(name) ? [`argument ${positional.indexOf(name) + 1}`] : []),
      ...((schema.required ?? []).includes(name) ? ['required'] : []),
    ];
    const names = [
      `\`${dashes}${name}\``,
      ...[option.alias ?? []].flat().map((alias) => `\`${alias.length === 1 ? '-' : '--'}${alias}\``),
    ];
    const [example] = option.examples ?? [];
    return [
      names.join(', ') + (traits.length ? ` (${traits.join(', ')})` : ''),
      typeOf(option),
      option.default === undefined ? '' : `\`${option.default}\``,
      option.description + (example === undefined ? '' : ` Example: \`${shellWord([example].flat().join(','))}\`.`),
    ];
  });
  return table([['option', 'type', 'default', 'meaning'], ...rows]);
}

/** A value as it must be written in a shell. */
function shellWord(value) {
  return /[^\w.,/@:+=-]/.test(value) ? `"${value}"` : value;
}

/** Names of the options that are also given by their place, in order. */
function positionalOptions({ properties }) {
  return Object.entries(properties)
    .filter(([, { $default }]) => $default?.$source === 'argv')
    .sort(([, a], [, b]) => a.$default.index - b.$default.index)
    .map(([name]) => name);
}

/** Options that a user may give, with their names. */
function optionsOf({ properties }) {
  return Object.entries(properties).filter(([, { hidden }]) => !hidden);
}

/** Whether the plugin sets an option; what Nx sets is hidden, too. */
function isComputed({ description }) {
  return description.endsWith(COMPUTED);
}

/** Whether what is typed after a target goes to the program that it runs. */
function runsProgram({ properties }) {
  return Object.values(properties).some(({ $default }) => $default?.$source === 'unparsed');
}

function typeOf({ type, enum: choices, items }) {
  if (choices) return choices.map((each) => `\`${each}\``).join(' or ');
  if (type === 'array')
    return items.enum ? `any of ${items.enum.map((each) => `\`${each}\``).join(', ')}` : `list of ${items.type}s`;
  if (Array.isArray(type) && type.includes('array')) return `${type[0]} or ${typeOf({ type: 'array', items })}`;
  // Nx takes what looks like a number for one; to a user it is text.
  return Array.isArray(type) ? type[0] : type;
}

function notes(name) {
  const file = join(REPOSITORY, 'tools/reference', `${name}.md`);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

function table([head, ...rows]) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const code = (text) => `\`\`\`sh\n${text}\n\`\`\``;
const paragraphs = (...texts) => `${texts.filter((text) => text !== '').join('\n\n')}`;

function writtenPages() {
  if (!existsSync(REFERENCE)) return [];
  return readdirSync(REFERENCE, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => path.replaceAll('\\', '/'));
}

void (async () => {
  const pages = makeReference();
  const superfluous = writtenPages().filter((path) => !Object.hasOwn(pages, path));
  if (process.argv.includes('--check')) {
    const wrong = [...superfluous];
    for (const [path, text] of Object.entries(pages)) {
      const file = join(REFERENCE, path);
      if (!existsSync(file) || readFileSync(file, 'utf8') !== (await format(file, text))) wrong.push(path);
    }
    if (wrong.length === 0) return;
    console.error(`docs/reference is out of date (${wrong.join(', ')}): npm run docs`);
    process.exitCode = 1;
    return;
  }
  for (const path of superfluous) rmSync(join(REFERENCE, path));
  for (const [path, text] of Object.entries(pages)) {
    mkdirSync(dirname(join(REFERENCE, path)), { recursive: true });
    await writeFormatted(join(REFERENCE, path), text);
  }
})();
