import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, realpathSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { isInside } from '../stack';
import type { Command } from './command';

/** Programs of the system, which answer within this many milliseconds or not at all. */
const PATIENCE = 3000;

/**
 * Writes a text to the terminal of a command, if that is found beyond doubt: macOS tells by `ps` and `lsof`, and leads to
 * no pipe of another process.
 *
 * @returns whether it was written
 */
export async function writeToTerminalOnMac(text: string, command: Command): Promise<boolean> {
  const [client, ...others] = await findCandidates(command);
  if (client === undefined || others.length > 0) return false;
  const { cwd, output } = await openFilesOf(client);
  if (cwd === undefined || !isInside(cwd, realpathSync(command.workspaceRoot)) || output === undefined) return false;
  const { O_WRONLY, O_APPEND, O_NOCTTY, O_NONBLOCK } = constants;
  const terminal = openSync(output, O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK);
  try {
    writeSync(terminal, text);
    return true;
  } finally {
    closeSync(terminal);
  }
}

/** Processes of this user that Node runs with the words of the command. */
async function findCandidates({ argv }: Command): Promise<string[]> {
  const words = ` ${argv.slice(1).join(' ')}`;
  const lines = (await answerOf('ps', ['-axww', '-o', 'pid=,uid=,command='])).split('\n');
  return lines.flatMap((line) => {
    const [, id = '', user = '', started = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    const isNode = /^(?:\S*\/)?node(?: -\S+)*$/.test(started.slice(0, -words.length));
    return isNode && started.endsWith(words) && Number(user) === process.getuid?.() ? [id] : [];
  });
}

/** Where a process is, and the terminal that is its output, if one is. */
async function openFilesOf(id: string): Promise<{ cwd: string | undefined; output: string | undefined }> {
  const answer = await answerOf('lsof', ['-a', '-p', id, '-d', 'cwd,1', '-F', 'ftn']);
  const files = new Map(
    [...answer.matchAll(/^f(.+)\nt(.+)\nn(.+)$/gm)].map(([, file, type, name]) => [file, { type, name }]),
  );
  const output = files.get('1');
  const isTerminal = output?.type === 'CHR' && /^\/dev\/(?:tty|pts\/)\w+$/.test(output.name ?? '');
  return { cwd: files.get('cwd')?.name, output: isTerminal ? output.name : undefined };
}

async function answerOf(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { timeout: PATIENCE, maxBuffer: 2 ** 25 });
  return stdout;
}
