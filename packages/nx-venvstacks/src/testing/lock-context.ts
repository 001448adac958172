import { RecordHistories } from '../lock/history';
import type { LockContext } from '../lock/lock';
import { Judge } from '../lock/state';
import type { LockedStack } from './locked-stack';

/** What locking a layer of a stack needs, without uv: whoever asks for it fails. */
export function lockContext(stack: LockedStack, changes: Partial<LockContext> = {}): LockContext {
  return {
    judge: new Judge(stack.env),
    lineage: 'a new one',
    uv: () => Promise.reject(new Error('uv was asked')),
    toolFolder: stack.path('tools'),
    claimFolder: stack.path('claims'),
    say: () => undefined,
    env: stack.env,
    trustedHosts: [],
    otherLockFolders: new Set(),
    histories: new RecordHistories(),
    commandFor: (name) => `npx nx run ${name}:lock`,
    now: () => new Date('2026-06-07T08:09:10.000Z'),
    ...changes,
  };
}
