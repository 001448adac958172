import { escapeString } from '../toml-string';

/** A layer's table: fields in the order in which they are written. */
export type LayerTable = Readonly<Record<string, string | boolean | readonly string[]>>;

/** How a file is written. */
export interface TextStyle {
  readonly quote: '"' | "'";
  readonly lineEnd: '\n' | '\r\n';
}

export const PLAIN_STYLE: TextStyle = { quote: '"', lineEnd: '\n' };

/** Longer arrays get one entry a line. */
const LINE_LENGTH = 88;

/**
 * A table as a person writes it.
 *
 * @param header `[runtime]` or `[[runtimes]]`
 * @returns its lines, the last one ended, too
 */
export function tableText(header: string, table: LayerTable, style: TextStyle): string {
  const fields = Object.entries(table).flatMap(([key, value]) => fieldLines(key, value, style));
  return [header, ...fields].map((line) => line + style.lineEnd).join('');
}

function fieldLines(key: string, value: LayerTable[string], style: TextStyle): string[] {
  if (typeof value === 'string') return [`${key} = ${escapeString(value, style.quote)}`];
  if (typeof value === 'boolean') return [`${key} = ${value}`];
  const entries = value.map((entry) => escapeString(entry, style.quote));
  const line = `${key} = [${entries.join(', ')}]`;
  return line.length <= LINE_LENGTH ? [line] : [`${key} = [`, ...entries.map((entry) => `    ${entry},`), ']'];
}
