import { setTimeout as sleep } from 'node:timers/promises';
import type { Files, Run, Told, World } from './world';

/** Whether faults are tried by the thousand rather than a few of each: `npm run test:faults`. */
export const FAULTS_LONG = process.env.FAULTS === 'long';

/** Numbers from 1 to a last one, at most as many as are wanted, as far from each other as they can be. */
export function evenly(last: number, most: number): number[] {
  const count = Math.min(last, most);
  return Array.from({ length: count }, (_, turn) => Math.floor(((turn + 0.5) * last) / count) + 1);
}

/** Does work with two of them at a time. @returns what each gave, in their order */
export async function sideBySide<T>(work: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const waiting = [...work.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results[next[0]] = await next[1]();
  };
  await Promise.all([lane(), lane()]);
  return results;
}

/** One run of a world, disturbed again and again, each time from its beginning, and compared with an undisturbed one. */
export class Disturbed {
  private constructor(
    private readonly world: World,
    private readonly target: string,
    /** What an undisturbed run does. */
    readonly steps: readonly string[],
    private readonly before: Files,
    private readonly after: Files,
    /** Milliseconds that an undisturbed run takes. */
    private readonly duration: number,
  ) {}

  static async prepare(world: World, target: string): Promise<Disturbed> {
    const [counted, timed] = [world.copy(), world.copy()];
    const steps = await counted.steps([target]);
    const after = counted.locks();
    const began = Date.now();
    await timed.start([target]).succeed();
    const duration = Date.now() - began;
    for (const each of [counted, timed]) each.remove();
    return new Disturbed(world, target, steps, world.locks(), after, duration);
  }

  remove(): void {
    this.world.remove();
  }

  /** Disturbs the run at one of its steps. @returns what is wrong after it, and after the next run */
  async atStep(step: number, signal: NodeJS.Signals): Promise<string[]> {
    const world = this.world.copy();
    const run = world.startWith({ step, signal }, [this.target]);
    return this.judge(world, run, `${signal} at step ${step}, ${this.steps[step - 1] ?? ''}`);
  }

  /** Disturbs it at any moment: by turns the process alone, and all that it has started, as Ctrl+C at a terminal does. */
  async atMoment(turn: number): Promise<string[]> {
    const world = this.world.copy();
    const signal = (['SIGKILL', 'SIGINT', 'SIGTERM'] as const)[turn % 3] ?? 'SIGKILL';
    const whole = turn % 2 === 1;
    const moment = Math.floor(Math.random() * this.duration);
    const run = world.start([this.target], { detached: true });
    await Promise.race([sleep(moment), run.ended]);
    try {
      process.kill((whole ? -1 : 1) * (run.child.pid ?? 0), signal);
    } catch {
      // It was faster.
    }
    return this.judge(world, run, `${signal} after ${moment} ms, to ${whole ? 'all processes' : 'one process'}`);
  }

  private async judge(world: World, run: Run, fault: string): Promise<string[]> {
    await run.ended;
    const wrong: string[] = [];
    const halfway = world.locks();
    for (const [path, text] of Object.entries(halfway))
      if (text !== this.before[path] && text !== this.after[path])
        wrong.push(`${path} is neither old nor new:\n${text}`);
    for (const path of Object.keys(this.before)) if (!(path in halfway)) wrong.push(`${path} is gone`);

    try {
      const [seen = {}, , settled = {}] = await world.start(['lock-check', this.target, 'lock-check']).told();
      wrong.push(...this.judgeSeen(seen, halfway), ...this.judgeSettled(settled, world.locks()));
    } catch (error) {
      wrong.push(`the next run fails: ${String(error)}`);
    }
    const leftovers = world.leftovers();
    if (leftovers.length) wrong.push(`left behind: ${leftovers.join(', ')}`);
    const processes = await world.stillRunning();
    if (processes.length) wrong.push(`still running: ${processes.join(', ')}`);
    world.remove();
    return wrong.map((each) => `${fault}: ${each}`);
  }

  /** A lock that is half written is never valid, and a whole one always is. */
  private judgeSeen(seen: Record<string, Told>, halfway: Files): string[] {
    return Object.entries(seen).flatMap(([project, { status, output }]) => {
      const own = Object.keys({ ...this.before, ...this.after }).filter((path) =>
        path.includes(`requirements/${folderOf(project)}/`),
      );
      const isWhole = [this.after, ...(this.target === 'upgrade' ? [this.before] : [])].some((files) =>
        own.every((path) => halfway[path] === files[path]),
      );
      return status === 'success' && !isWhole ? [`half written, and valid: ${output}`] : [];
    });
  }

  private judgeSettled(settled: Record<string, Told>, files: Files): string[] {
    const stale = Object.values(settled).filter(({ status }) => status !== 'success');
    const paths = Object.keys({ ...this.after, ...files });
    return [
      ...stale.map(({ output }) => `not mended: ${output}`),
      ...paths
        .filter((path) => files[path] !== this.after[path])
        .map((path) => `${path} is not that of an undisturbed run:\n${files[path] ?? 'none'}`),
    ];
  }
}

function folderOf(project: string): string {
  return { web: 'framework-web', shop: 'app-shop' }[project] ?? project;
}
