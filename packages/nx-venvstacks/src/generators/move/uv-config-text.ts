import { parse, type TomlTable, type TomlValue } from 'smol-toml';
import { isAbsolute, relative, resolve } from 'node:path';
import type { TomlPath } from '../../stack';
import { cutToml, partText, setHeader, setString, verified, type Edit, type TomlText } from './toml-text';

/** The `[tool.uv]` of a venvstacks.toml as the text of a venvstacks.uv.toml in another folder. */
export function uvConfigFromStack(stackText: string, from: string, to: string): string {
  const document = cutToml(stackText);
  const { tool } = parse(stackText);
  const expected = rebaseConfig(((tool as TomlTable | undefined)?.uv ?? {}) as TomlTable, from, to);
  const parts = document.parts
    .filter(({ key }) => key[0] === 'tool' && key[1] === 'uv')
    // Keys of the document itself come before any table.
    .sort((a, b) => Number(a.key.length > 2) - Number(b.key.length > 2));
  const edits = [
    ...parts.map((part) => {
      const isMain = part.key.length === 2;
      const header = setHeader(document, part, 2, '', document.text.startsWith('[[', part.header[0]));
      return isMain ? withoutLine(document, { ...header, text: '' }) : header;
    }),
    ...addressEdits(document, ['tool', 'uv'], expected),
  ];
  const text = parts.map((part) => partText(document, part, edits)).join(document.lineBreak);
  return verified(text, expected, document.lineBreak);
}

/** A venvstacks.uv.toml for another folder. */
export function uvConfigAt(text: string, from: string, to: string): string {
  const document = cutToml(text);
  const expected = rebaseConfig(parse(text), from, to);
  const edits = addressEdits(document, [], expected).sort((a, b) => b.start - a.start);
  const changed = edits.reduce(
    (result, edit) => result.slice(0, edit.start) + edit.text + result.slice(edit.end),
    text,
  );
  return verified(changed, expected, document.lineBreak);
}

/** The header of a table whose keys move to the top goes with its line. */
function withoutLine({ text }: TomlText, edit: Edit): Edit {
  const rest = /^[ \t]*\r?\n/.exec(text.slice(edit.end));
  return { ...edit, end: edit.end + (rest?.[0].length ?? 0) };
}

/** Local addresses, which start from the file's folder, written for another one. */
function rebaseConfig(config: TomlTable, from: string, to: string): TomlTable {
  const rebase = (value: TomlValue) => (typeof value === 'string' ? rebaseAddress(value, from, to) : value);
  const { index, 'find-links': links } = config;
  return {
    ...config,
    ...(Array.isArray(index)
      ? {
          index: index.map((each) => {
            const table = each as TomlTable;
            return table.url === undefined ? table : { ...table, url: rebase(table.url) };
          }),
        }
      : {}),
    ...(Array.isArray(links) ? { 'find-links': links.map(rebase) } : {}),
  };
}

function rebaseAddress(address: string, from: string, to: string): string {
  if (from === to) return address;
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(address) && !/^[a-z]:[/\\]/i.test(address);
  const [, scheme = '', path = address] = /^(file:)(?!\/)(.*)$/i.exec(address) ?? [];
  if ((isUrl && scheme === '') || isAbsolute(path)) return address;
  const moved = relative(to, resolve(from, path)).replaceAll('\\', '/');
  return scheme + (moved.startsWith('..') ? moved : `./${moved}`);
}

function addressEdits(document: TomlText, base: TomlPath, { index, 'find-links': links }: TomlTable): Edit[] {
  const set = (path: TomlPath, value: TomlValue | undefined): Edit[] =>
    typeof value === 'string' ? setString(document, path, value) : [];
  return [
    ...(Array.isArray(index)
      ? index.flatMap((each, place) => set([...base, 'index', place, 'url'], (each as TomlTable).url))
      : []),
    ...(Array.isArray(links) ? links.flatMap((each, place) => set([...base, 'find-links', place], each)) : []),
  ];
}
