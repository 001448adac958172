import { VenvstacksError } from '../errors';

/** Does a task's work and prints what it returns; what is wrong is for people, without a stack trace. */
export async function runTask(work: () => string | Promise<string>): Promise<{ success: boolean }> {
  try {
    process.stdout.write(`${await work()}\n`);
    return { success: true };
  } catch (error) {
    if (!(error instanceof VenvstacksError)) throw error;
    const trace = process.env.NX_VERBOSE_LOGGING === 'true' ? `\n${error.stack ?? ''}` : '';
    process.stderr.write(`${error.report}${trace}\n`);
    return { success: false };
  }
}
