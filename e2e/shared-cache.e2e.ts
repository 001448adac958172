import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashBytes } from '../packages/nx-venvstacks/src/lock/hash';
import { packagesHash, parseLock, pinsHash, requirementsHash } from '../packages/nx-venvstacks/src/lock/pylock';
import { formatRecord, sealRecord, type VersionRecord } from '../packages/nx-venvstacks/src/lock/record';
import { CacheServer } from './support/cache-server';
import { PackageIndex } from './support/package-index';
import { ALPHA_LAYERS, RELEASES, twoStacks } from './support/two-stacks';
import { UvLog } from './support/uv-log';
import { runFolder, tasksIn, Workspace } from './support/workspace';

jest.setTimeout(300_000);

const ALPHA = ['run-many', '-t', 'lock', '-p', 'tag:stack:alpha'];
const CHECK_ALPHA = ['run-many', '-t', 'lock-check', '-p', 'tag:stack:alpha'];
const LOCK_TASKS = ALPHA_LAYERS.map((name) => `${name}:lock`);
const LOCK_OF_BASE = 'alpha/requirements/framework-base/pylock.framework-base.toml';
const RECORD_OF_BASE = 'alpha/requirements/framework-base/pylock.framework-base.meta.json';
const RECORD_OF_ONE = 'alpha/requirements/app-one/pylock.app-one.meta.json';
/** Whoever asks for uv fails: shows that nobody does. */
const NO_UV = { UV: './there-is-no-uv' };
const SECRET = 'open-sesame';

