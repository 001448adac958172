import { canonicalJson, hashBytes, parseRecordFile } from '../lock/judging';

/** What a layer's record says of its number. */
export type Standing =
  | { readonly kind: 'absent' }
  /** A merge conflict, or no record at all. */
  | { readonly kind: 'unclear' }
  /** venvstacks wrote it, which does not say whether the layer has a number. */
  | { readonly kind: 'foreign'; readonly number: number }
  | { readonly kind: 'numbered'; readonly envName: string; readonly number: number }
  /** Without a number, what moves is the contents: by their hash. */
  | { readonly kind: 'unnumbered'; readonly envName: string; readonly contents: string };

/** How things stand by the text of a record, undefined where there is none. */
export function standingOf(text: string | undefined): Standing {
  const parsed = parseRecordFile(text);
  if (parsed.kind === 'absent') return { kind: 'absent' };
  if (parsed.kind === 'foreign') return { kind: 'foreign', number: parsed.record.lock_version };
  if (parsed.kind !== 'ours') return { kind: 'unclear' };
  const { lock_version: number, inputs } = parsed.record;
  const { env_name: envName } = inputs.contents;
  if (inputs.versioned) return { kind: 'numbered', envName, number };
  return { kind: 'unnumbered', envName, contents: hashBytes(canonicalJson({ ...inputs.contents })) };
}
