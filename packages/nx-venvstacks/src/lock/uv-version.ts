import { existsSync } from 'node:fs';
import { secretsOf, shownWords } from './credentials';
import { limitsOf, runProcess, unusualEnd, type ProcessResult } from './process';

/** Seconds within which a uv has to say its version: a started one takes none. */
const SECONDS = 60;

/** What came of asking a program for its version. */
export type VersionAnswer =
  | { readonly version: string }
  /** Why it is no uv; undefined where there is no such program. */
  | { readonly version: undefined; readonly reason: string | undefined };

/** Asks a program whether it is uv, and of which version. @param seconds that it has at most */
export async function askVersion(path: string, env: NodeJS.ProcessEnv, seconds: number): Promise<VersionAnswer> {
  const limits = limitsOf(Math.min(seconds, SECONDS));
  let result: ProcessResult;
  try {
    result = await runProcess(path, ['--version'], { env, limits });
  } catch (error) {
    return { version: undefined, reason: whyNotStarted(path, error as NodeJS.ErrnoException) };
  }
  const version = result.code === 0 ? /^uv (\d+\.\d+\.\d+)/.exec(result.stdout)?.[1] : undefined;
  if (version !== undefined) return { version };
  const end = unusualEnd(result, limits);
  if (end !== undefined) return { version: undefined, reason: `'uv --version' ${end}` };
  const said = (result.stdout.trim() || result.stderr.trim()).split('\n')[0] ?? '';
  const words = shownWords(said.slice(0, 100), secretsOf(env));
  const code = result.code === 0 ? '' : ` with exit code ${String(result.code)}`;
  const what = words === '' ? 'nothing' : `'${words}'`;
  return { version: undefined, reason: `'uv --version' ended${code}, and said ${what}` };
}

function whyNotStarted(path: string, { code, message }: NodeJS.ErrnoException): string | undefined {
  if (code === 'EACCES') return 'it may not be executed';
  if (code !== 'ENOENT') return `it cannot be started (${message})`;
  return /[/\\]/.test(path) && existsSync(path) ? 'what it names to be run by is not there' : undefined;
}
