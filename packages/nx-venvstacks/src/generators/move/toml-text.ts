import { isDeepStrictEqual } from 'node:util';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { tomlPlaces, type TomlPath, type TomlPlaces } from '../../stack';
import { lineBreakOf } from '../lines';
import { endWithComments } from '../toml-comments';
import { escapeString } from '../toml-string';

/** A stretch of a text and what is to stand there instead; offsets in UTF-16 units. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A table of a TOML text that has a header, with the comments that belong to it. */
export interface Part {
  readonly key: TomlPath;
  /** From the comments above the header to the end of the last line. */
  readonly start: number;
  readonly end: number;
  /** The names in the header: where each begins and ends. */
  readonly names: readonly (readonly [start: number, end: number])[];
  /** The header with its brackets. */
  readonly header: readonly [start: number, end: number];
}

/** A TOML text, cut into its tables. */
export interface TomlText {
  readonly text: string;
  readonly places: TomlPlaces;
  readonly parts: readonly Part[];
  /** `\n` or `\r\n`, as in the text. */
  readonly lineBreak: string;
}

/**
 * Cuts a TOML text into tables. Comments go with the table below them, but for those that directly follow a table's
 * last line; blank lines at either end go with none.
 */
export function cutToml(text: string): TomlText {
  const places = tomlPlaces(text);
  const [top, firstTable] = [places.keys.at(-1), places.tables[0]];
  let start = top && firstTable ? endWithComments(text, top.range[1]) : 0;
  const parts = places.tables.map((node, index): Part => {
    const end = index === places.tables.length - 1 ? text.length : endWithComments(text, node.range[1]);
    const closing = /\]\]?/.exec(text.slice(node.key.range[1]));
    const part = {
      key: node.resolvedKey,
      start,
      end,
      names: node.key.keys.map(({ range }) => range),
      header: [node.range[0], node.key.range[1] + (closing ? closing.index + closing[0].length : 0)] as const,
    };
    start = end;
    return part;
  });
  return { text, places, parts, lineBreak: lineBreakOf(text) };
}

/** A part's text after some edits, without blank lines at its ends and with a line break at the last. */
export function partText({ text, lineBreak }: TomlText, { start, end }: Part, edits: readonly Edit[]): string {
  const own = edits
    .filter((edit) => edit.start >= start && (edit.start < end || end === text.length))
    .sort((a, b) => a.start - b.start);
  let result = '';
  let position = start;
  for (const edit of own) {
    result += text.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  result += text.slice(position, end);
  return result.replace(/^(?:[ \t]*\r?\n)+/, '').trimEnd() + lineBreak;
}

/** The edit that gives a string in the text another value, in the same kind of quotes where they can hold it. */
export function setString({ text, places }: TomlText, path: TomlPath, value: string): Edit[] {
  const node = places.get(path);
  if (node?.type !== 'TOMLValue' || node.kind !== 'string' || node.value === value) return [];
  const { range } = node;
  const quote = text[range[0]] === "'" ? "'" : '"';
  return [{ start: range[0], end: range[1], text: escapeString(value, quote) }];
}

/** The edit that puts a line below a part's header. */
export function addLine({ text, lineBreak }: TomlText, { header }: Part, line: string): Edit {
  const at = header[1] + (/[^\r\n]*/.exec(text.slice(header[1]))?.[0].length ?? 0);
  return { start: at, end: at, text: lineBreak + line };
}

/** The edit that gives a part another header. */
export function setHeader({ text }: TomlText, part: Part, dropped: number, name: string, isArray: boolean): Edit {
  const [start, end] = part.header;
  const rest = part.names.slice(dropped);
  const [first] = rest;
  const kept = first ? text.slice(first[0], rest.at(-1)?.[1]) : '';
  const inner = [name, kept].filter((each) => each !== '').join('.');
  return { start, end, text: isArray ? `[[${inner}]]` : `[${inner}]` };
}

/** A text if it says what it should; else one that does, without comments: a table may be written in many ways. */
export function verified(text: string, expected: TomlTable, lineBreak: string): string {
  const plain = stringify(expected);
  try {
    if (isDeepStrictEqual(parse(text), parse(plain))) return text;
  } catch {
    // Not even TOML: the table was written inline.
  }
  return `${plain.trimEnd()}\n`.replaceAll('\n', lineBreak);
}
