import { VenvstacksError } from '../errors';
import type { Layer } from '../stack';
import { secretsOf, shownWords } from './credentials';
import { indent, limitsOf, runProcess, unusualEnd, type ProcessResult } from './process';
import type { UvTool } from './uv-tool';

/**
 * Runs uv for a layer. It ends by itself, whatever its exit code, or is an error.
 *
 * @param asked where it looks for packages, for the message
 * @throws {VenvstacksError} `uv`
 */
export async function runUv(
  layer: Layer,
  uv: UvTool,
  args: readonly string[],
  asked: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<ProcessResult> {
  const limits = limitsOf(uv.timeout);
  let result: ProcessResult;
  try {
    result = await runProcess(uv.path, args, { ...options, limits });
  } catch (error) {
    throw new VenvstacksError('uv', `uv could not be started: ${(error as Error).message}`, {
      layer: layer.envName,
      hint: `It was there a moment ago: ${uv.path} is ${uv.version}.`,
    });
  }
  const end = unusualEnd(result, limits);
  if (end === undefined) return result;
  const words = shownWords(result.stderr, secretsOf(options.env, layer)).trim();
  const said = words === '' ? '' : `. It had said:\n${indent(words)}`;
  throw new VenvstacksError('uv', `uv did not end by itself: 'uv ${args[0] ?? ''}' ${end}${said}`, {
    layer: layer.envName,
    hint: whatToDo(result, asked),
  });
}

function whatToDo({ beyond, signal }: ProcessResult, asked: string): string {
  if (beyond === 'seconds')
    return `It gets packages from ${asked}. If that takes so long, raise the plugin's option uv.timeout.`;
  if (beyond === 'bytes') return 'uv says no such thing: is it uv that runs there?';
  return signal === 'SIGKILL'
    ? 'If nobody ended it, the system did, as it does where memory runs out.'
    : 'Run it again.';
}