describe('a cache that a team shares', () => {
  let index: PackageIndex;
  let cache: CacheServer;
  let uv: UvLog;
  let withUv: NodeJS.ProcessEnv;

  beforeAll(() => {
    process.env.UV = join(runFolder(), 'uv', 'bin', 'uv');
    uv = UvLog.start(mkdtempSync(join(runFolder(), 'uv-log-')));
    withUv = {
      UV: process.env.UV,
      UV_INDEX_TEAM_USERNAME: 'somebody',
      UV_INDEX_TEAM_PASSWORD: SECRET,
    };
  });
  afterAll(() => {
    uv.stop();
  });
  beforeEach(async () => {
    index = await PackageIndex.start(RELEASES, `somebody:${SECRET}`);
    cache = await CacheServer.start();
    uv.take();
  });
  afterEach(async () => {
    await cache.stop();
    await index.stop();
  });

  /** A committed workspace, nothing locked. */
  async function unlocked(): Promise<Workspace> {
    const config = `[[index]]\nname = "team"\nurl = "${index.url}"\ndefault = true\n`;
    const workspace = Workspace.create(twoStacks(config), { env: cache.env });
    await workspace.commitAll('Declare layers');
    return workspace;
  }

  /** The same with the locks of one stack. */
  async function locked(): Promise<Workspace> {
    const workspace = await unlocked();
    await workspace.succeed(ALPHA, withUv);
    await workspace.commitAll('Lock');
    return workspace;
  }

  const edit = (workspace: Workspace, path: string, text: string) => {
    workspace.write({ [path]: text });
  };

  it('restores what another clone locked and committed, with no uv and a clean tree', async () => {
    const workspace = await locked();
    const clone = await workspace.clone('other', { ownCache: true });

    const output = await clone.succeed(ALPHA, NO_UV);

    expect(tasksIn(output)).toEqual({ ran: [], cached: LOCK_TASKS });
    expect(output.match(/\[remote cache\]/g)).toHaveLength(LOCK_TASKS.length);
    expect(await clone.git('status', '--short')).toBe('');
    await clone.succeed(CHECK_ALPHA, NO_UV);
  });

  it('holds no absolute path and no secret', async () => {
    const workspace = await locked();

    expect(cache.entries.size).toBe(LOCK_TASKS.length);
    for (const archive of cache.entries.values()) {
      const text = unpack(archive, (folder) =>
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
          .join('\n'),
      );
      expect(text).toContain('lock-version = "1.0"');
      for (const telling of [workspace.root, runFolder(), tmpdir(), SECRET, 'somebody']) {
        expect(text).not.toContain(telling);
      }
    }
  });

  it('that refuses the token, or is not there, fails in the words of Nx, and changes nothing', async () => {
    const workspace = await locked();
    const clone = await workspace.clone('other', { ownCache: true });

    const refused = await clone.fail(ALPHA, { ...NO_UV, NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN: 'wrong' });
    const server = 'http://127.0.0.1:9';
    const absent = await clone.fail(ALPHA, { ...NO_UV, NX_SELF_HOSTED_REMOTE_CACHE_SERVER: server });

    expect(refused).toContain('NX   Unauthorized');
    expect(absent).toContain('NX   Failed to send request');
    expect(await clone.git('status', '--short')).toBe('');
  });

  describe('when an entry was tampered with', () => {
    it('lock-check finds a lock that is not what its record says', async () => {
      const workspace = await locked();
      tamper((folder) => {
        const file = join(folder, LOCK_OF_BASE);
        writeFileSync(file, otherPin(readFileSync(file, 'utf8')));
      });
      const clone = await workspace.clone('other', { ownCache: true });

      const restored = await clone.fail(ALPHA, NO_UV);
      const output = await clone.fail(['run', 'base:lock-check'], NO_UV);

      expect(tasksIn(restored).cached).toContain('base:lock');
      expect(clone.read(LOCK_OF_BASE)).toContain('6.6');
      // Nothing is locked on top of it.
      expect(restored).toContain('the lower layer framework-base is stale, so this one cannot be locked');
      expect(output).toContain('framework-base@1 is stale');
      expect(output).toContain('the lock is not the one that was recorded');
    });

    it('lock-check finds also a forged record, since history gives its number to other contents', async () => {
      const workspace = await locked();
      tamper((folder) => {
        const [lockFile, recordFile] = [join(folder, LOCK_OF_BASE), join(folder, RECORD_OF_BASE)];
        const lock = otherPin(readFileSync(lockFile, 'utf8'));
        const { packages } = parseLock(lock);
        const record = JSON.parse(readFileSync(recordFile, 'utf8')) as VersionRecord;
        const { inputs } = record;
        const forged = sealRecord({
          ...record,
          inputs: { ...inputs, contents: { ...inputs.contents, packages: packagesHash(packages) } },
          requirements_hash: requirementsHash(packages),
          pins: pinsHash(packages),
          lock_hash: hashBytes(lock),
        });
        writeFileSync(lockFile, lock);
        writeFileSync(recordFile, formatRecord(forged));
        // The summary, too, or it would tell.
        const summary = join(folder, 'alpha/requirements/framework-base/packages-framework-base.txt');
        writeFileSync(summary, readFileSync(summary, 'utf8').replace('alpha==1.0', 'alpha==6.6'));
      });
      const clone = await workspace.clone('other', { ownCache: true });
      await clone.succeed(['run', 'base:lock'], NO_UV);

      const output = await clone.fail(['run', 'base:lock-check'], NO_UV);

      expect(output).toContain("git's history gives number 1 to other contents");
      expect(await clone.git('status', '--short')).toContain(RECORD_OF_BASE);
    });

    const otherPin = (lock: string) => {
      const changed = lock.replace('name = "alpha"\nversion = "1.0"', 'name = "alpha"\nversion = "6.6"');
      if (changed === lock) throw new Error('there is no alpha in the lock');
      return changed;
    };

    /** Changes the entry of the layer whose files are touched here. */
    function tamper(change: (folder: string) => void): void {
      for (const [key, archive] of cache.entries) {
        const names = execFileSync('tar', ['-tzf', '-'], { input: archive, encoding: 'utf8' });
        if (names.includes(LOCK_OF_BASE)) cache.entries.set(key, repack(archive, change));
      }
    }
  });

  it('does not give one name to two contents when two clones lock different edits at the same time', async () => {
    const origin = await locked();
    const [mine, yours] = [
      await origin.clone('mine', { ownCache: true }),
      await origin.clone('yours', { ownCache: true }),
    ];
    edit(mine, 'alpha/one.py', 'print("mine")\n');
    edit(yours, 'alpha/one.py', 'print("yours")\n');
    const [first, second] = await Promise.all([mine, yours].map((clone) => clone.succeed(['run', 'one:lock'], NO_UV)));
    expect(first).toContain('app-one@2 (was 1): launch module one changed');
    expect(second).toContain('app-one@2 (was 1): launch module one changed');
    expect(tasksIn(second ?? '').ran).toEqual(['one:lock']);
    await mine.commitAll('Mine');
    await yours.commitAll('Yours');

    await yours.git('fetch', '--quiet', mine.root, 'main');
    await expect(yours.git('rebase', 'FETCH_HEAD')).rejects.toThrow('CONFLICT');
    edit(yours, 'alpha/one.py', 'print("both")\n');
    const settled = await yours.succeed(['run', 'one:lock'], withUv);
    await yours.git('add', '--all');
    await yours.git('-c', 'core.editor=true', 'rebase', '--continue');

    expect(settled).toContain('app-one@3');
    await yours.succeed(['run', 'one:lock-check'], NO_UV);
    const contents = new Map<number, Set<string>>();
    for (const commit of (await yours.git('log', '--first-parent', '--format=%h', 'HEAD')).trim().split('\n')) {
      const shown = await yours.git('ls-tree', '--name-only', commit, RECORD_OF_ONE);
      if (shown.trim() === '') continue;
      const record = JSON.parse(await yours.git('show', `${commit}:${RECORD_OF_ONE}`)) as VersionRecord;
      const known = contents.get(record.lock_version) ?? new Set();
      contents.set(record.lock_version, known.add(JSON.stringify(record.inputs.contents)));
    }
    expect([...contents].map(([number, { size }]) => [number, size])).toEqual([
      [3, 1],
      [2, 1],
      [1, 1],
    ]);
  });

  it('lets an agent go on where another one has locked and committed', async () => {
    const origin = await unlocked();
    const one = await origin.clone('agent-one', { ownCache: true });
    await one.succeed(['run', 'base:lock'], withUv);
    await one.commitAll('Lock the lower layers');
    expect(uv.take()).toEqual(['framework-base', 'py']);

    const two = await one.clone('agent-two', { ownCache: true });
    const output = await two.succeed(['run', 'one:lock'], withUv);

    expect(tasksIn(output)).toEqual({ ran: ['one:lock', 'top:lock'], cached: ['base:lock', 'py:lock'] });
    expect(uv.take()).toEqual(['app-one', 'framework-top']);
    await two.succeed(['run-many', '-t', 'lock-check', '-p', 'py,base,top,one'], NO_UV);
  });

  it('never mixes what two agents made of one stale stack', async () => {
    const origin = await unlocked();
    const agents = [
      await origin.clone('agent-one', { ownCache: true }),
      await origin.clone('agent-two', { ownCache: true }),
    ];
    const lineages: string[][] = [];
    for (const agent of agents) {
      const output = await agent.succeed(ALPHA, withUv);

      expect(tasksIn(output)).toEqual({ ran: LOCK_TASKS, cached: [] });
      await agent.succeed(CHECK_ALPHA, NO_UV);
      lineages.push(
        ['py/pylock.py', 'framework-base/pylock.framework-base', 'app-one/pylock.app-one'].map(
          (path) => agent.record(`alpha/requirements/${path}.meta.json`).lineage,
        ),
      );
      // The second agent finds other packages than the first.
      for (const name of ['core', 'alpha', 'beta', 'gamma']) index.add({ name, version: '1.1' });
    }

    expect(cache.hits).toEqual([]);
    expect(new Set(lineages.flat()).size).toBe(6);
    const [first, second] = agents.map((agent) => agent.read(LOCK_OF_BASE));
    expect(first).toContain('version = "1.0"');
    expect(second).toContain('version = "1.1"');
  });
});

/** Does something with an entry's files, in a folder. */
function unpack<T>(archive: Buffer, use: (folder: string) => T): T {
  const folder = join(mkdtempSync(join(runFolder(), 'entry-')), 'files');
  mkdirSync(folder);
  execFileSync('tar', ['-xzf', '-', '-C', folder], { input: archive });
  // What was printed has no permissions at all in there.
  execFileSync('chmod', ['-R', 'u+rwX', folder]);
  return use(folder);
}

/** An entry after a change of its files. */
function repack(archive: Buffer, change: (folder: string) => void): Buffer {
  return unpack(archive, (folder) => {
    change(folder);
    return execFileSync('tar', ['-czf', '-', '-C', folder, ...readdirSync(folder)]);
  });
}
