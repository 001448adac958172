// The results where people read them.
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));
const MARKS = ['<!-- begin: npm run bench -->', '<!-- end -->'];

/** A sentence on where and when. */
export function machine(nx) {
  const day = new Date().toISOString().slice(0, 10);
  const [{ model }] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `Run on ${day} with Nx ${nx} and Node ${process.versions.node}, on ${platform()} ${release()} ${arch()}: ${cpus().length} cores (${model.trim()}), ${memory}.`;
}

/** Puts a text between the marks of a page that has them. */
export function between(page, text) {
  const [before, rest] = page.split(MARKS[0]);
  const [, after] = rest.split(MARKS[1]);
  return `${before}${MARKS[0]}\n\n${text}\n\n${MARKS[1]}${after}`;
}

/** Writes the results into docs/performance.md. */
export function writePage(text) {
  writeFileSync(PAGE, between(readFileSync(PAGE, 'utf8'), text));
}
