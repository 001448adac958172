/**
 * Files as they would be, by absolute path; null for one that would be gone. Everything else is as on disk. For those
 * who plan a change, and check it before anything is written.
 */
export type Overlay = ReadonlyMap<string, string | null>;

export const AS_ON_DISK: Overlay = new Map();
