import { endOfLine } from './lines';

/** Whether a line of a TOML text holds nothing but a comment. */
export function isComment(line: string): boolean {
  return /^[ \t]*#/.test(line);
}

/**
 * Where a table of a TOML text ends, with the comments directly below that belong to it: those that a blank line or the
 * end of the text sets off. What runs on to the next table heads that one.
 *
 * @param offset the end of the table's last value
 */
export function endWithComments(text: string, offset: number): number {
  const own = endOfLine(text, offset);
  let end = own;
  while (end < text.length) {
    const next = endOfLine(text, end);
    const line = text.slice(end, next);
    if (!isComment(line)) return line.trim() === '' ? end : own;
    end = next;
  }
  return end;
}
