import { relative, resolve } from 'node:path';
import { stringify, type TomlTable, type TomlValue } from 'smol-toml';
import { KINDS, type LayerKind, type TomlPath } from '../../stack';
import {
  addLine,
  cutToml,
  partText,
  setHeader,
  setString,
  verified,
  type Edit,
  type Part,
  type TomlText,
} from './toml-text';

/** What a layer's table is to say in another file. */
export interface MovedTable {
  readonly kind: LayerKind;
  /** The whole table as it is to be read there. */
  readonly table: TomlTable;
  /** Where its fields stand in the text that it comes from. */
  readonly at: TomlPath;
}

/** A layer's table with the paths of its modules written for another folder. */
export function rebaseModules(table: TomlTable, from: string, to: string): TomlTable {
  const rebase = (path: TomlValue) => relative(to, resolve(from, path as string)).replaceAll('\\', '/');
  const { launch_module: launch, support_modules: support } = table;
  return {
    ...table,
    ...(launch === undefined ? {} : { launch_module: rebase(launch) }),
    ...(Array.isArray(support) ? { support_modules: support.map(rebase) } : {}),
  };
}

/** A layer of a venvstacks.toml as the text of a layer.toml: with its comments, its own order and quotes. */
export function layerFileText(stackText: string, { kind, table, at }: MovedTable): string {
  const document = cutToml(stackText);
  const { stackTable, layerTable } = KINDS[kind];
  const parts = document.parts.filter(({ key }) => key[0] === stackTable && key[1] === at[1]);
  const headers = parts.map((part) => setHeader(document, part, 1, layerTable, false));
  const text = joinParts(document, parts, [...headers, ...moduleEdits(document, at, table)]);
  return verified(text, { [layerTable]: table }, document.lineBreak);
}

/** The layer of a layer.toml as a table for a venvstacks.toml: with its comments, its own order and quotes. */
export function stackTableText(layerText: string, { kind, table, at }: MovedTable): string {
  const document = cutToml(layerText);
  const { stackTable, layerTable } = KINDS[kind];
  const parts = document.parts
    .filter(({ key }) => key[0] === layerTable)
    // Its sub-tables may come first in a layer.toml, in a venvstacks.toml they may not.
    .sort((a, b) => Number(a.key.length > 1) - Number(b.key.length > 1));
  const edits = parts.flatMap((part) => {
    const isMain = part.key.length === 1;
    return [
      setHeader(document, part, 1, stackTable, isMain),
      ...(isMain ? missingLines(document, part, at, table) : []),
    ];
  });
  const text = joinParts(document, parts, [...edits, ...moduleEdits(document, at, table)]);
  return verified(text, { [stackTable]: [table] }, document.lineBreak);
}

/** Fields that a venvstacks.toml needs and a layer.toml may leave out. */
function missingLines(document: TomlText, part: Part, at: TomlPath, { name, requirements }: TomlTable): Edit[] {
  return Object.entries({ name, requirements })
    .filter(([key, value]) => value !== undefined && !document.places.get([...at, key]))
    .map(([key, value]) => addLine(document, part, stringify({ [key]: value ?? '' }).trimEnd()));
}

function moduleEdits(document: TomlText, at: TomlPath, table: TomlTable): Edit[] {
  const { launch_module: launch, support_modules: support } = table;
  const set = (path: TomlPath, value: TomlValue | undefined): Edit[] =>
    typeof value === 'string' ? setString(document, [...at, ...path], value) : [];
  return [
    ...set(['launch_module'], launch),
    ...(Array.isArray(support) ? support.flatMap((path, index) => set(['support_modules', index], path)) : []),
  ];
}

function joinParts(document: TomlText, parts: readonly Part[], edits: readonly Edit[]): string {
  return parts.map((part) => partText(document, part, edits)).join(document.lineBreak);
}
