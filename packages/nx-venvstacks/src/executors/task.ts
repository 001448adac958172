import type { ExecutorContext } from '@nx/devkit';
import { VenvstacksError } from '../errors';
import type { LayerOptions } from '../inference';
import { checked } from './options';
import { Workspace } from './workspace';

/** What one task of an executor does: returns what is printed. */
export type Work<Options> = (options: Options, task: TaskTarget, workspace: Workspace) => string | Promise<string>;

/** Which target of which project a task is. */
export interface TaskTarget {
  readonly project: string;
  readonly target: string;
}

/** What a task came to. */
export interface Outcome {
  readonly success: boolean;
  /** For people; ends with a line end. */
  readonly output: string;
}

/**
 * An executor for one task in a process of its own.
 *
 * @param name what its schema is called
 */
export function executorOf<Options extends LayerOptions>(name: string, work: Work<Options>) {
  const perform = checked(name, work);
  return async (options: Options, context: ExecutorContext): Promise<{ success: boolean }> => {
    const task = { project: context.projectName ?? '', target: context.targetName ?? '' };
    const { success, output } = await settle(() => perform(options, task, new Workspace(context)));
    (success ? process.stdout : process.stderr).write(output);
    return { success };
  };
}

/** Does a task's work; what is wrong is for people, without a stack trace. @throws defects of ours */
export async function settle(work: () => string | Promise<string>): Promise<Outcome> {
  try {
    return { success: true, output: `${await work()}\n` };
  } catch (error) {
    return { success: false, output: reportOf(error) };
  }
}

/** What is told of an error, with a line end. @throws defects of ours */
export function reportOf(error: unknown): string {
  const { syscall, path = '', message, stack = '' } = error as NodeJS.ErrnoException;
  // The file system's errors are for people, too: a full disk, a folder that may not be written.
  if (!(error instanceof VenvstacksError) && syscall === undefined) throw error;
  const report = error instanceof VenvstacksError ? error.report : `cannot ${syscall ?? ''} ${path}: ${message}`;
  const trace = process.env.NX_VERBOSE_LOGGING === 'true' ? `\n${stack}` : '';
  return `${report}${trace}\n`;
}
