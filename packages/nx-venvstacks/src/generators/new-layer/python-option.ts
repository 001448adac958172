import { parsePython, suggest } from '../../stack';
import { PYTHONS } from './pythons';
import { refuse } from './refuse';

/**
 * The Python of a runtime.
 *
 * @param given `3.12`, `3.12.7`, `cpython@3.12.7`, `pypy@3.11`; undefined: the newest stable CPython known
 * @returns `cpython@3.12.7`
 */
export function choosePython(given: string | undefined): string {
  if (given === undefined) return newest('cpython') ?? refuse('no Python is known');
  const [implementation, version] = given.includes('@') ? splitAt(given) : ['cpython', given];
  const python = `${implementation}@${version}`;
  if (parsePython(python)) return python;
  const found = newest(implementation, version);
  if (found !== undefined) return found;
  return refuse(`--python: unknown Python '${given}'`, explain(implementation));
}

/** The newest Python of an implementation, or of one of its versions X.Y. */
function newest(implementation: string, minor?: string): string | undefined {
  const prefix = minor === undefined ? `${implementation}@` : `${implementation}@${minor}.`;
  return PYTHONS.find((python) => python.startsWith(prefix));
}

function explain(implementation: string): string {
  const implementations = [...new Set(PYTHONS.map((python) => splitAt(python)[0]))];
  if (!implementations.includes(implementation)) {
    return `${suggest(implementation, implementations) ?? ''} Write X.Y, X.Y.Z, cpython@X.Y.Z or pypy@X.Y.Z.`.trim();
  }
  const minors = PYTHONS.filter((python) => python.startsWith(`${implementation}@`)).map((python) =>
    splitAt(python)[1].replace(/\.\d+$/, ''),
  );
  return `Known: ${minors.join(', ')}; of any other, write the full version: ${implementation}@X.Y.Z.`;
}

function splitAt(text: string): [implementation: string, version: string] {
  const at = text.indexOf('@');
  return [text.slice(0, at), text.slice(at + 1)];
}
