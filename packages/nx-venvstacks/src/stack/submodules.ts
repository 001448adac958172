import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isInside } from './paths';

/** The root of the git checkout around a folder, the folder itself included; undefined outside of any. */
export function checkoutAround(folder: string): string | undefined {
  for (let each = folder; ; each = dirname(each)) {
    if (existsSync(join(each, '.git'))) return each;
    if (each === dirname(each)) return undefined;
  }
}

/**
 * Roots of the checkouts around a path that lie in another one, as submodules do; innermost first.
 *
 * @param path absolute, without links on the way
 * @param root of the outer checkout, without links on the way
 */
export function innerCheckouts(path: string, root: string): string[] {
  const inner: string[] = [];
  let each = checkoutAround(statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path));
  while (each !== undefined && each !== root && isInside(each, root)) {
    inner.push(each);
    each = checkoutAround(dirname(each));
  }
  return inner;
}

/**
 * The checkout around a path that is no submodule of the one around it: no commit says what is in there.
 *
 * @param path absolute, without links on the way
 * @param root of the outer checkout, without links on the way
 */
export function foreignCheckout(path: string, root: string): string | undefined {
  return innerCheckouts(path, root).find((each) => {
    const outer = checkoutAround(dirname(each));
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
  const file = join(root, '.gitmodules');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').matchAll(/^\s*path\s*=\s*(?:"(.*)"|(.*?))\s*$/gm);
  return [...lines].map(([, quoted, plain = '']) => join(root, quoted ?? plain));
}
