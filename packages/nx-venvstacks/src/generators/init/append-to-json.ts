import { createScanner, type Node } from 'jsonc-parser';
import { lineBreakOf, startOfLine } from '../lines';

/**
 * Appends an element to a list, or a property to an object, in a text that may have comments and trailing commas. Every
 * character that is there stays, and in its place. (`modify` of jsonc-parser lays out anew what is around, and hands
 * comments on to the next element.)
 *
 * @param container the list or the object, of this very text
 * @param addition the element, or the property with its key, on one line
 */
export function appendToJson(text: string, container: Node, addition: string): string {
  const { offset, length } = container;
  const last = container.children?.at(-1);
  const endOfLast = last ? last.offset + last.length : offset + 1;
  const endOfContent = text.slice(0, offset + length - 1).trimEnd().length;
  const hasComma = last !== undefined && isCommaAt(text, endOfLast);

  const content = text.slice(endOfLast, endOfContent);
  const inside = text.slice(offset, offset + length);
  const lead = inside.includes('\n')
    ? lineBreakOf(text) + indentationAt(text, last?.offset ?? offset) + (last ? '' : indentationUnit(text))
    : inside === '[]'
      ? ''
      : ' ';
  return [
    text.slice(0, endOfLast),
    last && !hasComma ? ',' : '',
    content,
    lead,
    addition,
    hasComma ? ',' : '',
    inside === '{}' ? ' ' : '',
    text.slice(endOfContent),
  ].join('');
}

/** Whether a comma is the next that counts: spaces and comments do not. */
function isCommaAt(text: string, position: number): boolean {
  const scanner = createScanner(text, true);
  scanner.setPosition(position);
  scanner.scan();
  return text[scanner.getTokenOffset()] === ',';
}

/** What the line of a position begins with. */
function indentationAt(text: string, position: number): string {
  const line = text.slice(startOfLine(text, position));
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** One step of indentation: that of the first line that has any. */
function indentationUnit(text: string): string {
  return /^(?:\t| {2,})/m.exec(text)?.[0] ?? '  ';
}
