import { compareCodePoints } from '../stack';

/** Plain data, as JSON holds it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON with keys in code-point order, compact or indented by two spaces. Built by hand: `JSON.stringify` puts keys that
 * look like numbers first.
 */
export function canonicalJson(value: Json, layout: 'compact' | 'indented' = 'compact'): string {
  // What was read from a text of ours has its keys in order already.
  if (layout === 'compact' && isInOrder(value)) return JSON.stringify(value);
  return format(value, layout === 'indented' ? '\n' : '');
}

/** @param lineBreak with the indentation of the line that the value begins in; empty for compact */
function format(value: Json, lineBreak: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = lineBreak && `${lineBreak}  `;
  const isList = Array.isArray(value);
  const items = isList
    ? (value as readonly Json[]).map((each) => format(each, inner))
    : Object.entries(value as Record<string, Json>)
        .sort(([a], [b]) => compareCodePoints(a, b))
        .map(([key, each]) => `${JSON.stringify(key)}:${lineBreak && ' '}${format(each, inner)}`);
  const [open, close] = isList ? '[]' : '{}';
  if (items.length === 0) return `${open}${close}`;
  return `${open}${inner}${items.join(`,${inner}`)}${lineBreak}${close}`;
}

/** Whether the keys of an object, and of those in it, come in code-point order. */
function isInOrder(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return (value as readonly Json[]).every(isInOrder);
  let last: string | undefined;
  for (const [key, each] of Object.entries(value as Record<string, Json>)) {
    if ((last !== undefined && compareCodePoints(last, key) > 0) || !isInOrder(each)) return false;
    last = key;
  }
  return true;
}

/** Whether two values are equal as JSON, whatever the order of their keys. */
export function jsonEqual(a: Json, b: Json): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [mine, theirs] = [a, b] as [Record<string, Json>, Record<string, Json>];
  const keys = Object.keys(mine);
  if (keys.length !== Object.keys(theirs).length) return false;
  return keys.every((key) => Object.hasOwn(theirs, key) && jsonEqual(mine[key] as Json, theirs[key] as Json));
}
