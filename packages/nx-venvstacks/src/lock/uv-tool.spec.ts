import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { makeFolder, writeFiles } from '../testing/folder';
import type { VenvstacksError } from '../errors';
import { PINNED_UV } from './uv-pin';
import { findUv, OLDEST_UV, type UvOptions } from './uv-tool';

jest.setTimeout(30_000);

/** An executable shell script. @returns its path */
function script(folder: string, name: string, text: string): string {
  writeFiles(folder, { [name]: `#!/bin/sh\n${text}\n` });
  chmodSync(join(folder, name), 0o755);
  return join(folder, name);
}
const uvScript = (folder: string, version: string, name = 'uv') =>
  script(folder, name, `echo "uv ${version} (abc 2026-01-01)"`);

/** A `python3` whose pip puts a uv into its target, and notes how it was called. */
function pythonWithPip(folder: string, uv = `echo "uv ${PINNED_UV}"`, name = 'python3'): void {
  script(
    folder,
    name,
    `echo "$@" >> "${folder}/calls"
echo "$PYTHONSAFEPATH $(pwd)" > "${folder}/where"
while [ "$1" != --requirement ]; do shift; done
/bin/cp "$2" "${folder}/requirements.txt"
while [ "$1" != --target ]; do shift; done
/bin/mkdir -p "$2/bin"
printf '#!/bin/sh\\n%s\\n' '${uv}' > "$2/bin/uv"
/bin/chmod +x "$2/bin/uv"`,
  );
}

interface Found {
  readonly path: string;
  readonly version: string;
  readonly log: readonly string[];
  readonly toolFolder: string;
}

async function find(
  options: UvOptions,
  env: NodeJS.ProcessEnv,
  { root = makeFolder(), toolFolder = join(makeFolder(), 'tools') } = {},
): Promise<Found> {
  const log: string[] = [];
  const uv = await findUv(
    options,
    root,
    () => toolFolder,
    env,
    (line) => log.push(line),
  );
  return { ...uv, log, toolFolder };
}
const report = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'found',
    (error: VenvstacksError) => error.report,
  );

describe('which uv is taken', () => {
  it('is the option’s before that of the variable UV, and that before PATH', async () => {
    const folder = makeFolder();
    const option = uvScript(folder, '0.12.1', 'option-uv');
    const variable = uvScript(folder, '0.12.2', 'variable-uv');
    uvScript(folder, '0.12.3');
    const env = { PATH: folder, UV: variable };
    expect(await find({ path: option }, env)).toMatchObject({ path: option, version: '0.12.1', log: [] });
    expect(await find({}, env)).toMatchObject({ path: variable, version: '0.12.2' });
    expect(await find({}, { PATH: folder })).toMatchObject({ path: 'uv', version: '0.12.3' });
  });

  it('is found from the workspace’s root by a relative path, and on PATH by a name', async () => {
    const [root, folder] = [makeFolder(), makeFolder()];
    uvScript(root, '0.12.1', 'tools/uv');
    uvScript(folder, '0.12.2', 'my-uv');
    expect(await find({ path: './tools/uv' }, {}, { root })).toMatchObject({ path: join(root, 'tools/uv') });
    expect(await find({ path: 'my-uv' }, { PATH: folder })).toMatchObject({ path: 'my-uv', version: '0.12.2' });
  });

  it('is not asked for by an empty variable', async () => {
    const folder = makeFolder();
    uvScript(folder, '0.12.3');
    expect(await find({}, { PATH: folder, UV: '' })).toMatchObject({ path: 'uv' });
  });

  it('may be newer than any that was tested', async () => {
    const folder = makeFolder();
    uvScript(folder, '99.0.0');
    expect(await find({ install: false }, { PATH: folder })).toMatchObject({ path: 'uv', version: '99.0.0', log: [] });
  });

  it('may take ten minutes for each of its calls, or what is said', async () => {
    const folder = makeFolder();
    uvScript(folder, '0.12.3');
    expect(await find({}, { PATH: folder })).toMatchObject({ timeout: 600 });
    expect(await find({ timeout: 5 }, { PATH: folder })).toMatchObject({ timeout: 5 });
  });

  it('may be as old as the oldest that was tested, by number and not by letter', async () => {
    const folder = makeFolder();
    for (const version of [OLDEST_UV, '0.10.0', '1.0.0']) {
      uvScript(folder, version);
      expect(await find({ install: false }, { PATH: folder })).toMatchObject({ version });
    }
  });
});

