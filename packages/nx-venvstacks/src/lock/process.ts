import { spawn } from 'node:child_process';
import { beforeTheEnd } from './ending';
import { awaitEnd } from './owner';

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
 * Runs a program, without a shell. It ends with this process, if that is interrupted.
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
    const release = beforeTheEnd(() => {
      child.kill();
      // It may be about to write.
      if (child.pid !== undefined) awaitEnd(child.pid);
    });
    child.on('error', (error) => {
      release();
      reject(error);
    });
    // A program that ends without reading its input closes the pipe; its exit code tells the rest.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('exit', release);
    child.on('close', (code) => {
      const { encoding = 'utf8' } = options;
      resolve({
        code,
        stdout: Buffer.concat(stdout).toString(encoding),
        stderr: Buffer.concat(stderr).toString(encoding),
      });
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
