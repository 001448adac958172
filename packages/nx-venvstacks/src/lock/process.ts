import { spawn } from 'node:child_process';
import { beforeTheEnd } from './ending';
import { awaitEnd } from './owner';
import { endTree } from './process-tree';

/** How a process ended. */
export interface ProcessResult {
  /** The exit code; null if a signal ended it, or we. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The signal that ended it. */
  readonly signal?: NodeJS.Signals | undefined;
  /** Which of its limits it went beyond. */
  readonly beyond?: keyof Limits | undefined;
}

/** What a program may take: one that goes beyond is ended, with all that it started. */
export interface Limits {
  readonly seconds: number;
  /** Of its output. */
  readonly bytes: number;
}

/** For a program that writes no more than people read: beyond that, it is not the program that it should be. */
export function limitsOf(seconds: number): Limits {
  return { seconds, bytes: 64 * 2 ** 20 };
}

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Text for its standard input; none: it is empty. */
  readonly input?: string;
  /** Of its output. Default: UTF-8; `latin1` keeps every byte, whatever it is. */
  readonly encoding?: BufferEncoding;
  /** Default: none. */
  readonly limits?: Limits;
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
    const { limits, encoding = 'utf8' } = options;
    const child = spawn(command, args, { cwd: options.cwd, env: options.env, windowsHide: true, stdio: 'pipe' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let size = 0;
    let beyond: keyof Limits | undefined;
    const finish = (code: number | null, signal: NodeJS.Signals | null) => {
      clearTimeout(timer);
      const textOf = (chunks: Buffer[]) => Buffer.concat(chunks).toString(encoding);
      try {
        resolve({ code, stdout: textOf(stdout), stderr: textOf(stderr), signal: signal ?? undefined, beyond });
      } catch (error) {
        // No string can hold half a gigabyte. An exception in here would end the process.
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const end = (limit: keyof Limits) => {
      if (beyond !== undefined) return;
      beyond = limit;
      // Its pipes may be held open by what cannot be ended: nobody waits for that.
      void endTree(child)
        .catch(() => undefined)
        .then(() => {
          finish(null, null);
        });
    };
    const timer = limits && setTimeout(end, limits.seconds * 1000, 'seconds');
    const collect = (chunks: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (limits && size > limits.bytes) end('bytes');
      else chunks.push(chunk);
    };
    child.stdout.on('data', collect(stdout));
    child.stderr.on('data', collect(stderr));
    const release = beforeTheEnd(() => {
      child.kill();
      // It may be about to write.
      if (child.pid !== undefined) awaitEnd(child.pid);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      release();
      reject(error);
    });
    // A program that ends without reading its input closes the pipe; its exit code tells the rest.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('exit', release);
    child.on('close', (code, signal) => {
      if (beyond === undefined) finish(code, signal);
    });
  });
}

/** How a program ended that did not end by itself; undefined for one that did. */
export function unusualEnd({ beyond, signal }: ProcessResult, limits: Limits): string | undefined {
  if (beyond === 'seconds') return `took longer than ${limits.seconds} s, and was ended`;
  if (beyond === 'bytes') return `wrote more than ${Math.round(limits.bytes / 2 ** 20)} MB, and was ended`;
  return signal && `was ended by the signal ${signal}`;
}

/** Whether a program could not be started because there is none. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Another program's words, set off from ours. */
export function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, '    ');
}
