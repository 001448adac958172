import { parse } from 'jsonc-parser';
import { readFileSync } from 'node:fs';
import { join, posix, relative, win32 } from 'node:path';
import { detectPackageManager } from './nx';
import { isInside } from './stack';

/** How each package manager runs a program of an installed package, as Nx has it; without asking for its version. */
const EXEC = { npm: 'npx', pnpm: 'pnpm exec', yarn: 'yarn', bun: 'bun' } as const;

/**
 * How Nx is called in a workspace, as the beginning of a command line: `npx nx`, `pnpm exec nx`; `./nx` where Nx is
 * installed in `.nx` and called by its wrapper, as `nx init` sets it up without a package.json. It reads a few files, so
 * once for many commands is enough, and no result should outlive them.
 *
 * @param root absolute path of the workspace
 * @param from absolute path of the folder that the command is typed in; the wrapper lies at the root
 */
export function nxCommand(root: string, from = root, platform: NodeJS.Platform = process.platform): string {
  if (!usesWrapper(root)) return `${EXEC[detectPackageManager(root)]} nx`;
  // As Nx itself tells it to Windows: neither of its shells starts the wrapper for others.
  return platform === 'win32'
    ? `${win32.join(wayToRoot(root, from), 'nx.bat').replace(/^(?!\.)/, '.\\')}`
    : posix.join(wayToRoot(root, from), 'nx').replace(/^(?!\.)/, './');
}

/** How the plugin's own program is called, as the beginning of a command line. Parameters as above. */
export function pluginCommand(root: string, from = root): string {
  if (!usesWrapper(root)) return `${EXEC[detectPackageManager(root)]} nx-venvstacks`;
  return `npx --prefix ${posix.join(wayToRoot(root, from), '.nx/installation')} nx-venvstacks`;
}

/**
 * Whether Nx is installed by its wrapper, in a folder that package managers do not look into: `nx.json` says which
 * version. A package.json may be there for other things.
 */
export function usesWrapper(root: string): boolean {
  if (!isRecord(readJson(join(root, 'nx.json')).installation)) return false;
  const { dependencies, devDependencies } = readJson(join(root, 'package.json'));
  return ![dependencies, devDependencies].some((each) => isRecord(each) && 'nx' in each);
}

/** The way up; empty at the root, and for who is elsewhere altogether. */
function wayToRoot(root: string, from: string): string {
  return isInside(from, root) ? relative(from, root).replaceAll('\\', '/') : '';
}

/** An object of a file that people edit; an empty one where there is none, or nothing that can be read. */
function readJson(path: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = parse(readFileSync(path, 'utf8'));
    return isRecord(json) ? json : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
