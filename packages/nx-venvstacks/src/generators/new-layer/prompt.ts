import { VenvstacksError } from '../../errors';

/** One thing to choose. */
export interface Choice {
  readonly value: string;
  /** Shown beside it. */
  readonly hint: string;
}

/** Asks the user, who is at a terminal. */
export interface Prompt {
  /** One of some things. */
  readonly one: (message: string, choices: readonly Choice[]) => Promise<string>;
  /** Any number of them, none included; in the order of the choices. */
  readonly some: (message: string, choices: readonly Choice[]) => Promise<readonly string[]>;
}

/** A way to ask; undefined where nobody is there to answer: in CI, in a pipe, with `--no-interactive`. */
export function findPrompt(): Prompt | undefined {
  // Nx takes `interactive` out of a generator's options, but hands it on in its environment.
  const isWanted = process.env.NX_INTERACTIVE !== 'false' && !/^(?:true|1)$/.test(process.env.CI ?? '');
  return isWanted && process.stdin.isTTY && process.stdout.isTTY ? terminal : undefined;
}

const terminal: Prompt = {
  one: async (message, choices) => {
    const { select, isCancel } = await import('@clack/prompts');
    const answer = await select({ message, options: choices.map(toOption) });
    return isCancel(answer) ? cancel() : answer;
  },
  some: async (message, choices) => {
    const { multiselect, isCancel } = await import('@clack/prompts');
    const answer = await multiselect({ message, options: choices.map(toOption), required: false });
    if (isCancel(answer)) return cancel();
    // clack gives them in the order of choosing.
    return choices.map(({ value }) => value).filter((value) => answer.includes(value));
  },
};

function toOption({ value, hint }: Choice): { value: string; label: string; hint: string } {
  return { value, label: value, hint };
}

/** A user's change of mind is neither a refusal nor a failure. */
export class Cancelled extends VenvstacksError {
  constructor() {
    super('configuration', 'cancelled: nothing was written');
  }
}

function cancel(): never {
  throw new Cancelled();
}
