/** A runtime's Python: `cpython@3.12.7`. */
export interface PythonImplementation {
  readonly implementation: 'cpython' | 'pypy';
  /** `3.12.7` */
  readonly version: string;
  /** `3.12` */
  readonly minor: string;
}

/** `cpython@X.Y.Z` or `pypy@X.Y.Z`. */
export const PYTHON = /^(cpython|pypy)@((3\.(?:0|[1-9]\d*))\.(?:0|[1-9]\d*)(?:(?:a|b|rc)\d+)?)$/;

/** Reads `cpython@X.Y.Z` or `pypy@X.Y.Z`. Undefined for anything else. */
export function parsePython(text: string): PythonImplementation | undefined {
  const match = PYTHON.exec(text);
  if (!match) return undefined;
  const [, implementation, version = '', minor = ''] = match;
  return { implementation: implementation as 'cpython' | 'pypy', version, minor };
}
