import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { readIfThere } from './git-folder';
import { isInside } from './paths';

/** The root of the git checkout around a folder, the folder itself included; undefined outside of any. */
export function checkoutAround(folder: string): string | undefined {
  return new Checkouts().around(folder);
}

/** Finds git checkouts, and keeps what it found: use one for a run and none for longer. */
export class Checkouts {
  private readonly found = new Map<string, string | undefined>();

  /** As `checkoutAround`. A file is as good as a folder: nothing can lie in it. */
  around(path: string): string | undefined {
    const known = this.found.get(path);
    if (known !== undefined || this.found.has(path)) return known;
    const parent = dirname(path);
    const root = existsSync(join(path, '.git')) ? path : parent === path ? undefined : this.around(parent);
    this.found.set(path, root);
    return root;
  }
}

/**
 * Roots of the checkouts around a path that lie in another one, as submodules do; innermost first.
 *
 * @param path absolute, without links on the way
 * @param root of the outer checkout, without links on the way
 */
export function innerCheckouts(path: string, root: string, checkouts = new Checkouts()): string[] {
  const inner: string[] = [];
  let each = checkouts.around(path);
  while (each !== undefined && each !== root && isInside(each, root)) {
    inner.push(each);
    each = checkouts.around(dirname(each));
  }
  return inner;
}

/**
 * The checkout around a path that is no submodule of the one around it: no commit says what is in there.
 *
 * @param path absolute, without links on the way
 * @param root of the outer checkout, without links on the way
 */
export function foreignCheckout(path: string, root: string, checkouts = new Checkouts()): string | undefined {
  return innerCheckouts(path, root, checkouts).find((each) => {
    const outer = checkouts.around(dirname(each));
    return outer === undefined || !submodulesOf(outer).includes(each);
  });
}

/** The submodule that a path lies in, if that is declared and not checked out: then its folder is empty, or missing. */
export function missingSubmodule(path: string): string | undefined {
  let folder = path;
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  if (!statSync(folder).isDirectory()) return undefined;
  const real = realpathSync(folder);
  const place = join(real, relative(folder, path));
  const outer = checkoutAround(real);
  const declared = outer === undefined ? [] : submodulesOf(outer);
  return declared.find((each) => isInside(place, each) && (!existsSync(each) || readdirSync(each).length === 0));
}

/** Absolute paths of the submodules that a checkout declares. */
function submodulesOf(root: string): string[] {
  const lines = (readIfThere(join(root, '.gitmodules')) ?? '').split('\n');
  return lines.flatMap((line) => {
    const [, path] = /^path\s*=\s*(.*)$/.exec(line.trim()) ?? [];
    return path === undefined ? [] : join(root, path.replace(/^"(.*)"$/, '$1'));
  });
}
