// Random histories of a workspace against the promise of versioning: the same deployed name means the same contents.
//
// In `npm test` a few histories, always the same ones. A long run:
//
//   PROMISE_RUNS=500 PROMISE_STEPS=60 PROMISE_SEED=7 npx jest --selectProjects e2e --testPathPatterns promise
//
// PROMISE_RUNS   number of histories
// PROMISE_STEPS  most actions in one; half as many on average
// PROMISE_SEED   seed of the first history; each further one has the next
// PROMISE_MINUTES  no history begins after that time
import fc from 'fast-check';
import { History } from './support/history';
import { stories, type Story } from './support/history-actions';

const setting = (name: string, standard: number) => Number(process.env[`PROMISE_${name}`] ?? standard);
const RUNS = setting('RUNS', 8);
const STEPS = setting('STEPS', 40);
const SEED = setting('SEED', 20260301);
const MINUTES = setting('MINUTES', process.env.PROMISE_RUNS === undefined ? 0.7 : 60);
/** How long a failed history is made shorter, so that a person can follow it. */
const SHRINKING = 120_000;
const MOST_VIOLATIONS = 3;

jest.setTimeout((MINUTES + 10) * 60_000);

/** Tells one history. @returns the shortest one that was found to fail, with all that was done and said in it */
async function findViolation(
  seed: number,
  count: (history: History, story: Story) => void,
): Promise<string | undefined> {
  let shortest = '';
  let deadline = Infinity;
  const property = fc.asyncProperty(stories(STEPS), async (story) => {
    // Not fast-check's own limit: that one leaves the last history running.
    if (Date.now() > deadline) return;
    try {
      const history = await History.tell(story);
      // Those that are only shorter versions of a failed one do not count.
      if (shortest === '') count(history, story);
    } catch (error) {
      if (shortest === '') deadline = Date.now() + SHRINKING;
      shortest = (error as Error).message;
      throw error;
    }
  });
  const { failed } = await fc.check(property, { seed, numRuns: 1, unbiased: true });
  return failed ? `seed ${seed}:\n  ${shortest}` : undefined;
}

test('a number never lies, whatever happens', async () => {
  const started = Date.now();
  const violations: string[] = [];
  let [sequences, steps, exceptions] = [0, 0, 0];
  for (let run = 0; run < RUNS && violations.length < MOST_VIOLATIONS; run++) {
    if (Date.now() - started > MINUTES * 60_000) break;
    const found = await findViolation(SEED + run, (history, { actions }) => {
      steps += actions.length;
      exceptions += history.exceptions;
    });
    sequences++;
    if (found !== undefined) violations.push(found);
  }
  const seconds = Math.round((Date.now() - started) / 1000);
  process.stdout.write(
    `promise: ${sequences} sequences, ${steps} steps, ${violations.length} violations; ` +
      `${exceptions} times one side of a conflict was taken whole and lock-check failed; ${seconds} s\n`,
  );
  expect(violations.join('\n\n')).toBe('');
});
