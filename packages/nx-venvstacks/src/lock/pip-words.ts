import { readFile } from 'node:fs/promises';
import { secretsOf, shownWords } from './credentials';
import { unusualEnd, type Limits, type ProcessResult } from './process';

/**
 * Why pip failed, in its own words: where it looked and what it met there is only in its log, a defect of pip's is told
 * without its trace.
 *
 * @param log the log's path; it need not be there
 */
export async function wordsOfPip(
  result: ProcessResult,
  log: string,
  limits: Limits,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const logged = await readFile(log, 'utf8').catch(() => '');
  const met = [...logged.matchAll(/^\S+ ((?:Looking in|Could not fetch URL) .*)$/gm)].map(([, line = '']) => line);
  const said = result.stderr.replaceAll(/^Traceback \(most recent call last\):\n(?:\s.*\n)*/gm, '').trim();
  const end = unusualEnd(result, limits);
  const lines = [...new Set(met), said, end === undefined ? '' : `pip ${end}`];
  return shownWords(lines.filter((line) => line !== '').join('\n'), secretsOf(env));
}
