import { relative } from 'node:path';

/** One thing that is wrong in a definition file, or that deserves a warning. */
export interface Problem {
  /** Absolute path of the file. */
  readonly file: string;
  /** 1-based, where TOML has them. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** As the user knows it: `application clustering-demo`. */
  readonly layer?: string | undefined;
  /** The key in question, `requirements`. */
  readonly field?: string | undefined;
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string | undefined;
}

/**
 * Problems as text, one paragraph each: `file:line:column: layer: field: what is wrong`, below it what to do.
 *
 * @param base the folder from which paths are shown
 * @param most how many of them, and of how many more it is told that they are there
 */
export function formatProblems(problems: readonly Problem[], base: string, most = Infinity): string {
  const more = problems.length - most;
  return [
    ...problems.slice(0, most).map((problem) => formatProblem(problem, base)),
    ...(more > 0 ? [`… and ${more} more, which 'npx nx-venvstacks show' lists`] : []),
  ].join('\n');
}

function formatProblem(problem: Problem, base: string): string {
  const position = [problem.line, problem.column].filter((part) => part !== undefined);
  const place = [relative(base, problem.file).replaceAll('\\', '/') || problem.file, ...position].join(':');
  const subject = [place, problem.layer, problem.field].filter((part) => part !== undefined).join(': ');
  const text = `${subject}: ${problem.message}` + (problem.hint === undefined ? '' : `\n  ${problem.hint}`);
  return text.split('\n').map(shorten).join('\n');
}

/** What somebody wrote may be of any length; a message has it to find the place. */
function shorten(line: string): string {
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

const LONGEST = 1000;
