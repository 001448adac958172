import type { Outcome } from './rule-file';

/** What each file does now that it was written. */
const EFFECTS: Readonly<Record<string, string>> = {
  'nx.json': 'Nx knows the layers, and keeps their environments out of its cache, whatever else is called build',
  '.gitattributes': 'git keeps every byte that is hashed',
  '.prettierignore': 'Prettier, oxfmt and nx format leave the files of locks as they are',
};

/** What `init` did, and what it leaves to the user. */
export interface Account {
  /** Paths of the files that it wrote. */
  readonly written: readonly string[];
  readonly outcomes: readonly Outcome[];
  /** Executors that a user's own entries have Nx cache. */
  readonly cached: readonly string[];
  readonly remarks: readonly string[];
}

/** The text of an account; empty where nothing was done and nothing is left. */
export function accountOf({ written, outcomes, cached, remarks }: Account): string {
  const effects = written.flatMap((path) => (path in EFFECTS ? [`${path}: ${EFFECTS[path]}`] : []));
  const left = [
    ...cached.map(
      (executor) =>
        `have "cache": false, without a filter, for "${executor}" in the targetDefaults of nx.json: no cache restores what it does`,
    ),
    ...outcomes.flatMap((outcome) =>
      outcome.change === 'refused' && outcome.missing.length > 0
        ? [
            `${outcome.reason}. Make it a file with these lines:\n\n${outcome.missing.map((line) => `    ${line}\n`).join('')}`,
          ]
        : [],
    ),
    ...remarks,
  ];
  return [
    ...(effects.length > 0 ? ['', ...effects] : []),
    ...(left.length > 0 ? ['', 'Left to you:', '', ...left.map((each) => `- ${each}`)] : []),
  ]
    .map((line) => `${line}\n`)
    .join('');
}
