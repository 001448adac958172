// A lock that is killed or interrupted, at each of its steps that write and at random moments: each file stays wholly old
// or becomes wholly new, a half-written lock is seen as stale, and the next run does what an undisturbed one would have.
//
// In `npm test` some of the steps; all of them, in each way: `npm run test:faults`.
import { setTimeout as sleep } from 'node:timers/promises';
import { Disturbed, evenly, FAULTS_LONG, sideBySide } from './support/faults/disturbed';
import { FaultStack } from './support/faults/stack';
import type { Run, World } from './support/faults/world';

jest.setTimeout(3 * 3_600_000);

const SIGNALS = ['SIGKILL', 'SIGINT', 'SIGTERM'] as const;
/** Of each scenario: how many steps are disturbed in each way, and how many moments. */
const STEPS = FAULTS_LONG ? { SIGKILL: Infinity, SIGINT: 40, SIGTERM: 40 } : { SIGKILL: 2, SIGINT: 1, SIGTERM: 1 };
const MOMENTS = FAULTS_LONG ? 50 : 1;

let stack: FaultStack;

beforeAll(async () => {
  stack = await FaultStack.start();
});
afterAll(() => stack.stop());

/** Worlds with something to do, and the target that does it. */
const SCENARIOS: Record<string, [target: 'lock' | 'upgrade', make: () => World]> = {
  'an edited module, in git': ['lock', () => stack.edited()],
  'a new requirement, nothing ever committed': ['lock', () => stack.withRequirement()],
  'an upgrade': ['upgrade', () => stack.locked()],
  'the first lock, which installs uv': ['lock', () => stack.withoutUv()],
};

const someSteps = ({ steps }: Disturbed) =>
  SIGNALS.flatMap((signal) => evenly(steps.length, STEPS[signal]).map((step) => [signal, step] as const));

test.each(Object.entries(SCENARIOS))('%s: killed or interrupted at any step', async (name, [target, make]) => {
  const disturbed = await Disturbed.prepare(make(), target);
  // Between the files of a lock in any case.
  const renames = disturbed.steps.flatMap((step, at) => (step.startsWith('promises.rename') ? [at + 1] : []));
  const steps = [...renames.slice(0, 7).map((step) => ['SIGKILL', step] as const), ...someSteps(disturbed)];
  const faults = steps.map(
    ([signal, step]) =>
      () =>
        disturbed.atStep(step, signal),
  );
  const moments = Array.from({ length: MOMENTS }, (_, turn) => () => disturbed.atMoment(turn));
  const violations = (await sideBySide([...faults, ...moments])).flat();
  disturbed.remove();
  const counts = `${disturbed.steps.length} steps, ${faults.length} faults at steps, ${moments.length} at random moments`;
  process.stdout.write(`crash, ${name}: ${counts}, ${violations.length} violations\n`);
  expect(violations.slice(0, 5).join('\n\n')).toBe('');
});

describe('uv, where the lock that has started it', () => {
  /** A lock whose uv waits for an index that does not answer. */
  async function waiting(): Promise<{ world: World; run: Run }> {
    const world = stack.withRequirement();
    stack.index.delay = 600_000;
    const asked = stack.index.requests.length;
    const run = world.start(['lock'], { env: { UV_NO_CACHE: '1' } });
    while (stack.index.requests.length === asked) await sleep(20);
    stack.index.delay = 0;
    return { world, run };
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is interrupted (%s), ends with it', async (signal) => {
    const { world, run } = await waiting();
    run.child.kill(signal);
    expect(await run.ended).toEqual({ code: null, signal });
    expect(await world.stillRunning()).toEqual([]);
    expect(world.leftovers()).toEqual([]);
  });

  test('is killed, ends with the next run', async () => {
    const { world, run } = await waiting();
    run.child.kill('SIGKILL');
    await run.ended;
    if (process.platform === 'linux') expect(world.processes()).toEqual([expect.stringContaining('uv lock')]);
    await world.start(['lock']).succeed();
    expect(world.leftovers()).toEqual([]);
    expect(await world.stillRunning()).toEqual([]);
  });
});
