import { VenvstacksError } from '../errors';
import type { LayerOptions } from '../inference';
import type { Work } from './task';

/** What a schema in `schemas/executors` says of a target's options. */
interface Schema {
  readonly properties: Readonly<Record<string, Property>>;
}

interface Property {
  readonly description: string;
  readonly type: string | readonly string[];
  /** Computed by the plugin, not for users. */
  readonly hidden?: boolean;
}

const isText = (value: unknown) => typeof value === 'string';

/** The types of options that a user may give. */
const TYPES: Readonly<Record<string, { readonly words: string; readonly fits: (value: unknown) => boolean }>> = {
  string: { words: 'a text', fits: isText },
  array: { words: 'a list of texts', fits: (value) => Array.isArray(value) && value.every(isText) },
  boolean: { words: 'true or false', fits: (value) => typeof value === 'boolean' },
};

/** Whether Nx hands something on under that name, beside the options of a target. */
const isOfNx = (name: string) => name === 'verbose' || name.startsWith('__');

/**
 * Work that refuses options that its target does not have, or that cannot be what was given. Nx would do so by the
 * schema, but in a batch it ends the process then, with all that runs there and without a word: so schemas let all
 * through, to here.
 *
 * @param name what the schema is called
 */
export function checked<Options extends LayerOptions>(name: string, work: Work<Options>): Work<Options> {
  return (options, ...rest) => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- read once, and Nx reads the very same file
    checkOptions(require(`../../schemas/executors/${name}.json`) as Schema, options);
    return work(options, ...rest);
  };
}

/** @throws {VenvstacksError} `configuration` */
function checkOptions({ properties }: Schema, options: LayerOptions & { readonly _?: readonly unknown[] }): void {
  const { layer, _: words = [], ...named } = options;
  const about = (hint: string) => ({ hint, ...(layer !== undefined && { layer }) });
  if (words.length) {
    throw new VenvstacksError('configuration', `unknown argument '${String(words[0])}'`, about(known(properties)));
  }
  for (const [name, value] of Object.entries(named)) {
    if (isOfNx(name)) continue;
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property === undefined) {
      const hint = `${known(properties)} If nobody typed it, remove it from the target's 'options' in nx.json (targetDefaults) or project.json.`;
      throw new VenvstacksError('configuration', `unknown option '${name}'`, about(hint));
    }
    if (property.hidden || value === undefined) continue;
    const types = [property.type].flat().flatMap((type) => TYPES[type] ?? []);
    if (types.some(({ fits }) => fits(value))) continue;
    throw new VenvstacksError(
      'configuration',
      `the option '${name}' must be ${types.map(({ words }) => words).join(' or ')}, not ${JSON.stringify(value)}`,
      about(property.description),
    );
  }
}

function known(properties: Schema['properties']): string {
  const own = Object.keys(properties).filter((name) => !properties[name]?.hidden);
  return own.length ? `Known: ${own.map((name) => `--${name}`).join(', ')}.` : 'This target takes none.';
}
