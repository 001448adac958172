const RELEASE = String.raw`v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*`;
const SUFFIX =
  String.raw`(?:[-_.]?(?:alpha|beta|preview|pre|a|b|c|rc)[-_.]?[0-9]*)?` +
  String.raw`(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?` +
  String.raw`(?:[-_.]?dev[-_.]?[0-9]*)?`;
const LOCAL = String.raw`(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?`;

/** Loaded only where versions are looked into: declared requirements seldom need it, and it loads slowly. */
function pep440(): typeof import('@renovatebot/pep440') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- on demand
  return require('@renovatebot/pep440') as typeof import('@renovatebot/pep440');
}

/** One version specifier (PEP 440), in the alternatives of `packaging.specifiers`. Sticky. */
export const SPECIFIER = new RegExp(
  [
    String.raw`===\s*[^\s;)]*`,
    String.raw`(?:==|!=)\s*${RELEASE}(?:\.\*|${SUFFIX}${LOCAL})`,
    String.raw`~=\s*v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)+${SUFFIX}`,
    String.raw`(?:<=|>=|<|>)\s*${RELEASE}${SUFFIX}`,
  ].join('|'),
  'iy',
);

/** Whether a text is one version specifier, such as `>=3.10`. */
export function isSpecifier(text: string): boolean {
  SPECIFIER.lastIndex = 0;
  return SPECIFIER.exec(text)?.[0].length === text.length;
}

/** Whether a version satisfies one specifier; pre-releases count like any other. A text that is no version does not. */
export function satisfiesSpecifier(version: string, specifier: string): boolean {
  if (specifier.startsWith('===')) return version.toLowerCase() === specifier.slice(3).trim().toLowerCase();
  const { satisfies, valid } = pep440();
  if (valid(version) === null) return false;
  const [, operator, bound = ''] = /^([<>])([^=].*)$/.exec(specifier) ?? [];
  if (operator !== undefined) return satisfiesExclusive(version, operator, bound.trim());
  return satisfies(version, specifier, { prereleases: true });
}

/**
 * `<` and `>` leave out pre-releases, and post- and local releases, of the bound itself (PEP 440, "Exclusive ordered
 * comparison"). The library leaves out every version with the bound's release number.
 */
function satisfiesExclusive(version: string, operator: string, bound: string): boolean {
  const { eq, explain, gt, lt } = pep440();
  const tested = explain(version);
  const limit = explain(bound);
  if (!tested || !limit) return false;
  const sameRelease = eq(tested.base_version, limit.base_version);
  if (operator === '<') return lt(version, bound) && !(sameRelease && tested.is_prerelease && !limit.is_prerelease);
  const isLater = tested.local !== null || (tested.is_postrelease && !limit.is_postrelease);
  return gt(version, bound) && !(sameRelease && isLater);
}

/**
 * Specifiers as `packaging` prints a set of them: without spaces, sorted by code point, of two that mean the same the
 * first one only.
 */
export function formatSpecifiers(specifiers: readonly string[]): string {
  if (specifiers.length < 2) return specifiers.join().replace(/\s+/g, '');
  const seen = new Set<string>();
  const kept: string[] = [];
  for (const text of specifiers.map((specifier) => specifier.replace(/\s+/g, '')).sort(compareCodePoints)) {
    const key = canonicalSpecifier(text);
    if (!seen.has(key)) kept.push(text);
    seen.add(key);
  }
  return kept.join(',');
}

function canonicalSpecifier(text: string): string {
  const [, operator = '', version = ''] = /^(===|[=!~<>]=|[<>])(.*)$/.exec(text) ?? [];
  const normal = operator === '===' || version.endsWith('.*') ? undefined : normalizeVersion(version);
  if (normal === undefined) return text;
  return (
    operator +
    normal.replace(/^(\d+!)?(\d+(?:\.\d+)*)/, (all: string) => (operator === '~=' ? all : all.replace(/(?:\.0)+$/, '')))
  );
}

/** A version in its normal form (PEP 440): `1.0.0RC1` → `1.0.0rc1`. Undefined for a text that is no version. */
export function normalizeVersion(version: string): string | undefined {
  // Most are in it already, and the library takes its time.
  if (/^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*$/.test(version)) return version;
  const { clean, valid } = pep440();
  // The library joins the parts of a local version with commas.
  return valid(version) === null ? undefined : clean(version)?.replaceAll(',', '.');
}

/** Order by Unicode code point, as Python sorts. JavaScript's own `sort()` goes by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length;) {
    const x = a.codePointAt(i) ?? 0;
    const y = b.codePointAt(i) ?? 0;
    if (x !== y) return x - y;
    i += x > 0xffff ? 2 : 1;
  }
  return a.length - b.length;
}