describe('a uv that was chosen', () => {
  it.each([
    ['is not there', undefined, 'there is no such program'],
    ['does not end well', 'echo wrong >&2; exit 3', "'uv --version' ended with exit code 3, and said 'wrong'"],
    ['is something else', 'echo "python 3.12.7"', "'uv --version' ended, and said 'python 3.12.7'"],
    ['says nothing', 'exit 0', "'uv --version' ended, and said nothing"],
    ['prints bytes', "printf '\\033[2J\\000\\377'", "'uv --version' ended, and said '\uFFFD[2J\uFFFD\uFFFD'"],
    ['prints without end', 'exec yes', "'uv --version' wrote more than 64 MB, and was ended"],
    ['is killed', 'kill -KILL $$', "'uv --version' was ended by the signal SIGKILL"],
    ['hangs', 'sleep 300', "'uv --version' took longer than 1 s, and was ended"],
  ])('is refused if it %s', async (_, text, reason) => {
    const folder = makeFolder();
    const path = join(folder, 'chosen');
    if (text !== undefined) script(folder, 'chosen', text);
    const env = { PATH: [folder, process.env.PATH].join(delimiter) };
    expect(await report(find({ path, timeout: 1 }, env))).toBe(
      `the plugin's option uv.path names '${path}', which is no uv that runs: ${reason}\n` +
        '  Correct it, or remove it: uv is then found on PATH, or installed.',
    );
    expect(await report(find({ timeout: 1 }, { ...env, UV: path }))).toMatch(
      `the variable UV names '${path}', which is no uv that runs: ${reason}`,
    );
  });

  it('is refused if it cannot be started', async () => {
    const folder = makeFolder({ uv: '#!/bin/sh\necho "uv 0.12.3"\n' });
    const path = join(folder, 'uv');
    const said = async (chosen: string) => report(find({ path: chosen }, {}));
    expect(await said(path)).toMatch(`names '${path}', which is no uv that runs: it may not be executed`);
    expect(await said(folder)).toMatch(`names '${folder}', which is no uv that runs: it may not be executed`);
    expect(await said(`${path}/uv`)).toMatch(
      `names '${path}/uv', which is no uv that runs: it cannot be started (spawn ENOTDIR)`,
    );
    const other = script(folder, 'other', '');
    writeFiles(folder, { other: '#!/nowhere/interpreter\n' });
    expect(await said(other)).toMatch(
      `names '${other}', which is no uv that runs: what it names to be run by is not there`,
    );
  });

  it('is refused if it is too old', async () => {
    const path = uvScript(makeFolder(), '0.8.22');
    expect(await report(find({ path }, {}))).toBe(
      `the plugin's option uv.path names uv 0.8.22; the oldest that is supported is ${OLDEST_UV}\n` +
        '  Update it, as in: pip install --upgrade uv',
    );
  });
});

describe('where none may be installed', () => {
  it('a missing uv is an error', async () => {
    expect(await report(find({ install: false }, { PATH: makeFolder() }))).toBe(
      "uv was not found, and the plugin's option uv.install is false\n  Install uv, as in: pip install uv",
    );
  });

  it('one on PATH that does not run is, too, and for another reason', async () => {
    const folder = makeFolder();
    script(folder, 'uv', 'echo garbage');
    expect(await report(find({ install: false }, { PATH: folder }))).toMatch(
      "uv on PATH is no uv that runs: 'uv --version' ended, and said 'garbage', and the plugin's option uv.install is false",
    );
  });

  it('an old one on PATH is, too', async () => {
    const folder = makeFolder();
    uvScript(folder, '0.4.0');
    expect(await report(find({ install: false }, { PATH: folder }))).toMatch(
      `uv on PATH is 0.4.0, older than ${OLDEST_UV}, the oldest that is supported, and the plugin's option uv.install is false`,
    );
  });
});

