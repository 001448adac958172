import { formatMarker, scanMarker, type Marker } from './marker';
import { normalizeName } from './name';
import { Scanner } from './scanner';
import { compareCodePoints, formatSpecifiers, isSpecifier, SPECIFIER } from './specifier';

/** A parsed requirement (PEP 508). */
export interface Requirement {
  /** As written. */
  readonly name: string;
  /** For comparing (PEP 503). */
  readonly normalizedName: string;
  readonly extras: readonly string[];
  /** Specifiers as `packaging` prints them, `<2,>=1`; empty where any version will do. */
  readonly specifiers: string;
  readonly url: string | undefined;
  readonly marker: Marker | undefined;
}

const IDENTIFIER = /\b[a-zA-Z0-9][a-zA-Z0-9._-]*\b/y;

/**
 * Parses a requirement, as `packaging.requirements.Requirement` does.
 *
 * @throws {Pep508SyntaxError} for anything else
 */
export function parseRequirement(text: string): Requirement {
  const scanner = new Scanner(text);
  scanner.skipSpace();
  const name = scanner.expect(IDENTIFIER, 'a package name at the start');
  scanner.skipSpace();
  const extras = scanExtras(scanner);
  scanner.skipSpace();

  let url: string | undefined;
  let specifiers: string[] = [];
  let next: string;
  if (scanner.take(/@/y)) {
    scanner.skipSpace();
    url = scanner.expect(/[^ \t]+/y, 'a URL after @');
    next = 'a space and a semicolon after the URL';
    if (!scanner.atEnd()) scanner.expect(/[ \t]+/y, 'a space after the URL');
  } else {
    specifiers = scanSpecifiers(scanner);
    next = specifiers.length
      ? 'a comma between version specifiers, a semicolon before a marker'
      : 'a version specifier, a semicolon before a marker';
    scanner.skipSpace();
  }

  let marker: Marker | undefined;
  if (!scanner.atEnd()) {
    scanner.expect(/;/y, `${next} or the end`);
    marker = scanMarker(scanner);
    scanner.skipSpace();
    if (!scanner.atEnd()) scanner.fail('expected the end of the requirement');
  }
  return {
    name,
    normalizedName: normalizeName(name),
    extras: [...new Set(extras)].sort(compareCodePoints),
    specifiers: formatSpecifiers(specifiers),
    url,
    marker,
  };
}

function scanExtras(scanner: Scanner): string[] {
  if (!scanner.take(/\[/y)) return [];
  const extras: string[] = [];
  scanner.skipSpace();
  if (scanner.sees(IDENTIFIER)) {
    do {
      scanner.skipSpace();
      extras.push(scanner.expect(IDENTIFIER, 'the name of an extra after the comma'));
      scanner.skipSpace();
    } while (scanner.take(/,/y));
  }
  scanner.expect(/\]/y, "']' after the extras");
  return extras;
}

function scanSpecifiers(scanner: Scanner): string[] {
  const parenthesised = scanner.take(/\(/y) !== undefined;
  const start = scanner.offset;
  let text = '';
  scanner.skipSpace();
  for (;;) {
    const specifier = scanner.take(SPECIFIER);
    if (specifier === undefined) break;
    text += specifier + ',';
    if (scanner.sees(/\.\*/y)) {
      scanner.fail("'.*' goes with == or !=, and with a version that is no pre-, post-, development or local release");
    }
    if (scanner.sees(/\+[a-z0-9]+/iy)) scanner.fail('a local version goes with == or !=');
    scanner.skipSpace();
    if (!scanner.take(/,/y)) break;
    scanner.skipSpace();
  }
  if (parenthesised) {
    scanner.skipSpace();
    scanner.expect(/\)/y, "')' after the version specifiers");
  }
  // `===` takes everything up to a space, commas too: only now is it known what stands between them.
  const specifiers = text
    .split(',')
    .map((specifier) => specifier.trim())
    .filter((specifier) => specifier !== '');
  if (!specifiers.every(isSpecifier)) scanner.fail('expected version specifiers between the commas', start);
  return specifiers;
}

/** A requirement's text as `packaging` prints it: `six>=1.16 , <2` → `six<2,>=1.16`. */
export function formatRequirement(requirement: Requirement): string {
  const { name, extras, specifiers, url, marker } = requirement;
  return [
    name,
    extras.length ? `[${extras.join(',')}]` : '',
    specifiers,
    url === undefined ? '' : ` @ ${url}`,
    marker ? `${url === undefined ? '' : ' '}; ${formatMarker(marker)}` : '',
  ].join('');
}
