/** Entries of a list in YAML, each on a line. Texts that mean something else to YAML are put into quotes. */
export function yamlList(entries: readonly string[], indentation: number): string {
  return entries.map((entry) => `${' '.repeat(indentation)}- ${scalar(entry)}\n`).join('');
}

function scalar(text: string): string {
  return /^[A-Za-z][\w./ @-]*$/.test(text) && !/^(?:true|false|yes|no|on|off|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
