const KEYS = [
  'lock_input_hash',
  'lock_version',
  'locked_at',
  'other_inputs_hash',
  'requirements_hash',
  'version_inputs_hash',
];

/**
 * A record as venvstacks writes it again: our keys are gone.
 *
 * @param text our record of the same lock
 * @param lockVersion its number. Default: the one in the text
 */
export function venvstacksRecord(text: string, lockVersion?: number): string {
  const record = JSON.parse(text) as Record<string, unknown>;
  const kept = Object.fromEntries(KEYS.map((key) => [key, record[key]]));
  const numbered = lockVersion === undefined ? kept : { ...kept, lock_version: lockVersion };
  return `${JSON.stringify(numbered, null, 2)}\n`;
}
