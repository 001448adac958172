import { spawn } from 'node:child_process';

/** How a process ended. */
export interface ProcessResult {
  /** The exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Text for its standard input; none: it is empty. */
  readonly input?: string;
  /** Of its output. Default: UTF-8; `latin1` keeps every byte, whatever it is. */
  readonly encoding?: BufferEncoding;
}

/**
 * Runs a program, without a shell.
 *
 * @throws the system's error if it cannot be started; `code` is `ENOENT` where there is no such program
 */
export function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env, windowsHide: true, stdio: 'pipe' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    // A program that ends without reading its input closes the pipe; its exit code tells the rest.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('close', (code) => {
      const textOf = (chunks: Buffer[]) => Buffer.concat(chunks).toString(options.encoding ?? 'utf8');
      try {
        resolve({ code, stdout: textOf(stdout), stderr: textOf(stderr) });
      } catch (error) {
        // No string can hold half a gigabyte. An exception in here would end the process.
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

/** Whether a program could not be started because there is none. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Another program's words, set off from ours. */
export function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, '    ');
}
