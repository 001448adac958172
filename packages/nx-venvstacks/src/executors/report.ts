import { withFormerName, type LockResult } from '../lock';

/** What a lock came to, for people: one line when nothing moved, else what moved. */
export function reportLock({
  deployedName,
  previousName,
  isNew,
  outcome,
  reasons,
  packageChanges,
  notes,
}: LockResult): string {
  switch (outcome) {
    case 'excluded':
      return `${deployedName}: no platform left, nothing to lock`;
    case 'current':
      return `${deployedName}: nothing to do`;
    case 'mended':
      return `${deployedName}: summary or requirements written again`;
    case 'planned':
    case 'locked': {
      const would = outcome === 'planned' ? 'would be ' : '';
      const first = isNew
        ? `${would}${deployedName} (new)`
        : `${would}${withFormerName(deployedName, previousName ?? deployedName)}: ${reasons.join(', ')}`;
      return [first, ...[...packageChanges, ...notes].map((line) => `  ${line}`)].join('\n');
    }
  }
}
