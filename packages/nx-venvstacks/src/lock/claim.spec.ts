import { readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VenvstacksError } from '../errors';
import { makeFolder } from '../testing/folder';
import { LockedStack } from '../testing/locked-stack';
import { withClaim, type Claiming } from './claim';
import { ownerTag } from './owner';

const stack = () => new LockedStack();
const claiming = (changes: Partial<Claiming> = {}): Claiming => ({
  claimFolder: join(makeFolder(), 'claims'),
  say: () => undefined,
  ...changes,
});

describe('a claim', () => {
  it('gives the work’s result and leaves nothing behind, also if that fails', async () => {
    const layer = stack().layer('app-report');
    const own = claiming();
    expect(await withClaim(layer, own, (waited) => Promise.resolve(waited))).toBe(false);
    await expect(withClaim(layer, own, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(readdirSync(own.claimFolder)).toEqual([]);
  });

  it('keeps all others from the same layer', async () => {
    const layer = stack().layer('app-report');
    const own = claiming();
    const [order, inside]: [number[], Set<number>] = [[], new Set()];
    const work = Array.from({ length: 12 }, (_, turn) =>
      withClaim(layer, own, async () => {
        inside.add(turn);
        expect([...inside]).toEqual([turn]);
        await sleep(5);
        inside.delete(turn);
        order.push(turn);
      }),
    );
    await Promise.all(work);
    expect(order).toHaveLength(12);
    expect(readdirSync(own.claimFolder)).toEqual([]);
  });

  it('tells who waits for whom, and does not keep from other layers', async () => {
    const layers = stack();
    const said: string[] = [];
    const own = claiming({ say: (text) => said.push(text) });
    let waited: boolean | undefined;
    await withClaim(layers.layer('app-report'), own, async () => {
      const second = withClaim(layers.layer('app-report'), own, (each) => Promise.resolve((waited = each)));
      await withClaim(layers.layer('framework-tools'), own, () => Promise.resolve());
      while (said.length === 0) await sleep(10);
      expect(waited).toBeUndefined();
      void second;
    });
    while (waited === undefined) await sleep(10);
    expect(waited).toBe(true);
    expect(said).toEqual([`app-report: waiting for process ${process.pid}, which is locking it …`]);
  });

  it('is given up where the other one takes too long, with what can be done', async () => {
    const layer = stack().layer('app-report');
    const own = claiming({ patience: -1 });
    await withClaim(layer, own, async () => {
      const [file = ''] = readdirSync(own.claimFolder);
      const error = await withClaim(layer, own, () => Promise.resolve()).catch((each: VenvstacksError) => each.report);
      expect(error).toBe(
        `app-report: another process (${process.pid}) has been locking it all the time\n` +
          `  Wait for that one, or end it, and run this again. If there is none: delete ${join(own.claimFolder, file)}`,
      );
    });
    expect(readdirSync(own.claimFolder)).toEqual([]);
  });

  it('of a process that was killed is none', async () => {
    const layer = stack().layer('app-report');
    const own = claiming();
    await withClaim(layer, own, () => {
      // What that one would have left: the same name, by a process that has ended.
      const { pid } = spawnSync(process.execPath, ['--version']);
      const [file = ''] = readdirSync(own.claimFolder);
      const left = file.replace(ownerTag(), `${ownerTag().split('-')[0]}-${pid}-1`);
      spawnSync('cp', [join(own.claimFolder, file), join(own.claimFolder, left)]);
      return Promise.resolve();
    });
    expect(readdirSync(own.claimFolder)).toHaveLength(1);
    expect(await withClaim(layer, own, (waited) => Promise.resolve(waited))).toBe(false);
    expect(readdirSync(own.claimFolder)).toEqual([]);
  });
});
