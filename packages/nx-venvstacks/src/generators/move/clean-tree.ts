import { VenvstacksError } from '../../errors';
import { uncommittedChanges } from '../../lock';

/**
 * Refuses to go on where git has uncommitted changes: a move touches many files, and is best looked at and undone by
 * itself.
 *
 * @throws {VenvstacksError} `configuration`
 */
export async function refuseUncommitted(root: string, force: boolean | undefined): Promise<void> {
  if (force) return;
  const changes = await uncommittedChanges(root);
  if (changes.length === 0) return;
  const shown = changes.slice(0, 5).map((path) => `    ${path}`);
  const rest = changes.length > shown.length ? [`    and ${changes.length - shown.length} more`] : [];
  throw new VenvstacksError('configuration', ['git has uncommitted changes:', ...shown, ...rest].join('\n'), {
    hint: 'Commit or stash them, so that this change can be looked at by itself; or pass --force.',
  });
}
