import { compareCodePoints } from '../stack';

/** Plain data, as JSON holds it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON with keys in code-point order, compact or indented by two spaces. Built by hand: `JSON.stringify` puts keys that
 * look like numbers first.
 */
export function canonicalJson(value: Json, layout: 'compact' | 'indented' = 'compact'): string {
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

/** Whether two values are equal as JSON, whatever the order of their keys. */
export function jsonEqual(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
