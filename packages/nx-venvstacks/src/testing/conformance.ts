import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from './folder';

const REPOSITORY = resolve(__dirname, '../../../..');

/** What venvstacks itself computes: `../shared/conformance`, seen from the repository. */
const CONFORMANCE = resolve(REPOSITORY, '../shared/conformance');

/**
 * Tests against a part of the conformance cases. Without it there is one test, which fails: nobody should take a
 * missing folder for success.
 *
 * @param part a folder or a file of the cases
 */
export function describeConformance(part: string, define: (path: string) => void): void {
  const path = join(CONFORMANCE, part);
  describe(`conformance, ${part}`, () => {
    if (existsSync(path)) {
      define(path);
    } else {
      it('is there', () => {
        throw new Error(`${path} is missing: the conformance cases belong beside the repository`);
      });
    }
  });
}

/** Names of the cases in a part. */
export function casesIn(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** A case in a folder of its own, where nothing beside it can be seen. */
export function copyCase(path: string, isWanted: (file: string) => boolean = () => true): string {
  const folder = makeFolder();
  cpSync(path, folder, { recursive: true, filter: isWanted });
  return folder;
}

export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
