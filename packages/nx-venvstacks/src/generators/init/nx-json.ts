import type { Tree } from '@nx/devkit';
import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser';
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
 * @returns the options that it has there: of each entry
 * @throws {VenvstacksError} `configuration`, where the file is missing or broken
 */
export function registerPlugin(tree: Tree): PluginOptions[] {
  const entries = readWorkspace(tree).plugins as readonly (string | { plugin: string; options?: PluginOptions })[];
  const options = entries
    .map((each) => (typeof each === 'string' ? { plugin: each, options: {} } : each))
    .flatMap((each) => (each.plugin === PLUGIN ? [each.options ?? {}] : []));
  if (options.length > 0) return options;
  const inherited = entries.map((each) => JSON.stringify(each));
  append(tree, 'plugins', ENTRY, (addition) => `[${[...inherited, addition].join(', ')}]`);
  return [{}];
}

/**
 * Adds an entry to `targetDefaults` of `nx.json` for executors whose work no cache can restore. One that is called by an
 * executor's name counts before one that is called by a target's, on Nx 22 to 24. What is there stays.
 *
 * @param executors full names of those that get an entry
 * @returns those that Nx may cache all the same: a user's own entries for them do not keep it from that
 * @throws {VenvstacksError} `configuration`, where the file is missing or broken
 */
export function keepOutOfCache(tree: Tree, executors: readonly string[]): string[] {
  for (const executor of executors) {
    const defaults = readWorkspace(tree).targetDefaults;
    if (executor in defaults) continue;
    const inherited = Object.entries(defaults).map(
      ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
    );
    append(
      tree,
      'targetDefaults',
      `${JSON.stringify(executor)}: { "cache": false }`,
      (addition) => `{ ${[...inherited, addition].join(', ')} }`,
    );
  }
  const defaults = readWorkspace(tree).targetDefaults;
  return executors.filter((executor) => !isKeptOut(defaults[executor]));
}

/** Whether Nx caches targets of some name by default. */
export function isCachedByDefault(tree: Tree, target: string): boolean {
  return entriesOf(readWorkspace(tree).targetDefaults[target]).some(({ cache }) => cache === true);
}

/** Whether an entry for an executor holds for all its targets, and has none of them cached. */
function isKeptOut(value: unknown): boolean {
  const entries = entriesOf(value);
  return entries.some(({ filter }) => filter === undefined) && !entries.some(({ cache }) => cache === true);
}

/** From Nx 23 on there may be a list of them, each for some projects or plugin. */
function entriesOf(value: unknown): { filter?: unknown; cache?: unknown }[] {
  return [value].flat().filter(isRecord);
}

/**
 * Adds to a list or an object in `nx.json`.
 *
 * @param whole the text of a new one, with the addition. It replaces that of a file that nx.json extends: what stands
 * there goes on
 */
function append(tree: Tree, key: string, addition: string, whole: (addition: string) => string): void {
  const { text, json } = readWorkspace(tree);
  const container = findNodeAtLocation(json, [key]);
  tree.write(
    FILE,
    container
      ? appendToJson(text, container, addition)
      : appendToJson(text, json, `${JSON.stringify(key)}: ${whole(addition)}`),
  );
}

interface NxJson {
  readonly text: string;
  readonly json: Node;
  /** As Nx sees them, with what stands in a file that this one extends. */
  readonly plugins: readonly unknown[];
  readonly targetDefaults: Readonly<Record<string, unknown>>;
}

function readWorkspace(tree: Tree): NxJson {
  const text = tree.read(FILE, 'utf-8');
  if (text === null)
    throw misconfigured(`there is no ${FILE}: ${PLUGIN} works in an Nx workspace`, {
      hint: 'Make this folder one first: npx nx@latest init',
    });
  let effective: { plugins?: unknown; targetDefaults?: unknown };
  try {
    effective = readNxJson(tree) ?? {};
  } catch (error) {
    throw misconfigured(`${FILE} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const json = parseTree(text, [], { allowTrailingComma: true });
  if (json?.type !== 'object')
    throw misconfigured(`${FILE} must be an object`, { hint: `As in: { "plugins": [${ENTRY}] }` });
  const { plugins = [], targetDefaults = {} } = effective;
  if (!Array.isArray(plugins))
    throw misconfigured(`'plugins' of ${FILE} must be a list`, { hint: `As in: [${ENTRY}]` });
  if (!isRecord(targetDefaults))
    throw misconfigured(`'targetDefaults' of ${FILE} must be an object`, {
      hint: 'As in: { "build": { "cache": true } }',
    });
  return { text, json, plugins: plugins as unknown[], targetDefaults };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function misconfigured(message: string, about: { hint?: string; cause?: unknown }): VenvstacksError {
  return new VenvstacksError('configuration', message, about);
}