describe('the installation', () => {
  const withPip = (uv?: string) => {
    const folder = makeFolder();
    pythonWithPip(folder, uv);
    return { folder, env: { PATH: folder } };
  };

  it('is by pip, of wheels only, once', async () => {
    const { folder, env } = withPip();
    const first = await find({}, env);
    expect(first).toMatchObject({
      path: join(first.toolFolder, `uv-${PINNED_UV}/bin/uv`),
      version: PINNED_UV,
      log: [`installing uv ${PINNED_UV} with pip, once for this workspace …`],
    });
    expect(await find({}, env, first)).toEqual({ ...first, log: [] });
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');
    expect(calls).toHaveLength(1);
    // Not where a folder `pip` of the repository's would be taken for pip.
    expect(readFileSync(join(folder, 'where'), 'utf8')).toMatch(/^1 \S+\.tmp\/empty\n$/);
    expect(calls[0]).toMatch(
      /^-m pip install .*--no-deps --only-binary=:all: --require-hashes --requirement \S+ --target \S+$/,
    );
    expect(readFileSync(join(folder, 'requirements.txt'), 'utf8')).toMatch(
      /^uv==\d+\.\d+\.\d+(?: --hash=sha256:[0-9a-f]{64}){10,}\n$/,
    );
  });

  it('is of the version that was asked for, and of nothing but the files with its hashes', async () => {
    const { folder, env } = withPip('echo "uv 0.11.0"');
    const hashes = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);
    const found = await find({ version: '0.11.0', hashes }, env);
    expect(found).toMatchObject({ version: '0.11.0', path: expect.stringContaining('uv-0.11.0-') as string });
    expect(readdirSync(found.toolFolder)).toEqual([expect.stringMatching(/^uv-0\.11\.0-[0-9a-f]{8}$/)]);
    // What was installed for other hashes is not taken.
    await find({ version: '0.11.0', hashes: [`sha256:${'c'.repeat(64)}`] }, env, found);
    expect(readdirSync(found.toolFolder)).toHaveLength(2);
    expect(readFileSync(join(folder, 'requirements.txt'), 'utf8')).toBe(`uv==0.11.0 --hash=sha256:${'c'.repeat(64)}\n`);
  });

  it('is of no other version without its hashes', async () => {
    const { folder, env } = withPip();
    expect(await report(find({ version: '0.11.0' }, env))).toBe(
      "the plugin's option uv.version names uv 0.11.0, and uv.hashes does not say what may be installed\n" +
        '  Take them from: echo uv==0.11.0 | uv pip compile --generate-hashes -',
    );
    expect(existsSync(join(folder, 'calls'))).toBe(false);
  });

  it('comes to the help of an old uv on PATH', async () => {
    const { folder, env } = withPip();
    uvScript(folder, '0.4.0');
    expect(await find({}, env)).toMatchObject({ version: PINNED_UV });
  });

  it('is whole where two run at once, and leaves nothing else behind', async () => {
    const { env } = withPip();
    const toolFolder = join(makeFolder(), 'tools');
    const found = await Promise.all([1, 2, 3].map(() => find({}, env, { toolFolder })));
    const path = join(toolFolder, `uv-${PINNED_UV}/bin/uv`);
    expect(found.map((each) => each.path)).toEqual([path, path, path]);
    expect(existsSync(path)).toBe(true);
    expect(readdirSync(toolFolder)).toEqual([`uv-${PINNED_UV}`]);
  });

  it('of a uv that does not run is an error, and is tried again', async () => {
    const { folder, env } = withPip('exit 1');
    const toolFolder = join(makeFolder(), 'tools');
    expect(await report(find({}, env, { toolFolder }))).toBe(
      `pip installed uv ${PINNED_UV}, but it does not run\n  Install uv yourself, as in: pip install uv`,
    );
    expect(readdirSync(toolFolder)).toEqual([]);
    pythonWithPip(folder);
    expect(await find({}, env, { toolFolder })).toMatchObject({ version: PINNED_UV });
  });

  it('that pip refuses is an error in pip’s own words', async () => {
    const folder = makeFolder();
    const toolFolder = join(makeFolder(), 'tools');
    script(folder, 'python3', 'echo "ERROR: no network" >&2\necho "ERROR: none found" >&2\nexit 1');
    expect(await report(find({}, { PATH: folder }, { toolFolder }))).toBe(
      `pip could not install uv==${PINNED_UV}:
    ERROR: no network
    ERROR: none found
  Install uv yourself, and have it on PATH.`,
    );
    expect(readdirSync(toolFolder)).toEqual([]);
  });

  it('that pip refuses is told of with what it had met, which is only in its log', async () => {
    const folder = makeFolder();
    const lines = [
      'Looking in indexes: https://me:****@host.invalid',
      'Fetching project page',
      ...Array<string>(2).fill('Could not fetch URL https://host.invalid/uv/: 500 Server Error - skipping'),
    ].map((line) => `echo "2026-01-01T00:00:00,001 ${line}" >> "$2"`);
    const trace = 'Traceback (most recent call last):\\n  File "x"\\n    y()\\nValueError: z';
    script(
      folder,
      'python3',
      `while [ "$1" != --log ]; do shift; done\n${lines.join('\n')}\nprintf '${trace}' >&2\nexit 1`,
    );
    expect(await report(find({}, { PATH: folder }))).toBe(
      `pip could not install uv==${PINNED_UV}:
    Looking in indexes: https://host.invalid
    Could not fetch URL https://host.invalid/uv/: 500 Server Error - skipping
    ValueError: z
  Install uv yourself, and have it on PATH.`,
    );
  });

  it('that pip does not end is ended, with what it had said', async () => {
    const folder = makeFolder();
    const toolFolder = join(makeFolder(), 'tools');
    script(folder, 'python3', 'echo "WARNING: Retrying (https://me:sec/ret@host.invalid)" >&2\nexec /bin/sleep 300');
    const env = { PATH: folder, PIP_INDEX_URL: 'https://me:sec/ret@host.invalid' };
    expect(await report(find({ timeout: 1 }, env, { toolFolder }))).toBe(
      `pip could not install uv==${PINNED_UV}:
    WARNING: Retrying (https://host.invalid)
    pip took longer than 1 s, and was ended
  Install uv yourself, and have it on PATH.`,
    );
    expect(readdirSync(toolFolder)).toEqual([]);
  });

  it('is by python where python3 has no pip', async () => {
    const folder = makeFolder();
    script(folder, 'python3', 'echo "/usr/bin/python3: No module named pip" >&2\nexit 1');
    pythonWithPip(folder, undefined, 'python');
    expect(await find({}, { PATH: folder })).toMatchObject({ version: PINNED_UV });
  });

  it('is not possible without pip', async () => {
    const folder = makeFolder();
    script(folder, 'python3', 'echo "/usr/bin/python3: No module named pip" >&2\nexit 1');
    expect(await report(find({}, { PATH: folder }))).toBe(
      'uv was not found, and python3 has no pip to install it with\n' +
        '  Install uv, or pip (on Debian and Ubuntu: apt-get install python3-pip).',
    );
  });

  it('is not possible without Python', async () => {
    expect(await report(find({}, { PATH: makeFolder() }))).toBe(
      'uv was not found, and there is no Python to install it with\n' +
        '  Install uv, or a Python with pip: uv is then installed from PyPI.',
    );
  });
});

