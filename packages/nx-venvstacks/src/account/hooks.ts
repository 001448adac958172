import type { PostTasksExecution, PreTasksExecution } from '@nx/devkit';
import { join } from 'node:path';
import { readIfThere } from '../lock/judging';
import { countedLayers, type CountedLayer } from './layers';
import { accountOf } from './moves';
import { takeNote, writeNote } from './note';
import { say } from './say';
import { isShownAnyway } from './shown';
import { standingOf } from './standing';

/** Before the tasks of any command: where the numbers stand. */
export const preTasksExecution: PreTasksExecution = (_, { id, workspaceRoot }) =>
  unlessItFails(() => {
    const layers = countedLayers(workspaceRoot);
    if (layers.length === 0) return;
    const noted = layers.map((layer) => ({ ...layer, before: textOf(layer, workspaceRoot) ?? null }));
    writeNote(workspaceRoot, id, noted);
  });

/**
 * After them, when Nx has printed its summary: which numbers moved. Nx hides what tasks have printed that succeeded, at a
 * terminal, and from Nx 23 on in CI, too.
 */
export const postTasksExecution: PostTasksExecution = (_, context) =>
  unlessItFails(async () => {
    const { id, workspaceRoot, taskResults } = context;
    const noted = takeNote(workspaceRoot, id);
    if (!noted) return;
    const ran = new Set(Object.values(taskResults).map(({ task: { target } }) => `${target.project}:${target.target}`));
    const changes = noted
      .filter(({ tasks }) => tasks.some((task) => ran.has(task)))
      .flatMap(({ tasks, record, before }) => {
        const now = textOf({ record }, workspaceRoot);
        return now === before ? [] : [{ tasks, before: standingOf(before ?? undefined), now: standingOf(now) }];
      });
    const account = accountOf(changes);
    if (account === undefined || isShownAnyway(changes, context.argv)) return;
    await say(`\n${account}\n\n`, context);
  });

/** A record that cannot be read is none: the task itself tells of it. */
function textOf({ record }: Pick<CountedLayer, 'record'>, workspaceRoot: string): string | undefined {
  try {
    return readIfThere(join(workspaceRoot, record));
  } catch {
    return '';
  }
}

/** An account is no reason for a command to fail. */
async function unlessItFails(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (process.env.NX_VERBOSE_LOGGING !== 'true') return;
    process.stderr.write(`nx-venvstacks: no account of what moved: ${(error as Error).stack ?? String(error)}\n`);
  }
}
