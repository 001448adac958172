import { run, type RunResult } from './run';

/** What a user types once a text is on the screen, colours and the like left out. */
export type Answer = readonly [shown: string, typed: string];

export const UP = '\u001b[A';
export const DOWN = '\u001b[B';
export const ENTER = '\r';
export const SPACE = ' ';
export const CTRL_C = '\u0003';

// Node has no pseudo-terminals of its own; Python does.
const TERMINAL = `
import fcntl, json, os, pty, re, select, struct, sys, termios
answers, command = json.loads(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
shown, seen = b"", 0
while select.select([terminal], [], [], 45)[0]:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    shown += data
    while answers and answers[0][0].encode() in re.sub(rb"\\x1b\\[[\\d;?]*[A-Za-z]", b"", shown[seen:]):
        seen = len(shown)
        os.write(terminal, answers.pop(0)[1].encode())
else:
    os.kill(pid, 9)
sys.stdout.buffer.write(shown)
sys.stdout.buffer.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** Runs a program at a terminal of its own, where a user answers. @returns all that was shown, without colours */
export async function runAtTerminal(
  command: readonly string[],
  answers: readonly Answer[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<RunResult> {
  const { code, output } = await run('python3', ['-c', TERMINAL, JSON.stringify(answers), ...command], options);
  return { code, output: output.replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r\n', '\n') };
}
