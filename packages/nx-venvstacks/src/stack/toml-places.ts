import type { AST } from 'toml-eslint-parser';

/** A key path into a TOML document: `['runtimes', 0, 'name']`. */
export type TomlPath = readonly (string | number)[];

/** At the end of a path: the place of the key itself, not of its value. */
export const KEY = '\0key';

/** Where the tables, keys and values of a TOML document stand in its text. */
export interface TomlPlaces {
  /** The node of a value; of a table that is spelled out, its first header. */
  readonly get: (path: TomlPath) => AST.TOMLNode | undefined;
  /** All tables with a header, in the order of the text. */
  readonly tables: readonly AST.TOMLTable[];
  /** The keys above all of them, which are the document's own. */
  readonly keys: readonly AST.TOMLKeyValue[];
  /** With their `#`, in the order of the text. */
  readonly comments: readonly string[];
}

/** Reads the places of a TOML text; none of one that cannot be parsed. */
export function tomlPlaces(text: string): TomlPlaces {
  const nodes = new Map<string, AST.TOMLNode>();
  const get: TomlPlaces['get'] = (path) => nodes.get(JSON.stringify(path));
  let program: AST.TOMLProgram;
  try {
    program = strictParser().parseTOML(text, { tomlVersion: '1.1' });
  } catch {
    return { get, tables: [], keys: [], comments: [] };
  }
  const note = (path: TomlPath, node: AST.TOMLNode) => {
    const key = JSON.stringify(path);
    if (!nodes.has(key)) nodes.set(key, node);
  };
  const visitKeyValue = (base: TomlPath, node: AST.TOMLKeyValue) => {
    const keys = strictParser().getStaticTOMLValue(node.key);
    keys.slice(0, -1).forEach((_, index) => note([...base, ...keys.slice(0, index + 1)], node.key));
    note([...base, ...keys, KEY], node.key);
    visitValue([...base, ...keys], node.value);
  };
  const visitValue = (path: TomlPath, node: AST.TOMLContentNode) => {
    note(path, node);
    if (node.type === 'TOMLArray') node.elements.forEach((element, index) => visitValue([...path, index], element));
    if (node.type === 'TOMLInlineTable') node.body.forEach((entry) => visitKeyValue(path, entry));
  };
  const tables: AST.TOMLTable[] = [];
  const keys: AST.TOMLKeyValue[] = [];
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLTable') {
      tables.push(node);
      node.resolvedKey.forEach((_, index) => note(node.resolvedKey.slice(0, index + 1), node));
      node.body.forEach((entry) => visitKeyValue(node.resolvedKey, entry));
    } else {
      keys.push(node);
      visitKeyValue([], node);
    }
  }
  return { get, tables, keys, comments: program.comments.map(({ value }) => `#${value}`) };
}

/** Loaded only where places are wanted: it is the slower of the two parsers by far. */
export function strictParser(): typeof import('toml-eslint-parser') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- on demand
  return require('toml-eslint-parser') as typeof import('toml-eslint-parser');
}
