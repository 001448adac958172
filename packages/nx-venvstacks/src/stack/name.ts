import { foldName } from './paths';

// Names become folder and file names on every system that shares the repository.
const FORBIDDEN = /[\u0000-\u001f\u007f<>:"/\\|?*]/;
/** Names of lock files are longer by up to 38 bytes while they are written, and may have 255 (`pylock.….meta.json.…`). */
const MAX_BYTES = 200;
/** What every JavaScript object answers to: Nx's tables would take such a project for one that is there already. */
const OF_EVERY_OBJECT = Object.getOwnPropertyNames(Object.prototype).sort();
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/**
 * What `checkName` wants, as far as JSON Schema can say it in patterns that editors can run, which know no flags: not
 * that `.git`, `constructor`, the names of Windows devices and other normal forms than NFC are none for a layer, nor how many bytes one
 * may have.
 */
export const NAME_PATTERNS = {
  pattern: `^${FORBIDDEN.source.replace('[', '[^')}+$`,
  not: { pattern: '^!|[. ]$' },
};

/** What is wrong with a layer's name, if anything. */
export function checkName(name: string): string | undefined {
  if (name === '') return 'a name may not be empty';
  const forbidden = FORBIDDEN.exec(name)?.[0];
  if (forbidden !== undefined) {
    return `the name is one path segment, the character ${JSON.stringify(forbidden)} cannot stand in it`;
  }
  // Nx takes `!name` for everything but that; a folder called .git is a repository to git and to us.
  if (name.startsWith('!')) return "a name that begins with '!' means something else to Nx";
  if (OF_EVERY_OBJECT.includes(name)) return `Nx cannot tell a project called '${name}' from what JavaScript calls so`;
  if (/^\.git$/i.test(name)) return "the name '.git' is that of git's own folder";
  if (/[. ]$/.test(name)) return 'a name that ends with a dot or a space is no file name on Windows';
  if (WINDOWS_DEVICE.test(name)) return 'the name is that of a Windows device';
  // git on macOS gives files the form NFC: on other systems their folder would be another one.
  if (name.normalize('NFC') !== name) {
    return "the name is not in Unicode's normal form NFC, as files are that git on macOS adds";
  }
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_BYTES) {
    return `the name has ${bytes} bytes, and files are called after it: ${MAX_BYTES} are the most that every system can hold`;
  }
  return undefined;
}

/** Two environment names with the same key would collide on some file system, or in the names of their locks. */
export function collisionKey(envName: string): string {
  return foldName(envName).replaceAll('.', '_');
}
