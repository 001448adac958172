/** A text that is not a PEP 508 requirement or marker. `position` is a 0-based index into `source`. */
export class Pep508SyntaxError extends Error {
  constructor(
    message: string,
    readonly source: string,
    readonly position: number,
  ) {
    super(message);
    this.name = 'Pep508SyntaxError';
  }
}

/**
 * Reads a text from left to right by sticky regular expressions.
 *
 * Which tokens are tried depends on what the grammar expects, as in Python's `packaging`: `in` is an operator in one
 * place and a package name in another.
 */
export class Scanner {
  private position = 0;

  constructor(private readonly source: string) {}

  /** Whether the rest of the text begins with the pattern. Patterns must be sticky (`/…/y`). */
  sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.position;
    return pattern.test(this.source);
  }

  /** Reads the pattern, or nothing. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.source);
    if (!match) return undefined;
    this.position += match[0].length;
    return match[0];
  }

  /** Reads the pattern. @throws {Pep508SyntaxError} `Expected <what>` where it does not stand */
  expect(pattern: RegExp, what: string): string {
    return this.take(pattern) ?? this.fail(`expected ${what}`);
  }

  skipSpace(): void {
    this.take(/[ \t]+/y);
  }

  atEnd(): boolean {
    return this.position === this.source.length;
  }

  fail(message: string, position = this.position): never {
    throw new Pep508SyntaxError(message, this.source, position);
  }

  get offset(): number {
    return this.position;
  }
}
