// The whole matrix: e2e/matrix.e2e.ts with every Nx and package manager of e2e/support/matrix/combinations.ts, then
// tools/daemon-memory.mjs. Takes a quarter of an hour. Prints a table at its end, and writes it into
// docs/compatibility.md.
//
//   npm run test:matrix
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(ROOT, 'docs/compatibility.md');
const COLUMNS = ['Nx', '@nx/devkit', 'package manager', 'daemon', 'steps', 'passed', 'seconds'];
const MARKS = ['<!-- begin: npm run test:matrix -->', '<!-- end -->'];
const node = (args, env = {}) =>
  spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } }).status;

/** Rows of the table, by the titles that titleOf in combinations.ts gives. */
function rowsOf({ testResults }) {
  const rows = new Map();
  for (const { ancestorTitles, status, duration } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    const [title] = ancestorTitles;
    const row = rows.get(title) ?? { steps: 0, passed: 0, milliseconds: 0 };
    row.steps += 1;
    row.passed += status === 'passed' ? 1 : 0;
    row.milliseconds += duration ?? 0;
    rows.set(title, row);
  }
  return [...rows].map(([title, { steps, passed, milliseconds }]) => [
    ...title.split(' | ').map((part) => part.replace(/^(?:Nx|devkit|daemon) /, '').replace('no devkit', 'none')),
    steps,
    passed === steps ? 'all' : `**${passed}**`,
    Math.round(milliseconds / 1000),
  ]);
}

function tableOf(rows) {
  const cells = [COLUMNS, ...rows].map((row) => row.map(String));
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const line = (row, fill = ' ') => `| ${row.map((cell, n) => cell.padEnd(widths[n], fill)).join(' | ')} |`;
  const [head, ...body] = cells;
  return [
    line(head),
    line(
      widths.map(() => ''),
      '-',
    ),
    ...body.map((row) => line(row)),
  ].join('\n');
}

const folder = mkdtempSync(join(tmpdir(), 'nx-venvstacks-matrix-'));
const file = join(folder, 'results.json');
const jest = [
  'node_modules/jest/bin/jest.js',
  '--forceExit',
  '--selectProjects',
  'e2e',
  '--json',
  `--outputFile=${file}`,
];
const failed = [node([...jest, '--testPathPatterns', 'e2e/matrix'], { MATRIX: 'all' })];
const rows = rowsOf(JSON.parse(readFileSync(file, 'utf8')));
rmSync(folder, { recursive: true });
failed.push(node(['tools/daemon-memory.mjs']));

const npm = execFileSync('npm', ['--version'], { encoding: 'utf8', shell: platform() === 'win32' }).trim();
const day = new Date().toISOString().slice(0, 10);
const where = `Run on ${day} with Node ${process.versions.node} and npm ${npm}, on ${platform()} ${release()} ${arch()}.`;
const text = `${where}\n\n${tableOf(rows)}`;
console.log(`\n${text}\n`);
const [before, rest] = readFileSync(PAGE, 'utf8').split(MARKS[0]);
const [, after] = rest.split(MARKS[1]);
writeFileSync(PAGE, `${before}${MARKS[0]}\n\n${text}\n\n${MARKS[1]}${after}`);
process.exit(failed.some((status) => status !== 0) ? 1 : 0);
