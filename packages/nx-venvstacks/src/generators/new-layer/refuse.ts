import { VenvstacksError } from '../../errors';

/**
 * Ends a generator before anything is written.
 *
 * @param reason what is wrong, for someone who typed a command
 * @param hint what to do instead
 */
export function refuse(reason: string, hint?: string): never {
  throw new VenvstacksError('configuration', reason, hint === undefined ? {} : { hint });
}
