// Measures how fast the plugin is, and compares that with what it could be at best (docs/performance.md).
//
//   npm run bench                                       everything; writes the table into docs/performance.md
//   npm run bench -- --cases graph,edit --sizes 5,50    some of it, and nothing is written
//   npm run bench -- --runs 7                           each case as often, after a run that warms up; three times if not said
//   npm run bench -- --quick                            each case once
//   npm run bench -- --json results.json                the results as JSON, too, with every single run
//
// Everything lives in a temporary folder, which is removed; daemons are stopped. Where the variable VENVSTACKS names an
// executable of venvstacks, it takes part. Not for Windows.
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as allEdited from './cases/all-edited.mjs';
import * as build from './cases/build.mjs';
import * as edit from './cases/edit.mjs';
import * as fullLock from './cases/full-lock.mjs';
import * as graph from './cases/graph.mjs';
import * as lockCheck from './cases/lock-check.mjs';
import * as nothingToDo from './cases/nothing-to-do.mjs';
import * as requirement from './cases/requirement.mjs';
import { install } from './installation.mjs';
import { machine, writePage } from './page.mjs';
import { tableOf } from './statistics.mjs';

const CASES = [graph, fullLock, edit, requirement, nothingToDo, allEdited, lockCheck, build];

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string' },
    sizes: { type: 'string' },
    runs: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const runs = options.quick ? 1 : Number(options.runs);
const names = options.cases?.split(',');
const sizes = options.sizes?.split(',').map(Number);
const unknown = names?.find((each) => !CASES.some(({ name }) => name === each));
if (unknown !== undefined) throw new Error(`no case '${unknown}': ${CASES.map(({ name }) => name).join(', ')}`);

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nx-venvstacks-bench-')));
const results = [];
let failed = false;
try {
  const installation = install(folder);
  for (const each of CASES.filter(({ name }) => names?.includes(name) ?? true)) {
    const own = each.sizes.filter((size) => sizes?.includes(size) ?? true);
    if (own.length === 0) continue;
    console.error(`${each.name}: ${own.join(', ')} layers`);
    try {
      const found = await each.run({ installation, sizes: own, runs });
      results.push(...found);
      console.error(`${tableOf(found)}\n`);
    } catch (error) {
      // The other cases' figures are still worth having.
      failed = true;
      console.error(error);
    }
  }
  const about = machine(installation.nx);
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ about, results }, undefined, 2)}\n`);
  console.log(`${about}\n\n${tableOf(results)}`);
  const isWhole = !failed && !names && !sizes && !options.quick;
  if (isWhole) writePage(`${about}\n\n${tableOf(results)}`);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(failed ? 1 : 0);
