/** Files of a lock: their bytes are what a record says of them, and nobody reads their diffs. */
const LOCK_FILES = ['pylock.*.toml', 'pylock.*.meta.json', 'packages-*.txt', 'requirements-*.in', 'uv.lock'];

/**
 * Patterns for the files of locks, as git and those who learnt from it take them. Both layouts: `requirements/` with a
 * folder for each environment beside a venvstacks.toml, and `requirements/` in a layer's folder.
 */
export const LOCK_PATTERNS = LOCK_FILES.map((file) => `**/requirements/**/${file}`);
