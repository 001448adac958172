// What turns `nx run-many -t lock-check` red turns `nx affected -t lock-check` red, by tasks and by projects: named pull
// requests, and random ones.
//
// In `npm test` a few, always the same ones. A long run:
//
//   AFFECTED_RUNS=10000 AFFECTED_MINUTES=60 AFFECTED_SEED=7 npx jest --selectProjects e2e --testPathPatterns affected-property
//
// AFFECTED_RUNS     number of random pull requests
// AFFECTED_SEED     seed of the first; each further one has the next
// AFFECTED_MINUTES  none begins after that time
// AFFECTED_NX       another version of Nx, which is installed first
import fc from 'fast-check';
import { CASES } from './support/affected/cases';
import { pullRequestOf, stories, type Story } from './support/affected/stories';
import { World, type Outcome } from './support/affected/world';
import { tasksIn } from './support/workspace';

const setting = (name: string, standard: number) => Number(process.env[`AFFECTED_${name}`] ?? standard);
const RUNS = setting('RUNS', 60);
const SEED = setting('SEED', 20260301);
const MINUTES = setting('MINUTES', process.env.AFFECTED_RUNS === undefined ? 0.6 : 600);
/** How long a pull request that is not seen is made smaller, so that a person can follow it. */
const SHRINKING = 30_000;
const MOST_MISSES = 3;

jest.setTimeout((MINUTES + 10) * 60_000);

let world: World;
beforeAll(async () => {
  world = await World.create(process.env.AFFECTED_NX);
});
afterAll(() => {
  world.stop();
});

it.each(CASES)('$what: affected fails as run-many does', async ({ fails, ...request }) => {
  const { failing, misses } = await world.judge(request);

  expect(misses).toEqual([]);
  expect(failing?.length).toBeGreaterThan(0);
  expect(failing).toEqual(expect.arrayContaining([...fails]));
});

describe('the commands themselves', () => {
  const chosen = [
    'broken TOML in a venvstacks.toml',
    'a new layer of a venvstacks.toml that nobody locked',
    'a framework of another name than before',
    'a file that has become a link to a folder',
    'lock files that are ignored and taken out of git',
  ];

  it.each(CASES.filter(({ what }) => chosen.includes(what)))('$what: they say what was observed', async (request) => {
    const { failing, tasks, projects } = await world.judge(request);
    const base = world.build(request);
    const run = (args: readonly string[], legacy = 'false') =>
      world.workspace.nx([...args, '-t', 'lock-check', '--output-style=static'], {
        NX_LEGACY_AFFECTED: legacy,
        // As in CI, and as it was observed.
        NX_CACHE_PROJECT_GRAPH: 'false',
      });

    const all = await run(['run-many']);
    expect([all.code, failedIn(all.output)]).toEqual([1, [...(failing ?? [])].sort()]);
    const byTasks = await run(['affected', `--base=${base}`]);
    expect([byTasks.code, projectsIn(byTasks.output)]).toEqual([1, [...(tasks ?? [])].sort()]);
    const byProjects = await run(['affected', `--base=${base}`], 'true');
    expect([byProjects.code, projectsIn(byProjects.output)]).toEqual([1, [...(projects ?? [])].sort()]);
  });

  it('all is well: so do they', async () => {
    const base = world.build({ changes: [(tree) => tree.append('layers/hello/README.md', 'More.\n')] });

    for (const legacy of ['false', 'true']) {
      const { code, output } = await world.workspace.nx(['affected', '-t', 'lock-check', `--base=${base}`], {
        NX_LEGACY_AFFECTED: legacy,
      });
      expect([code, output]).toEqual([0, expect.not.stringContaining('failed')]);
    }
  });

  const projectsIn = (output: string) => tasksIn(output).ran.map((task) => task.replace(/:lock-check$/, ''));
  const failedIn = (output: string) =>
    [...output.matchAll(/^- (.+):lock-check$/gm)].map(([, project = '']) => project).sort();
});

/** Tells one pull request. @returns the smallest one that was found to have a miss, and which */
async function findMiss(seed: number, count: (story: Story, outcome: Outcome) => void): Promise<string | undefined> {
  let smallest = '';
  let deadline = Infinity;
  const property = fc.asyncProperty(stories, async (story) => {
    // Not fast-check's own limit: that one leaves the last pull request running.
    if (Date.now() > deadline) return;
    const request = pullRequestOf(story);
    const outcome = await world.judge(request);
    // Those that are only smaller versions of another do not count.
    if (smallest === '') count(story, outcome);
    if (outcome.misses.length === 0) return;
    if (smallest === '') deadline = Date.now() + SHRINKING;
    const changed = world.changed(world.build(request));
    smallest = `${JSON.stringify(story)}\n  ${changed}\n  ${outcome.misses.join('\n  ')}`;
    throw new Error(smallest);
  });
  const { failed } = await fc.check(property, { seed, numRuns: 1, unbiased: true });
  return failed ? `seed ${seed}: ${smallest}` : undefined;
}

it('sees whatever fails, in random pull requests', async () => {
  const started = Date.now();
  const found: string[] = [];
  let [requests, edits, red, refused, hidden] = [0, 0, 0, 0, 0];
  for (let run = 0; run < RUNS && found.length < MOST_MISSES; run++) {
    if (Date.now() - started > MINUTES * 60_000) break;
    const miss = await findMiss(SEED + run, (story, { failing, limits }) => {
      edits += story.edits.length;
      red += Number(failing?.length !== 0);
      refused += Number(failing === null);
      hidden += Number(limits.length > 0);
    });
    requests++;
    if (miss !== undefined) found.push(miss);
  }
  const seconds = Math.round((Date.now() - started) / 1000);
  process.stdout.write(
    `affected: ${requests} pull requests, ${edits} edits, ${red} red states, ${found.length} misses; ` +
      `${refused} times Nx refused the workspace, ${hidden} times the changed file was hidden from Nx; ${seconds} s\n`,
  );
  expect(found.join('\n\n')).toBe('');
});
