import { statSync } from 'node:fs';
import { LIMITS, readBytes, type Module, type SourceTrees } from '../stack';
import { hashBytes, hashFile } from './hash';
import { hashModule } from './module-hash';

/** What to do where git has turned line ends: locking would only record them as they are here. */
export const LINE_ENDS_ADVICE =
  'git has turned line ends (core.autocrlf), and bytes are hashed. Keep it from that: npx nx g nx-venvstacks:init\n' +
  'Commit .gitattributes, and nothing else; then check all files out again: git rm --cached -r -q . && git reset --hard';

/** The same text with the line ends of Linux, and with those of Windows. What git takes for binary stays as it is. */
function turned(bytes: Buffer): [lf: Buffer, crlf: Buffer] {
  if (bytes.includes(0)) return [bytes, bytes];
  // One character for one byte: the text need not be UTF-8.
  const lf = bytes.toString('latin1').replaceAll('\r\n', '\n');
  return [Buffer.from(lf, 'latin1'), Buffer.from(lf.replaceAll('\n', '\r\n'), 'latin1')];
}

/** Whether a file that is not the recorded one would be it with other line ends. */
export function isTurnedFile(file: string, recorded: string): boolean {
  return turned(readBytes(file, LIMITS.lock)).map(hashBytes).includes(recorded);
}

/** Whether a module that is not the recorded one would be with other line ends in all of its files. */
export function isTurnedModule(module: Pick<Module, 'absolutePath'>, recorded: string, trees: SourceTrees): boolean {
  return [0, 1].some((which) => {
    const hashTurned = (file: string) => {
      // No text is so large.
      if (statSync(file).size > LIMITS.lock) return hashFile(file);
      return hashBytes(turned(readBytes(file))[which] ?? '');
    };
    const result = hashModule(module, trees, () => undefined, hashTurned);
    return typeof result !== 'string' && result.exact === recorded;
  });
}
