import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  writeSync,
} from 'node:fs';
import { uptime } from 'node:os';
import { resolve } from 'node:path';
import { isInside } from '../stack';
import type { Command } from './command';

/** Writes a text to the output of a command, if it is found beyond doubt. @returns whether it was written */
export function writeToClientOnLinux(text: string, command: Command): boolean {
  const [client, ...others] = findClients(command);
  return (
    client !== undefined && others.length === 0 && append(text, `/proc/${client}/fd/1`, `/proc/${client}/fdinfo/1`)
  );
}

/** The processes that are a command, by what the system tells of them: two, if the same was typed at two terminals. */
export function findClients(command: Command): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => {
      try {
        return isClient(id, command);
      } catch {
        // It has ended, or is another user's.
        return false;
      }
    });
}

function isClient(id: number, { workspaceRoot, argv, startTime }: Command): boolean {
  const words = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const [program = '', script = '', ...rest] = argv;
  const scriptAt = words.length - rest.length - 1;
  if (scriptAt < 1 || words.slice(scriptAt + 1).join('\0') !== rest.join('\0')) return false;
  const folder = readlinkSync(`/proc/${id}/cwd`);
  return (
    statSync(`/proc/${id}`).uid === process.getuid?.() &&
    realpathSync(`/proc/${id}/exe`) === realpathSync(program) &&
    resolve(folder, words[scriptAt] ?? '') === script &&
    isInside(folder, realpathSync(workspaceRoot)) &&
    startOf(id) <= startTime
  );
}

/** Of a process, in milliseconds: the system counts in hundredths of a second from its own start. */
function startOf(id: number): number {
  const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
  // The second field is a name in parentheses, with anything in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Date.now() - uptime() * 1000 + Number(fields[19]) * 10;
}

/**
 * Appends to the output of another process: a terminal, which does not come to be that of this process, or a pipe. A file
 * only if all of its writers append: else what is written next would be written over it. Never waits for a reader.
 */
function append(text: string, output: string, info: string): boolean {
  const { O_WRONLY, O_APPEND, O_NOCTTY, O_NONBLOCK } = constants;
  const file = openSync(output, O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK);
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(info, 'utf8'))?.[1];
    if (fstatSync(file).isFile() && !(parseInt(flags ?? '0', 8) & O_APPEND)) return false;
    writeSync(file, text);
    return true;
  } finally {
    closeSync(file);
  }
}
