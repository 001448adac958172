/**
 * Requirements from a list that Nx split at every comma: `numpy>=2,<3` arrives as `numpy>=2` and `<3`. A fragment that
 * cannot begin a requirement belongs to the one before, as does whatever comes before a bracket or quote is closed.
 */
export function readRequirements(fragments: readonly string[]): string[] {
  const requirements: string[] = [];
  for (const fragment of fragments) {
    const last = requirements.at(-1);
    const continues = last !== undefined && (isOpen(last) || !/^\s*(?:[\p{L}\p{N}_]|$)/u.test(fragment));
    if (continues) requirements[requirements.length - 1] = `${last},${fragment}`;
    else requirements.push(fragment);
  }
  return requirements.map((requirement) => requirement.trim()).filter((requirement) => requirement !== '');
}

/** Whether a bracket or a quote of a text is still to be closed. */
function isOpen(text: string): boolean {
  let depth = 0;
  let quote: string | undefined;
  for (const character of text) {
    if (quote !== undefined) quote = character === quote ? undefined : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '[' || character === '(') depth++;
    else if (character === ']' || character === ')') depth--;
  }
  return quote !== undefined || depth > 0;
}
