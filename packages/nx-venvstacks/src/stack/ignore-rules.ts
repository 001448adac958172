import type { Ignore, TestResult } from 'ignore';
import { VenvstacksError } from '../errors';
import { LIMITS, readText } from './read-file';

/**
 * The text of an ignore file, where there is one that can be read.
 *
 * @throws {VenvstacksError} `configuration`, for one that is too large, or unreadable: to pass over it would change what modules are
 */
export function readRules(file: string): string | undefined {
  try {
    return readText(file, LIMITS.definition);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code ?? '')) return undefined;
    throw new VenvstacksError('configuration', `what git ignores cannot be told: ${message}`);
  }
}

/**
 * What the rules of an ignore file say of a path.
 *
 * @param file where the rules are from, for the message
 * @throws {VenvstacksError} `configuration`, for a pattern that is none, or longer than a regular expression can be
 */
export function testRules(rules: Ignore, path: string, file: string): TestResult {
  try {
    return rules.test(path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new VenvstacksError('configuration', `a pattern in ${file} cannot be read: ${error.message.slice(0, 200)}`);
  }
}
