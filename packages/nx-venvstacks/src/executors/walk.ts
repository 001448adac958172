import type { Outcome } from './task';

/** A task of a batch. */
export interface Step {
  readonly id: string;
  /** Of two tasks of one layer, which write the same files, the second waits. */
  readonly layer: string;
  /** Ids of the tasks of the batch that must have succeeded. */
  readonly before: ReadonlySet<string>;
  readonly run: () => Promise<Outcome>;
}

/** What Nx is told of a task. */
export interface BatchResult {
  readonly task: string;
  readonly result: {
    readonly success: boolean;
    /** By `success` alone, what was skipped would count as failed. */
    readonly status: 'success' | 'failure' | 'skipped';
    /** All that the task has to say: Nx prints it, and keeps it with the result. */
    readonly terminalOutput: string;
    readonly startTime: number;
    readonly endTime: number;
  };
}

/**
 * Runs the tasks of a batch in their order, some of them side by side.
 *
 * @param slots how many at a time
 * @returns what each came to, as soon as it has. None is left out, or Nx would keep what there is under early keys
 */
export async function* walk(steps: readonly Step[], slots: number): AsyncGenerator<BatchResult> {
  const waiting = new Set(steps);
  const running = new Map<string, { readonly layer: string; readonly result: Promise<BatchResult> }>();
  const succeeded = new Set<string>();
  /** Task → the one that failed, itself or below. */
  const culprits = new Map<string, string>();
  while (waiting.size > 0 || running.size > 0) {
    const before = waiting.size;
    for (const step of waiting) {
      const culprit = [...step.before].map((id) => culprits.get(id)).find((id) => id !== undefined);
      if (culprit !== undefined) {
        waiting.delete(step);
        culprits.set(step.id, culprit);
        yield skip(step, culprit);
      } else if (
        running.size < slots &&
        ![...running.values()].some(({ layer }) => layer === step.layer) &&
        [...step.before].every((id) => succeeded.has(id))
      ) {
        waiting.delete(step);
        running.set(step.id, { layer: step.layer, result: perform(step) });
      }
    }
    if (running.size > 0) {
      const done = await Promise.race([...running.values()].map(({ result }) => result));
      running.delete(done.task);
      if (done.result.success) succeeded.add(done.task);
      else culprits.set(done.task, done.task);
      yield done;
    } else if (waiting.size === before) {
      throw new Error(`tasks wait for each other: ${[...waiting].map(({ id }) => id).join(', ')}`);
    }
  }
}

async function perform({ id, run }: Step): Promise<BatchResult> {
  const startTime = Date.now();
  const { success, output } = await run();
  const status = success ? 'success' : 'failure';
  return { task: id, result: { success, status, terminalOutput: output, startTime, endTime: Date.now() } };
}

function skip({ id }: Step, culprit: string): BatchResult {
  const now = Date.now();
  const terminalOutput = `${id} was skipped: ${culprit}, which it needs, failed\n`;
  return { task: id, result: { success: false, status: 'skipped', terminalOutput, startTime: now, endTime: now } };
}
