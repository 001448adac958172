import { readFileSync, writeFileSync } from 'node:fs';
import { devDependencies } from '../../package.json';
import type { Workspace } from './workspace';

/** A command of a page, and what the page says it prints. */
export interface Step {
  readonly command: string;
  readonly output: string;
}

/** A step that was done. */
export interface Ran extends Step {
  readonly code: number | null;
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

/** The part of a page below a heading, up to the next of its level or above. */
export function sectionOf(markdown: string, heading: string): string {
  const start = markdown.indexOf(`\n${heading}\n`);
  if (start === -1) throw new Error(`the page has no heading ${heading}`);
  const level = heading.indexOf(' ');
  // A single # begins a page, or a comment in a block.
  const rest = markdown.slice(start + 1);
  const end = rest.slice(heading.length).search(new RegExp(`^#{2,${level}} `, 'm'));
  return end === -1 ? rest : rest.slice(0, heading.length + end);
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

/**
 * Follows a section of a page: runs the commands of its `console` blocks, and compares the section with what they print.
 * `UPDATE_DOCS=1` writes that into the page instead. Tells how long each took.
 *
 * @param page path of a Markdown file
 */
export async function follow(page: string, heading: string, workspace: Workspace): Promise<Ran[]> {
  const whole = readFileSync(page, 'utf8');
  const section = sectionOf(whole, heading);
  const ran: Ran[] = [];
  const texts: string[] = [];
  for (const block of blocksOf(section).filter(({ language }) => language === 'console')) {
    const steps: Ran[] = [];
    for (const { command } of stepsOf(block)) steps.push(await runStep(command, workspace));
    texts.push(formatSteps(steps));
    ran.push(...steps);
  }
  const shown = withConsole(section, texts);
  if (process.env.UPDATE_DOCS)
    writeFileSync(
      page,
      whole.replace(section, () => shown),
    );
  else expect(section).toBe(shown);
  return ran;
}

/** Runs a command of a page. */
export async function runStep(command: string, workspace: Workspace): Promise<Ran> {
  const start = performance.now();
  // A page names Nx's major version only; what is tested with is a version of that.
  const exact = command.replace(/^npx nx@24 /, `npx nx@${devDependencies.nx} `);
  const { code, output } = await workspace.shell(exact);
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s  ${command}\n`);
  return { command, code, output: normalized(output) };
}

/** Without what differs from run to run, how long it took and in which order Nx names projects; and without empty lines in a row. */
function normalized(output: string): string {
  return output
    .replace(/^(?:- .*\n)+/gm, (list) => `${list.trimEnd().split('\n').sort().join('\n')}\n`)
    .replace(/^ +(?:Run duration|Cache|Critical path|Recoverable time): .*\n/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

/** The n-th run of a command, by how it begins. */
export function nth(ran: readonly Ran[], command: string, n = 0): Ran {
  const found = ran.filter((each) => each.command.startsWith(command))[n];
  if (!found) throw new Error(`the page does not run ${command} so often`);
  return found;
}
