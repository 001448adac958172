import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { normalizeOptions } from '../inference/options';
import { withoutCredentials } from '../lock/credentials';
import { packagesOfUvLock, relocateUvLock } from '../lock/pins';
import { parseLock } from '../lock/pylock';
import { parseRecordFile } from '../lock/record';
import { Judge } from '../lock/state';
import { parseSummary } from '../lock/texts';
import { platformsWithoutWheel } from '../lock/wheel';
import {
  findCheckout,
  formatProblems,
  isPartial,
  missingSubmodule,
  readHeads,
  readStackFile,
  readTrackedPaths,
  SourceTrees,
} from '../stack';

const SIZE = 1_000_000;
const long = (text: string) => text.repeat(SIZE / text.length);
const deep = SIZE / 2;

const RUNTIME = '[[runtimes]]\nname = "py"\npython_implementation = "cpython@3.12.11"\nrequirements = []\n';
const APPLICATION = '[[applications]]\nname = "a"\nruntime = "py"\nlaunch_module = "a.py"\n';

/** Reads a stack, as its targets and `show` do. */
function stack(text: string, files: Readonly<Record<string, string>> = {}): void {
  inFolder({ 'venvstacks.toml': text, ...files }, (folder) => {
    const { problems, layers } = readStackFile(join(folder, 'venvstacks.toml'), {});
    const report = formatProblems(problems, folder);
    if (report.length > 100_000) throw new Error(`a report of ${report.length} characters`);
    const judge = new Judge({});
    for (const layer of layers) judge.judge(layer);
  });
}

/** Asks all that is asked of a git folder. */
function git(files: Readonly<Record<string, string | Uint8Array>>): void {
  const plain = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/config': '', '.git/refs/x': '', '.git/objects/x': '' };
  inFolder({ ...('.git' in files ? {} : plain), ...files }, (root) => {
    const checkout = findCheckout(root);
    new SourceTrees().ignores(join(root, 'a.txt'));
    missingSubmodule(join(root, 'none/x'));
    if (typeof checkout !== 'object') return;
    readHeads(checkout);
    isPartial(checkout);
    readTrackedPaths(checkout);
  });
}

