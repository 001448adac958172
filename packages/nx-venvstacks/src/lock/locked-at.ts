/**
 * When contents last changed, as a record has it: UTC, ISO 8601 as Python's `isoformat()` prints it, never later than
 * the cutoff, so that the lock of an old state can be repeated.
 *
 * @param cutoff RFC 3339, or null
 */
export function formatLockedAt(time: Date, cutoff: string | null): string {
  const limit = cutoff === null ? time : new Date(cutoff.replace(' ', 'T').toUpperCase());
  const [, seconds = '', milliseconds = '000'] =
    /^(.*)\.(\d{3})Z$/.exec((time <= limit ? time : limit).toISOString()) ?? [];
  return `${seconds}${milliseconds === '000' ? '' : `.${milliseconds}000`}+00:00`;
}
