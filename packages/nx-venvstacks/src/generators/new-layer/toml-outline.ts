import type { AST } from 'toml-eslint-parser';
import { KINDS, tomlPlaces, type LayerKind } from '../../stack';
import { lineBreakOf, startOfLine } from '../lines';
import { endWithComments, isComment } from '../toml-comments';
import { PLAIN_STYLE, type TextStyle } from './layer-text';

/** Where a new table goes, and how it is to be written there. */
export interface TablePlace {
  /** Offset in the text, at the start of a line or at the end of the text. */
  readonly position: number;
  /** Blank lines between it and its neighbours. */
  readonly blankLines: number;
  readonly style: TextStyle;
}

/** How a `venvstacks.toml` is laid out: its tables, with the comments that belong to them. */
export interface Outline {
  /** Whether layers of a kind are written as an array of inline tables. */
  readonly isInline: (key: string) => boolean;
  readonly placeFor: (kind: LayerKind) => TablePlace;
}

const ORDER: readonly LayerKind[] = ['runtime', 'framework', 'application'];

/** A table, or a key above all tables. */
interface Block {
  readonly key: string;
  readonly node: AST.TOMLTable | AST.TOMLKeyValue;
  /** Offsets of its first and after its last line, with the comments that stand directly above and below. */
  readonly start: number;
  readonly end: number;
}

/** Reads the layout. @param text TOML that can be read */
export function readOutline(text: string): Outline {
  const blocks = readBlocks(text);

  return {
    isInline: (key) => blocks.some((block) => block.key === key && block.node.type === 'TOMLKeyValue'),
    placeFor: (kind) => {
      const own = blocksOf(kind);
      const position = own.at(-1)?.end ?? placeOfFirst(kind);
      // What follows a table's header belongs to that table: keys above all tables must stay above.
      const keys = blocks.findLast(({ node }) => node.type === 'TOMLKeyValue');
      return {
        position: Math.max(position, keys?.end ?? 0),
        blankLines: blankLinesBetween(own.length ? own : blocks),
        style: { quote: quoteOf(own.length ? own : blocks), lineEnd: lineBreakOf(text) },
      };
    },
  };

  function blocksOf(kind: LayerKind): Block[] {
    return blocks.filter(({ key }) => key === KINDS[kind].stackTable);
  }

  /** Runtimes, frameworks, applications, the rest. */
  function placeOfFirst(kind: LayerKind): number {
    const index = ORDER.indexOf(kind);
    const lower = ORDER.slice(0, index).findLast((each) => blocksOf(each).length);
    const start = lower === undefined ? 0 : (blocksOf(lower).at(-1)?.end ?? 0);
    const next = blocks.find((block) => block.start >= start)?.start ?? text.length;
    return endOfHeading(kind, start, next) ?? (lower === undefined ? next : start);
  }

  /** A comment that announces layers of a kind where none are yet: `# --- Frameworks ---`. */
  function endOfHeading(kind: LayerKind, start: number, end: number): number | undefined {
    let offset = start;
    let found: number | undefined;
    for (const line of text.slice(start, end).split(/(?<=\n)/)) {
      offset += line.length;
      if (!isComment(line)) {
        if (found !== undefined) return found;
      } else if (found !== undefined || new RegExp(`\\b${kind}s?\\b`, 'i').test(line)) {
        found = offset;
      }
    }
    return found;
  }

  function blankLinesBetween(candidates: readonly Block[]): number {
    const pair = candidates.findLast((block, index) => index > 0 && isArrayTable(block));
    if (!pair) return 1;
    const above = text.slice(0, pair.start).split('\n').slice(0, -1);
    return Math.min(2, above.length - 1 - above.findLastIndex((line) => line.trim() !== ''));
  }
}

function isArrayTable({ node }: Block): boolean {
  return node.type === 'TOMLTable' && node.kind === 'array';
}

function readBlocks(text: string): Block[] {
  const { keys, tables } = tomlPlaces(text);
  let previousEnd = 0;
  return [...keys, ...tables].map((node) => {
    const [start, end] = node.range;
    const block: Block = {
      key: firstKey(node),
      node,
      start: startWithComments(text, start, previousEnd),
      end: endWithComments(text, end),
    };
    previousEnd = block.end;
    return block;
  });
}

function firstKey(node: AST.TOMLTable | AST.TOMLKeyValue): string {
  const [first] = node.key.keys;
  return first?.type === 'TOMLBare' ? first.name : (first?.value ?? '');
}

/** Comment lines directly above belong to what they stand on. @param limit where something else ends */
function startWithComments(text: string, offset: number, limit: number): number {
  let start = startOfLine(text, offset);
  while (start > limit) {
    const above = startOfLine(text, start - 1);
    if (!isComment(text.slice(above, start))) break;
    start = above;
  }
  return start;
}

/** The quotes of the last table, if it uses but one kind of them. */
function quoteOf(blocks: readonly Block[]): TextStyle['quote'] {
  const last = blocks.findLast(isArrayTable)?.node;
  if (last?.type !== 'TOMLTable') return PLAIN_STYLE.quote;
  const values = last.body.flatMap(({ value }) => (value.type === 'TOMLArray' ? value.elements : [value]));
  const styles = new Set(
    values.flatMap((value) => (value.type === 'TOMLValue' && value.kind === 'string' ? [value.style] : [])),
  );
  return styles.size === 1 && styles.has('literal') ? "'" : PLAIN_STYLE.quote;
}