describe('on Windows', () => {
  const { platform } = process;
  beforeAll(() => {
    Object.defineProperty(process, 'platform', { value: 'win32' });
  });
  afterAll(() => {
    Object.defineProperty(process, 'platform', { value: platform });
  });

  it.each(['bin', 'Scripts'])('uv.exe is found where pip has put it: %s', async (folder) => {
    const toolFolder = makeFolder({ [`uv-${PINNED_UV}/${folder}/uv.exe`]: '' });
    const { path, log } = await find({}, { PATH: '' }, { toolFolder });
    expect({ path, log }).toEqual({ path: join(toolFolder, `uv-${PINNED_UV}`, folder, 'uv.exe'), log: [] });
  });

  it('the launcher `py` is asked for a Python before `python`', async () => {
    const folder = makeFolder();
    script(folder, 'py', `echo "py $@" >> "${folder}/calls"; echo "No module named pip" >&2; exit 1`);
    script(folder, 'python', `echo "python $@" >> "${folder}/calls"; exit 0`);
    await expect(find({}, { PATH: folder })).rejects.toThrow('but it does not run');
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
    expect(calls.map((call) => call.split(' ').slice(0, 4).join(' '))).toEqual([
      'py -3 -m pip',
      'python -m pip install',
    ]);
  });
});
