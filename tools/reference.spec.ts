import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const REPOSITORY = resolve(__dirname, '..');
const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');

describe('docs/reference', () => {
  it('is what `npm run docs` makes', () => {
    // In a process of its own: Prettier, which the pages go through, does not load inside of Jest.
    const { status, stderr } = spawnSync(process.execPath, [join(__dirname, 'make-reference.cjs'), '--check'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('shows options with their types, defaults and places, but for those that the plugin computes', () => {
    const join = read('docs/reference/generators/join.md');
    expect(join).toContain('npx nx generate nx-venvstacks:join <directory> [options]\n');
    expect(join).toMatch(/\| `--directory` \(argument 1, required\) +\| string +\| +\|/);
    expect(join).toMatch(/\| `--keep` +\| boolean \| `false` \|/);

    const upgrade = read('docs/reference/targets/upgrade.md');
    expect(upgrade).toMatch(/\| `--package` +\| string or list of strings \|/);
    expect(upgrade).not.toMatch(/--(?:layer|report)\b/);
  });

  it.each(['launch', 'python'])(
    'has the one option of %s, which is not typed: what is typed is for the program',
    (name) => {
      const page = read(`docs/reference/targets/${name}.md`);
      expect(page).toContain(`npx nx run <project>:${name} [-- arguments]\n`);
      expect([...page.matchAll(/^\| `([^`]+)`/gm)].map(([, option]) => option)).toEqual(['cwd']);
      expect(page).toContain('The plugin computes `layer`, `report`: leave these alone.');
      expect(page).not.toContain('__unparsed__');
    },
  );
});

interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly { readonly command: string; readonly description: string }[];
  readonly properties: Record<string, Property>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
}

interface Property {
  readonly description?: string;
  readonly alias?: string;
  readonly 'x-prompt'?: string;
}

describe('generators', () => {
  const { generators } = JSON.parse(read('packages/nx-venvstacks/generators.json')) as {
    generators: Record<string, { schema: string; description: string; aliases?: readonly string[] }>;
  };
  const schemas = Object.entries(generators).map(([name, { schema, aliases = [] }]): [string, Schema, string[]] => [
    name,
    JSON.parse(read(`packages/nx-venvstacks/${schema}`)) as Schema,
    [name, ...aliases],
  ]);

  it.each(schemas)('%s describes itself and its options, and asks for those that it needs', (_, schema) => {
    expect(schema.title).toMatch(/^[A-Z]/);
    expect(schema.description).toMatch(/\.$/);
    // A typo must not go unseen.
    expect(schema.additionalProperties).toBe(false);
    for (const property of Object.values(schema.properties)) expect(property.description).toMatch(/\.$/);
    for (const name of schema.required ?? []) expect(schema.properties[name]?.['x-prompt']).toMatch(/\?$/);
  });

  it.each(schemas)('%s has examples, with options that it has', (name, { examples = [], properties }, names) => {
    expect(examples.length).toBeGreaterThan(0);
    const known = Object.entries(properties).flatMap(([option, { alias }]) => [
      `--${option}`,
      ...(alias ? [`-${alias}`] : []),
    ]);
    for (const { command, description } of examples) {
      expect(description).not.toBe('');
      const commands = [
        ...names.map((each) => `nx g nx-venvstacks:${each}`),
        ...(name === 'init' ? ['nx add nx-venvstacks'] : []),
      ];
      expect(commands.filter((each) => `${command} `.startsWith(`${each} `))).toHaveLength(1);
      for (const [option] of command.matchAll(/(?<= )--?[A-Za-z]+/g)) expect(known).toContain(option);
    }
  });
});
