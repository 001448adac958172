/** Entries of a list in YAML, each on a line. */
export function yamlList(entries: readonly string[], indentation: number): string {
  return entries.map((entry) => `${' '.repeat(indentation)}- ${yamlText(entry)}\n`).join('');
}

/** A text in YAML, on one line. One that means something else to YAML is put into quotes. */
export function yamlText(text: string): string {
  return /^[A-Za-z](?:[\w./ @-]*[\w./@-])?$/.test(text) && !/^(?:true|false|yes|no|on|off|null|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
