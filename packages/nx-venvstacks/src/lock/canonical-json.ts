import { compareCodePoints } from '../stack';

/** Plain data, as JSON holds it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** JSON with keys in code-point order, compact or indented by two spaces. */
export function canonicalJson(value: Json, layout: 'compact' | 'indented' = 'compact'): string {
  return JSON.stringify(sortKeys(value), null, layout === 'indented' ? 2 : undefined);
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Record<string, Json>);
  return Object.fromEntries(
    entries.sort(([a], [b]) => compareCodePoints(a, b)).map(([key, each]) => [key, sortKeys(each)]),
  );
}

/** Whether two values are equal as JSON, whatever the order of their keys. */
export function jsonEqual(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
