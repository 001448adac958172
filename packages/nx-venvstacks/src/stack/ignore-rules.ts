import { statSync } from 'node:fs';
import type { Ignore, TestResult } from 'ignore';
import { VenvstacksError } from '../errors';
import { LIMITS, readText } from './read-file';

/**
 * The text of an ignore file, where there is one that can be read.
 *
 * @throws {VenvstacksError} `configuration`, for one that is too large: to pass over it would change what modules are
 */
export function readRules(file: string): string | undefined {
  try {
    return readText(file, LIMITS.definition);
  } catch {
    // What is no file holds no rules, to git either.
    if (sizeOf(file) <= LIMITS.definition) return undefined;
    throw new VenvstacksError('configuration', `${file} is larger than any list of ignored files is`);
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
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
