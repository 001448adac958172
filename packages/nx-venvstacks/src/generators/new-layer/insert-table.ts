import { isDeepStrictEqual } from 'node:util';
import { parse, TomlError } from 'smol-toml';
import { KINDS, type LayerKind } from '../../stack';
import { tableText, type LayerTable } from './layer-text';
import { refuse } from './refuse';
import { readOutline } from './toml-outline';

/**
 * Adds a layer's table to the text of a `venvstacks.toml`: after the last of its kind, else where a table of its kind
 * belongs. Nothing of the old text is touched, and the result is parsed again and compared.
 *
 * @param text TOML that can be read
 * @throws {VenvstacksError} for a file whose layers are no tables that one more could follow
 */
export function insertTable(text: string, kind: LayerKind, table: LayerTable): string {
  const key = KINDS[kind].stackTable;
  const outline = readOutline(text);
  const { position, blankLines, style } = outline.placeFor(kind);
  const own = tableText(`[[${key}]]`, table, style);
  if (outline.isInline(key)) {
    refuse(
      `its ${key} are written as one array, '${key} = [...]', to which no table can be added`,
      `Write each of them as a table [[${key}]], or add this one to the array yourself:\n${own.trimEnd()}`,
    );
  }

  const [before, after] = [text.slice(0, position), text.slice(position)];
  const { lineEnd } = style;
  const endsLine = before === '' || before.endsWith('\n');
  const missingBefore = before.trim() === '' ? 0 : blankLines - blankLinesAtEnd(before);
  const isLast = after.trim() === '';
  const missingAfter = isLast ? 0 : blankLines - blankLinesAtStart(after);
  const inserted =
    (endsLine ? '' : lineEnd) +
    lineEnd.repeat(Math.max(0, missingBefore)) +
    // A file without a line end at its end keeps it that way.
    (endsLine ? own : own.slice(0, -lineEnd.length)) +
    lineEnd.repeat(Math.max(0, missingAfter));
  const result = before + inserted + after;

  const old = parse(text);
  const layers = (old[key] ?? []) as unknown[];
  if (!says(result, { ...old, [key]: [...layers, table] })) {
    refuse('the file is written in a way that no table can be added to', `Add it yourself:\n${own.trimEnd()}`);
  }
  return result;
}

function says(text: string, expected: object): boolean {
  try {
    return isDeepStrictEqual(plain(parse(text)), plain(expected));
  } catch (error) {
    if (error instanceof TomlError) return false;
    throw error;
  }
}

/** The same value of plain objects: the parser's tables have no prototype. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

function blankLinesAtEnd(text: string): number {
  const lines = text.split('\n').slice(0, -1);
  return lines.length - 1 - lines.findLastIndex((line) => line.trim() !== '');
}

function blankLinesAtStart(text: string): number {
  return text.split('\n').findIndex((line) => line.trim() !== '');
}
