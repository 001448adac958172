/** A TOML string, in the quotes that are asked for unless the others spare escapes. */
export function escapeString(text: string, quote: '"' | "'"): string {
  const isPlain = !/[\u0000-\u001f\u007f]/.test(text);
  const needsEscape = /["\\]/.test(text);
  if (isPlain && !text.includes("'") && (quote === "'" || needsEscape)) return `'${text}'`;
  const escaped = text
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll(/[\u0000-\u001f\u007f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped}"`;
}
