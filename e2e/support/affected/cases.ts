import { LAYER_CASES, STACK_CASES } from './definition-cases';
import { FILE_CASES } from './file-cases';
import type { PullRequest } from './world';

/** A pull request that must fail, and some of the projects that do. */
export interface Case extends PullRequest {
  readonly what: string;
  readonly fails: readonly string[];
}

/** What `nx affected -t lock-check` did not see once, or nobody. */
export const CASES: readonly Case[] = [...STACK_CASES, ...LAYER_CASES, ...FILE_CASES];
