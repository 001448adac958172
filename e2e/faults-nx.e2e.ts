// Real Nx with locks that are interrupted, and from two terminals, in a batch and with a process for each task.
//
// Each combination, ten times: `npm run test:faults`.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FAULTS_LONG } from './support/faults/disturbed';
import { definition } from './support/faults/stack';
import { processesIn, stillRunningIn } from './support/faults/world';
import { PackageIndex } from './support/package-index';
import { runFolder, tasksIn, Workspace } from './support/workspace';

jest.setTimeout(3_600_000);

const BATCH: string[] = [];
const FORKED = ['--batch=false'];

let index: PackageIndex;

beforeAll(async () => {
  index = await PackageIndex.start(['alpha', 'beta'].map((name) => ({ name, version: '1.0' })));
});
afterAll(() => index.stop());

/** A committed workspace that was never locked, with a folder of its own for temporary files. */
async function makeWorkspace(): Promise<{ workspace: Workspace; tmp: string }> {
  const tmp = mkdtempSync(join(runFolder(), 'tmp-'));
  mkdirSync(join(tmp, 'nx'));
  const workspace = Workspace.create(
    { 'venvstacks.toml': definition(index.url, '"beta"'), 'shop.py': 'print("shop")\n' },
    { env: { UV: join(runFolder(), 'uv/bin/uv'), TMPDIR: tmp, UV_NO_CACHE: '1', NX_SOCKET_DIR: join(tmp, 'nx') } },
  );
  await workspace.commitAll('Declare layers');
  return { workspace, tmp };
}

/** Starts `nx` as a terminal does: with all that it starts in a group of its own. */
function startNx(workspace: Workspace, args: readonly string[]): ChildProcess {
  const nx = join(workspace.root, 'node_modules/nx/dist/bin/nx.js');
  return spawn(process.execPath, [nx, ...args], {
    cwd: workspace.root,
    env: workspace.env,
    detached: true,
    stdio: 'ignore',
  });
}

const recordOf = (name: string) => `requirements/${name}/pylock.${name}.meta.json`;

/** What tasks said that ran: what is from the cache has been said before. */
const saidIn = (output: string) =>
  output
    .split('> nx run ')
    .filter((part) => !/^.*cache\]/.test(part))
    .join('');

const ended = (child: ChildProcess) => new Promise((resolve) => child.on('exit', resolve));

async function expectSettled({ workspace, tmp }: { workspace: Workspace; tmp: string }): Promise<void> {
  expect(await stillRunningIn(join(workspace.root, '..'))).toEqual([]);
  expect(processesIn(tmp)).toEqual([]);
  expect(readdirSync(tmp).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(Object.keys(workspace.files()).filter((path) => path.endsWith('.tmp'))).toEqual([]);
  expect(readdirSync(join(workspace.dataFolder, 'nx-venvstacks/claims'))).toEqual([]);
}

const INTERRUPTED: [how: string, args: string[], signal: NodeJS.Signals, group: boolean][] = [
  ['Ctrl+C, in a batch', BATCH, 'SIGINT', true],
  ['an end of Nx alone, a process for each task', FORKED, 'SIGTERM', false],
  ['Ctrl+C, a process for each task', FORKED, 'SIGINT', true],
  ['an end of Nx alone, in a batch', BATCH, 'SIGTERM', false],
  ['all killed, in a batch', BATCH, 'SIGKILL', true],
  ['all killed, a process for each task', FORKED, 'SIGKILL', true],
  ['only Nx killed, in a batch', BATCH, 'SIGKILL', false],
  ['only Nx killed, a process for each task', FORKED, 'SIGKILL', false],
];

describe('a run that uv keeps waiting', () => {
  test.each(INTERRUPTED.slice(0, FAULTS_LONG ? undefined : 2))('%s', async (_, args, signal, group) => {
    const { workspace, tmp } = await makeWorkspace();
    // Of Nx alone, what it has started goes on: it waits for uv, and has the layer until then.
    const goesOn = signal === 'SIGKILL' && !group;
    index.delay = goesOn ? 5000 : 600_000;
    const asked = index.requests.length;
    const nx = startNx(workspace, ['run-many', '-t', 'lock', ...args]);
    const end = ended(nx);
    while (index.requests.length === asked) await new Promise((resolve) => setTimeout(resolve, 20));
    index.delay = 0;
    process.kill((group ? -1 : 1) * (nx.pid ?? 0), signal);
    await end;
    if (signal !== 'SIGKILL') expect(await stillRunningIn(tmp)).toEqual([]);

    await workspace.succeed(['run-many', '-t', 'lock', ...args]);
    const numbers = ['core', 'framework-web', 'app-shop'].map((name) => workspace.record(recordOf(name)).lock_version);
    expect(numbers).toEqual([1, 1, 1]);
    expect(tasksIn(await workspace.succeed(['run-many', '-t', 'lock', ...args])).ran).toEqual([]);
    await workspace.succeed(['run-many', '-t', 'lock-check']);
    await expectSettled({ workspace, tmp });
  });
});

test.each([
  ['in a batch', BATCH, BATCH],
  ['with a process for each task', FORKED, FORKED],
  ['one in a batch, one not', BATCH, FORKED],
])('two terminals, %s: every layer is locked once', async (_, ...terminals) => {
  for (let turn = 0; turn < (FAULTS_LONG ? 10 : 1); turn++) {
    const { workspace, tmp } = await makeWorkspace();
    const outputs = await Promise.all(terminals.map((args) => workspace.succeed(['run-many', '-t', 'lock', ...args])));
    for (const name of ['core', 'framework-web', 'app-shop'])
      expect(
        outputs
          .map(saidIn)
          .join('')
          .match(new RegExp(`^${name}@1 \\(new\\)`, 'gm')),
      ).toHaveLength(1);
    expect(tasksIn(await workspace.succeed(['run-many', '-t', 'lock'])).ran).toEqual([]);
    await workspace.succeed(['run-many', '-t', 'lock-check']);
    await expectSettled({ workspace, tmp });
  }
});
