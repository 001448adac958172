import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const FOLDER = resolve(__dirname, '../../../shared/conformance');

/** The folder of the conformance cases, beside the repository. Without it nothing can be said of conformance. */
export function conformanceFolder(...parts: string[]): string {
  if (!existsSync(FOLDER))
    throw new Error('the conformance cases are missing: ../shared/conformance beside this repository');
  return join(FOLDER, ...parts);
}

/** Whether the cases are there. */
export function hasConformance(): boolean {
  return existsSync(FOLDER);
}

/** All files below a folder: path (forward slashes) → text. Folders and files that are not wanted are not looked at. */
export function readTree(folder: string, isWanted: (path: string) => boolean = () => true): Record<string, string> {
  const files: Record<string, string> = {};
  const visit = (path: string) => {
    for (const name of readdirSync(path)) {
      const child = join(path, name);
      const relativePath = relative(folder, child).replaceAll('\\', '/');
      if (!isWanted(relativePath)) continue;
      if (statSync(child).isDirectory()) visit(child);
      else files[relativePath] = readFileSync(child, 'utf8');
    }
  };
  visit(folder);
  return files;
}

/** A stack of the cases in `locks/`, without what is expected of it. */
export function lockCase(name: string): { stack: Record<string, string>; expected: Record<string, string> } {
  const files = Object.entries(readTree(conformanceFolder('locks', name)));
  const isExpected = ([path]: [string, string]) => path.startsWith('expected/');
  return {
    stack: Object.fromEntries(files.filter((file) => !isExpected(file) && file[0] !== 'expected.json')),
    expected: Object.fromEntries(
      files.filter(isExpected).map(([path, text]) => [path.slice('expected/'.length), text]),
    ),
  };
}

/**
 * A file as it can be compared with the cases: addresses as their placeholders, a lock without the lines of its header
 * that name the tool, a record with venvstacks' keys only.
 */
export function comparable(path: string, text: string): string {
  if (path.endsWith('.meta.json')) {
    const { lock_input_hash, lock_version, locked_at, other_inputs_hash, requirements_hash, version_inputs_hash } =
      JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify(
      { lock_input_hash, lock_version, locked_at, other_inputs_hash, requirements_hash, version_inputs_hash },
      null,
      2,
    );
  }
  if (!path.endsWith('.toml')) return text;
  const lines = text.split('\n').filter((_, index) => index !== 1 && index !== 2);
  // Whatever the index and the host of its files: the cases call them so.
  return lines
    .map((line) =>
      line
        .replace(/^index = "(?!@)[^"]+"$/, 'index = "@INDEX@"')
        .replace(
          /^url = "(?!@)https?:\/\/[^"]+?(\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{60}\/[^"/]+)"$/,
          'url = "@FILES@$1"',
        ),
    )
    .join('\n');
}
