// Locks at the same time: of the same layers, of different ones, with an installation of uv, while git checks out another
// branch, and from two terminals. None is torn, one makes the lock, the other waits for it or says what is the matter.
//
// Ten times over: `npm run test:faults`.
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commitAll, git } from '../packages/nx-venvstacks/src/testing/git';
import { FAULTS_LONG } from './support/faults/disturbed';
import { definition, FaultStack } from './support/faults/stack';
import type { Files, Told, World } from './support/faults/world';
import { run } from './support/run';
import { runFolder } from './support/workspace';

jest.setTimeout(3_600_000);

const TURNS = FAULTS_LONG ? 10 : 2;

let stack: FaultStack;

beforeAll(async () => {
  stack = await FaultStack.start();
});
afterAll(() => stack.stop());

async function again<T>(turn: (number: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let number = 0; number < TURNS; number++) results.push(await turn(number));
  return results;
}

const outputs = (told: Record<string, Told>[]) =>
  told.flatMap((each) => Object.values(each)).map(({ output }) => output);

const filesOf = (project: string, files: Files) =>
  Object.entries(files).filter(([path]) => path.split('/').at(-2)?.endsWith(project));

/** What must hold after all has ended. */
async function expectSettled(world: World): Promise<void> {
  await world.start(['lock-check']).succeed();
  expect(world.leftovers()).toEqual([]);
  expect(await world.stillRunning()).toEqual([]);
}

test('two locks of the same layers: one makes them, the other finds them made', async () => {
  const undisturbed = stack.withRequirement();
  await undisturbed.start(['lock']).succeed();
  await again(async () => {
    const world = stack.withRequirement();
    const told = await Promise.all([1, 2].map(() => world.start(['lock']).succeed()));
    expect(world.locks()).toEqual(undisturbed.locks());
    for (const name of ['framework-web', 'app-shop']) {
      const own = told.flatMap(outputs).filter((output) => output.startsWith(name));
      expect(own.sort()).toEqual([
        expect.stringMatching(`^${name}@2 \\(was 1\\): `),
        expect.stringMatching(`^${name}@2: nothing to do`),
      ]);
    }
    await expectSettled(world);
    world.remove();
  });
});

test('many processes that claim a layer: one has it', async () => {
  const claims = join(mkdtempSync(join(runFolder(), 'claims-')), 'claims');
  const plugin = join(runFolder(), 'installed/node_modules/nx-venvstacks');
  const script = join(__dirname, 'support/faults/claim-often.cjs');
  const often = () =>
    run(process.execPath, [script, plugin, claims, String(TURNS * 10)], { cwd: '/', env: process.env });
  for (const { code, output } of await Promise.all([1, 2, 3, 4].map(often)))
    expect({ code, output }).toEqual({ code: 0, output: '' });
  expect(readdirSync(claims)).toEqual([]);
});

test('two locks of two layers, one on the other: the upper one is right, or says why not', async () => {
  await again(async () => {
    const world = stack.withRequirement();
    world.write({ 'shop.py': 'print("edited")\n' });
    const [lower, upper] = await Promise.all([world.start(['web:lock']).succeed(), world.start(['shop:lock']).told()]);
    expect(outputs(lower)).toEqual([expect.stringMatching(/^framework-web@2 \(was 1\)/)]);
    expect(outputs(upper)).toEqual([
      expect.stringMatching(
        /^app-shop@2 \(was 1\)|^app-shop: the lower layer framework-web is stale|^app-shop: inputs changed while/,
      ),
    ]);
    expect(outputs(await world.start(['lock']).succeed())).toContainEqual(expect.stringMatching(/^app-shop@2/));
    await expectSettled(world);
    world.remove();
  });
});

test('a lock and an upgrade: each is whole', async () => {
  await again(async () => {
    const world = stack.withRequirement();
    const told = await Promise.all([world.start(['lock']).told(), world.start(['upgrade']).told()]);
    for (const output of told.flatMap(outputs))
      expect(output).toMatch(/^\S+@\d+(?: \(was \d+\))?: |is stale|inputs changed while|was skipped/);
    await world.start(['lock', 'upgrade']).succeed();
    expect(world.locks()['requirements/framework-web/packages-framework-web.txt']).toContain('gamma==1.1');
    await expectSettled(world);
    world.remove();
  });
});

test('two installations of uv', async () => {
  await again(async () => {
    const world = stack.withoutUv();
    await Promise.all([1, 2].map(() => world.start(['lock']).succeed()));
    const tools = readdirSync(world.path('nx/cache/nx-venvstacks'));
    expect(tools.sort()).toEqual(['python', expect.stringMatching(/^uv-[\d.]+$/)]);
    await expectSettled(world);
    world.remove();
  });
});

test('git checks out another branch: what it brought stays as it is, or is seen as stale', async () => {
  // A branch where the framework has a requirement, locked; and one with the application edited, to be locked.
  const origin = stack.locked();
  commitAll(origin.root);
  git(origin.root, 'checkout', '--quiet', '-b', 'other');
  origin.write({ 'venvstacks.toml': definition(stack.index.url, '"beta", "gamma"') });
  await origin.start(['lock']).succeed();
  const others = origin.locks();
  commitAll(origin.root);
  git(origin.root, 'checkout', '--quiet', '-b', 'stale', 'main');
  origin.write({ 'venvstacks.toml': definition(stack.index.url, '"gamma"'), 'shop.py': 'print("edited")\n' });
  commitAll(origin.root);
  let refused = 0;
  stack.index.delay = 30;
  await again(async (turn) => {
    const world = origin.copy();
    const run = world.start(['lock'], { env: { UV_NO_CACHE: '1' } });
    await Promise.race([sleep(200 + (600 / TURNS) * turn), run.ended]);
    try {
      git(world.root, 'checkout', '--quiet', 'other');
    } catch {
      // A file that is locked already is a change that git does not throw away.
      git(world.root, 'stash', '--quiet');
      git(world.root, 'checkout', '--quiet', 'other');
    }
    const told = await run.told();
    refused += outputs(told).filter((output) => /inputs changed|is stale/.test(output)).length;
    const locks = world.locks();
    const [check = {}] = await world.start(['lock-check']).told();
    for (const [project, { status }] of Object.entries(check))
      if (status === 'success') expect(filesOf(project, locks)).toEqual(filesOf(project, others));
    await world.start(['lock']).succeed();
    expect(world.locks()['requirements/framework-web/packages-framework-web.txt']).toContain('gamma==1.1');
    await expectSettled(world);
    world.remove();
  });
  stack.index.delay = 0;
  process.stdout.write(`together, another branch: ${TURNS} checkouts, ${refused} layers refused\n`);
});