function inFolder(files: Readonly<Record<string, string | Uint8Array>>, use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'nx-venvstacks-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const field = (value: string) => RUNTIME + `build_requirements = ${value}\n`;
const requirement = (text: string) => RUNTIME.replace('[]', JSON.stringify([text]));
const script = (text: string) => () => {
  stack(RUNTIME + APPLICATION, { 'a.py': text });
};
const index = (version: number) => () => {
  const bytes = Buffer.alloc(SIZE, 1);
  bytes.write('DIRC', 'latin1');
  bytes.writeUInt32BE(version, 4);
  bytes.writeUInt32BE(0xffffffff, 8);
  git({ '.git/index': bytes });
};
/** What is refused is no matter. */
const tolerant = (work: () => unknown) => () => {
  try {
    work();
  } catch (error) {
    if (error instanceof RangeError) throw error;
  }
};

/** A megabyte of what takes a reader longest, by name. Each must end within the time and memory of the test. */
export const LARGE_INPUTS: Readonly<Record<string, () => unknown>> = {
  'blank lines': () => stack(long('\n') + RUNTIME),
  'a table that is not closed, then spaces': () => stack(`x =\n[a${long(' ')}x\n`),
  'braces in a string': () => stack(field(`"${long('{')}"`)),
  'commas before line ends in a string': () => stack(field(`"""${long(',\n')}"""`)),
  'nested arrays': () => stack(field(long('['))),
  'nested arrays where the strict parser is asked': () => stack(`${field(long('['))}x = "\\x41"\n`),
  'a dotted header': () => stack(`${RUNTIME}[${'a.'.repeat(deep)}a]\n`),
  'a dotted key': () => stack(`${RUNTIME}x.${'a.'.repeat(deep)}a = 1\n`),
  'a dotted key for uv': () => stack(`${RUNTIME}[tool.uv]\n${'a.'.repeat(deep)}a = 1\n`),
  digits: () => stack(field(long('9'))),
  'a name that is like no other': () =>
    stack(
      `${RUNTIME}[tool.uv]\nindex = [{ name = "${long('a')}", url = "u" }]\nsources = { x = { index = "${long('b')}" } }\n`,
    ),
  'an address': () => stack(`${RUNTIME}[tool.uv]\nindex-url = "${long('a')}"\n`),
  'bytes that are no UTF-8': () =>
    inFolder({ 'venvstacks.toml': Buffer.alloc(SIZE, 0xff) }, (folder) =>
      readStackFile(join(folder, 'venvstacks.toml'), {}),
    ),
  'a requirement of spaces': () => stack(requirement(`a${long(' ')}x`)),
  'a requirement of brackets': () => stack(requirement(`a${long('[')}`)),
  'a requirement of parentheses': () => stack(requirement(`a; ${long('(')}`)),
  'a requirement of commas': () => stack(requirement(`a>=1${long(',')}`)),
  'a requirement of quotes': () => stack(requirement(`a; os_name == ${long("'")}`)),
  'a requirement of a version': () => stack(requirement(`a>=${long('1.')}x`)),
  'beginnings of script blocks': script(long('# /// script\n')),
  'lines of a script block': script(`# /// script\n${long('#\n')}`),
  'spaces in a script block': script(`# /// script\n# x =${long(' ')}\n# ///\n`),
  'a git file': () => git({ '.git': `gitdir: a${long(' ')}x` }),
  'blank lines in git’s config': () => git({ '.git/config': long('\n') }),
  'spaces in git’s config': () => git({ '.git/config': `ignorecase = true${long(' ')}x` }),
  'blank lines in .gitmodules': () => git({ '.gitmodules': long('\n') }),
  'spaces in .gitmodules': () => git({ '.gitmodules': `path = a${long(' ')}x` }),
  'packed refs': () => git({ '.git/packed-refs': long(' refs/heads/main\n') }),
  'an index of version 2 without end': index(2),
  'an index of version 4 without end': index(4),
  'a pattern that is ignored': tolerant(() => {
    git({ '.gitignore': `${long(' ')}x\n` });
  }),
  'a record of brackets': () => parseRecordFile(long('[')),
  'a nested record': () => parseRecordFile('{"a":'.repeat(SIZE / 10) + '1' + '}'.repeat(SIZE / 10)),
  'a record of numbers': () => parseRecordFile(long('"lock_version":1')),
  'a record of markers': () => parseRecordFile(long('<<<<<<< \n')),
  'a nested lock': tolerant(() => parseLock(`x = ${long('[')}`)),
  'a lock of a dotted header': tolerant(() => parseLock(`[${'a.'.repeat(deep)}a]`)),
  'a marker in a lock': tolerant(() => parseLock(`[[packages]]\nname = "a"\nversion = "1"\nmarker = "${long('(')}"`)),
  'a version in a lock': () => parseLock(`[[packages]]\nname = "a"\nversion = "${long('1.')}1"`),
  'a nested uv.lock': () => packagesOfUvLock(`x = ${long('[')}`),
  'addresses in a uv.lock': () => relocateUvLock(long('url = "'), '/a', '/b'),
  'a backslash in a uv.lock': () => relocateUvLock(`url = "${long('\\')}`, '/a', '/b'),
  'a summary': () => parseSummary(long('a==1\n')),
  'a summary of spaces': () => parseSummary(`a==1 ; ${long(' ')}\nx`),
  'a wheel’s tags': () =>
    platformsWithoutWheel([`a-${long('any-')}.whl`, `a-${long('x.')}whl`], ['linux_x86_64'], {
      linux: [2, 28],
      macos: [13, 0],
    }),
  'braces in an option': tolerant(() => normalizeOptions({ projectName: long('{') })),
  'an address with a name and a password': () => withoutCredentials(`https://${long('a')}`),
};
