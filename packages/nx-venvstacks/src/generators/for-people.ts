import type { GeneratorCallback, Tree } from '@nx/devkit';
import { VenvstacksError } from '../errors';

type Generator<Options> = (tree: Tree, options: Options) => Promise<GeneratorCallback | void>;

/**
 * A generator whose refusals are for people: Nx prints an error's message, and offers its stack trace wherever there is
 * one, so the message becomes the whole report and the trace is left out unless Nx was asked to be verbose.
 */
export function forPeople<Options>(generator: Generator<Options>): Generator<Options> {
  return async (tree, options) => {
    try {
      return await generator(tree, options);
    } catch (error) {
      if (!(error instanceof VenvstacksError)) throw error;
      const shown = new VenvstacksError(error.code, error.report, { cause: error });
      if (process.env.NX_VERBOSE_LOGGING !== 'true') shown.stack = '';
      throw shown;
    }
  };
}
