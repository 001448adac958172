/** A command of a page, and what the page says it prints. */
export interface Step {
  readonly command: string;
  readonly output: string;
}

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

const FENCE = /^```(\w+)\n([^]*?)^```$/gm;

/** The fenced blocks of a page, or of a part of one, in order. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(FENCE)].map(([, language = '', text = '']) => ({ language, text }));
}

/** The part of a page below a heading, up to the next of its level. */
export function sectionOf(markdown: string, heading: string): string {
  const start = markdown.indexOf(`\n${heading}\n`);
  if (start === -1) throw new Error(`the page has no heading ${heading}`);
  const level = /^#+/.exec(heading)?.[0] ?? '';
  const end = markdown.indexOf(`\n${level} `, start + heading.length);
  return markdown.slice(start + 1, end === -1 ? undefined : end + 1);
}

/** The steps of a `console` block: lines with a `$` are commands, those after them what they print. */
export function stepsOf({ text }: Block): Step[] {
  return text
    .split(/^\$ /m)
    .filter((part) => part !== '')
    .map((part) => {
      const [command = '', ...output] = part.split('\n');
      return { command, output: output.join('\n').trimEnd() };
    });
}

/** A page with other texts in its `console` blocks, one for each. */
export function withConsole(markdown: string, texts: readonly string[]): string {
  const rest = [...texts];
  return markdown.replace(FENCE, (block, language: string) =>
    language === 'console' ? `\`\`\`console\n${rest.shift() ?? ''}\`\`\`` : block,
  );
}

/** The text of a `console` block; an empty line after what a command prints. */
export function formatSteps(steps: readonly Step[]): string {
  const texts = steps.map(({ command, output }) => `$ ${command}\n${output === '' ? '' : `${output}\n\n`}`);
  return `${texts.join('').trimEnd()}\n`;
}
