import { parse, TomlError, type TomlTable } from 'smol-toml';
import { AS_ON_DISK } from './overlay';
import { isDeeperThan } from './depth';
import type { Problem } from './problem';
import { LIMITS, readBytes } from './read-file';
import { strictParser, tomlPlaces, type TomlPath, type TomlPlaces } from './toml-places';

/** A parsed TOML file with the places of its keys. */
export interface TomlFile {
  readonly file: string;
  readonly table: TomlTable;
  /** Line and column (1-based) of a key's value, or of the nearest thing around it that is in the file. */
  readonly locate: (path: TomlPath) => { line: number; column: number } | undefined;
}

/** Reads a TOML 1.0 file in UTF-8; the problem, if it is not one or cannot be read. */
export function readTomlFile(file: string, overlay = AS_ON_DISK): TomlFile | Problem {
  const draft = overlay.get(file);
  if (typeof draft === 'string') return parseTomlFile(file, Buffer.from(draft));
  let bytes: Buffer;
  try {
    bytes = readBytes(file, LIMITS.definition);
  } catch (error) {
    return { file, message: `cannot be read: ${(error as Error).message}` };
  }
  return parseTomlFile(file, bytes);
}

/** Whether reading gave a problem. */
export function isProblem(value: TomlFile | Problem): value is Problem {
  return 'message' in value;
}

function parseTomlFile(file: string, bytes: Uint8Array): TomlFile | Problem {
  let text: string;
  try {
    // As Python's tomllib does: a value of several lines is the same where git has turned the file's line ends.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replaceAll('\r\n', '\n');
  } catch {
    return {
      file,
      message: 'not UTF-8',
      hint: 'TOML files are UTF-8: save it with that encoding.',
      ...positionOfInvalidUtf8(bytes),
    };
  }
  if (text.startsWith('\uFEFF')) {
    return {
      file,
      line: 1,
      column: 1,
      message: 'TOML: begins with a byte order mark',
      hint: 'Save it as UTF-8 without BOM.',
    };
  }
  try {
    const table = parse(text);
    if (isDeeperThan(table, DEEPEST)) return { file, message: `TOML: nested deeper than ${DEEPEST} levels` };
    // Our library also reads TOML 1.1, which venvstacks does not.
    const strict = mayUseNewerSyntax(text) ? checkStrictly(file, text) : undefined;
    return strict ?? { file, table, locate: locator(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [message = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    const hint = /^<{7}(?: |$)/m.test(text) ? 'It has the markers of a merge conflict: settle that first.' : undefined;
    return { file, line: error.line, column: error.column, message: `TOML syntax: ${message}`, hint };
  }
}

/** Deeper than any definition, and far from what the stack of calls could hold. */
const DEEPEST = 100;

function positionOfInvalidUtf8(bytes: Uint8Array): { line: number; column: number } {
  let valid = 0;
  let invalid = bytes.length;
  const decodes = (length: number) => {
    try {
      // `stream` forgives a character that is cut off at the end.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (decodes(middle)) valid = middle;
    else invalid = middle;
  }
  const before = new TextDecoder().decode(bytes.subarray(0, valid)).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/**
 * Whether a text may hold `\e` or `\x`, an inline table with a comma at its end or over several lines, or a time without
 * seconds. Too often yes does no harm: then the strict parser is asked.
 */
function mayUseNewerSyntax(text: string): boolean {
  if (/\\[ex]|,\s*\}|^[ \t]*[,}]|(?<!\d:|[+-])\d\d:\d\d(?!:\d)/m.test(text)) return true;
  return text.split('\n').some((line) => {
    const open = line.indexOf('{');
    return open >= 0 && (line.lastIndexOf('}') < line.lastIndexOf('{') || /,[ \t]*(?:#|$)/.test(line.slice(open)));
  });
}

function checkStrictly(file: string, text: string): Problem | undefined {
  try {
    strictParser().parseTOML(text, { tomlVersion: '1.0' });
    return undefined;
  } catch (error) {
    // It has the characters of a string on the stack of calls.
    if (error instanceof RangeError) return { file, message: 'TOML: holds a string that is too long to be read' };
    if (!isParseError(error)) throw error;
    // The parser's columns begin at 0.
    return { file, line: error.lineNumber, column: error.column + 1, message: `TOML syntax: ${error.message}` };
  }
}

function isParseError(error: unknown): error is Error & { lineNumber: number; column: number } {
  return error instanceof strictParser().ParseError;
}

function locator(text: string): TomlFile['locate'] {
  let places: TomlPlaces | undefined;
  return (path) => {
    places ??= tomlPlaces(text);
    for (let length = path.length; length > 0; length--) {
      const place = places.get(path.slice(0, length));
      if (place) return { line: place.loc.start.line, column: place.loc.start.column + 1 };
    }
    return undefined;
  };
}
