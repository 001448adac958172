import type { NxJsonConfiguration, Tree } from '@nx/devkit';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { VenvstacksError } from '../../errors';
import type { PluginOptions } from '../../inference';
import { readNxJson } from '../../nx';
import { PLUGIN } from '../plugin-options';
import { appendToJson } from './append-to-json';

const FILE = 'nx.json';
const ENTRY = `{ "plugin": "${PLUGIN}", "options": {} }`;

/**
 * Adds the plugin to `plugins` of `nx.json`, unless it is there, in whatever form. Every other byte stays.
 *
 * @returns the options that it has there
 * @throws {VenvstacksError} `configuration`, where the file is missing or broken
 */
export function registerPlugin(tree: Tree): PluginOptions {
  const text = tree.read(FILE, 'utf-8');
  if (text === null)
    throw misconfigured('there is no nx.json: nx-venvstacks works in an Nx workspace', {
      hint: 'Make this folder one first: npx nx@latest init',
    });
  const plugins = effectivePlugins(tree);
  const entry = plugins.find((each) => (typeof each === 'string' ? each : each.plugin) === PLUGIN);
  if (entry !== undefined) return typeof entry === 'string' ? {} : (entry.options ?? {});

  const json = parseTree(text, [], { allowTrailingComma: true });
  if (json?.type !== 'object')
    throw misconfigured(`${FILE} must be an object`, { hint: `As in: { "plugins": [${ENTRY}] }` });
  const list = findNodeAtLocation(json, ['plugins']);
  // A list of its own replaces that of a file that nx.json extends: what stands there goes on.
  const inherited = plugins.map((each) => JSON.stringify(each));
  tree.write(
    FILE,
    list
      ? appendToJson(text, list, ENTRY)
      : appendToJson(text, json, `"plugins": [${[...inherited, ENTRY].join(', ')}]`),
  );
  return {};
}

/** The plugins as Nx sees them, also those of a file that `nx.json` extends. */
function effectivePlugins(tree: Tree): NonNullable<NxJsonConfiguration['plugins']> {
  let plugins: unknown;
  try {
    ({ plugins = [] } = readNxJson(tree) ?? {});
  } catch (error) {
    throw misconfigured(`${FILE} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (!Array.isArray(plugins))
    throw misconfigured(`'plugins' of ${FILE} must be a list`, { hint: `As in: [${ENTRY}]` });
  return plugins as NonNullable<NxJsonConfiguration['plugins']>;
}

function misconfigured(message: string, about: { hint?: string; cause?: unknown }): VenvstacksError {
  return new VenvstacksError('configuration', message, about);
}
