import { VenvstacksError } from '../errors';

/** Does a task's work and prints what it returns; what is wrong is for people, without a stack trace. */
export async function runTask(work: () => string | Promise<string>): Promise<{ success: boolean }> {
  try {
    process.stdout.write(`${await work()}\n`);
    return { success: true };
  } catch (error) {
    const { syscall, path = '', message, stack = '' } = error as NodeJS.ErrnoException;
    // The file system's errors are for people, too: a full disk, a folder that may not be written.
    if (!(error instanceof VenvstacksError) && syscall === undefined) throw error;
    const report = error instanceof VenvstacksError ? error.report : `cannot ${syscall ?? ''} ${path}: ${message}`;
    const trace = process.env.NX_VERBOSE_LOGGING === 'true' ? `\n${stack}` : '';
    process.stderr.write(`${report}${trace}\n`);
    return { success: false };
  }
}
