import { writeFileSync } from 'node:fs';
import { mkdir, realpath, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { VenvstacksError } from '../errors';
import type { Layer } from '../stack';
import { hashItems } from './hash';
import { processOf } from './owner';
import { ownerOf, sweep, temporaryPath, type Temporary } from './temporary';

/** How two runs at the same time keep from writing the same layer. */
export interface Claiming {
  /** Absolute path of a folder for claims, the same for all that may lock a layer. */
  readonly claimFolder: string;
  /** Told when this one has to wait. */
  readonly say: (text: string) => void;
  /** What it is that nobody else may be at. Default: the layer's lock. */
  readonly what?: { readonly folder: string; readonly doing: string };
  /** Milliseconds after which it waits no longer. */
  readonly patience?: number;
}

const TEN_MINUTES = 600_000;

/** Who has a claim says so again and again: where his process cannot be looked at, his silence tells. */
const [REFRESHED_EVERY, UNSEEN_FOR] = [10_000, 120_000];

/**
 * Does some work while no other process does any on the same layer.
 *
 * A claim is a file of its own for each that claims; who sees no other beside his own has the layer. Of two that see each
 * other one steps back. So nothing has to be taken over from a process that was killed: its claim is just taken away.
 *
 * @param work is told whether it was waited for
 * @throws {VenvstacksError} `busy`
 */
export async function withClaim<T>(
  layer: Layer,
  { claimFolder, say, what = { folder: layer.lockFolder, doing: 'locking' }, patience = TEN_MINUTES }: Claiming,
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  await mkdir(claimFolder, { recursive: true });
  const folder = await realpath(what.folder).catch(() => what.folder);
  const key = hashItems([what.doing, '\0', folder]).slice(7, 23);
  const others = (own?: Temporary) =>
    sweep(claimFolder, UNSEEN_FOR).filter(
      (name) => name.startsWith(`${key}.`) && join(claimFolder, name) !== own?.path,
    );

  const began = Date.now();
  let waited = false;
  let own: Temporary | undefined;
  try {
    for (;;) {
      if (!own && others().length === 0) {
        own = temporaryPath(claimFolder, key);
        writeFileSync(own.path, '', { flag: 'wx' });
      }
      const [first] = others(own).sort();
      if (first === undefined && own) return await whileRefreshing(own, work(waited));
      if (own && join(claimFolder, first ?? '') < own.path) {
        own.remove();
        own = undefined;
      }
      if (first !== undefined) {
        const pid = processOf(ownerOf(first) ?? '') ?? 0;
        if (!waited) say(`${layer.envName}: waiting for process ${pid}, which is ${what.doing} it …`);
        if (Date.now() - began > patience) throw busy(layer, pid, what.doing, join(claimFolder, first));
        waited = true;
      }
      await sleep(50 + 50 * Math.random());
    }
  } finally {
    own?.remove();
  }
}

async function whileRefreshing<T>({ path }: Temporary, work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    const now = new Date();
    // One that was taken away, as with the whole folder, is none that others see.
    utimes(path, now, now).catch(() => undefined);
  }, REFRESHED_EVERY).unref();
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

function busy(layer: Layer, pid: number, doing: string, claim: string): VenvstacksError {
  return new VenvstacksError('busy', `another process (${pid}) has been ${doing} it all the time`, {
    layer: layer.envName,
    hint: `Wait for that one, or end it, and run this again. If there is none: delete ${claim}`,
  });
}
