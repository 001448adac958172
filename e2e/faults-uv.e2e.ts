import { chmodSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VenvstacksError } from '../packages/nx-venvstacks/src/errors';
import { findUv } from '../packages/nx-venvstacks/src/lock';
import { isRunning, notedProcesses } from '../packages/nx-venvstacks/src/testing/processes';
import type { Fault } from './support/index-faults';
import { PackageIndex } from './support/package-index';
import { CUTOFF, runFolder, Workspace } from './support/workspace';

/** `FAULTS=long`: with the patience that uv, pip and the plugin have by themselves. */
const isLong = process.env.FAULTS === 'long';
jest.setTimeout(isLong ? 3_600_000 : 120_000);

const PASSWORD = 'kohlrabi';
const TIMEOUT = isLong ? 600 : 5;
const real = () => join(runFolder(), 'uv', 'bin', 'uv');

/** What a uv does for a layer instead of what it should, and what is said of that. `$uv` is a real one. */
const FAULTS: Record<string, { readonly call: 'lock' | 'export'; readonly does: string; readonly said: string }> = {
  hangs: {
    call: 'lock',
    does: 'echo "asking http://me:kohlrabi@127.0.0.1/" >&2; echo $$ >> "$pids"; sleep 3000 & echo $! >> "$pids"; wait',
    said: `uv did not end by itself: 'uv lock' took longer than ${TIMEOUT} s, and was ended. It had said:\n    asking http://127.0.0.1/\n  It gets packages from company (INDEX). If that takes so long, raise the plugin's option uv.timeout.`,
  },
  'hangs-on': {
    call: 'export',
    does: 'trap "" TERM; echo $$ >> "$pids"; while :; do sleep 1; done',
    said: `uv did not end by itself: 'uv export' took longer than ${TIMEOUT} s, and was ended\n`,
  },
  'is-killed': {
    call: 'lock',
    does: 'kill -KILL $$',
    said: "uv did not end by itself: 'uv lock' was ended by the signal SIGKILL\n  If nobody ended it, the system did",
  },
  'is-killed-late': {
    call: 'export',
    does: 'kill -TERM $$',
    said: "uv did not end by itself: 'uv export' was ended by the signal SIGTERM\n",
  },
  'prints-endlessly': {
    call: 'lock',
    does: 'exec yes',
    said: "uv did not end by itself: 'uv lock' wrote more than 64 MB, and was ended",
  },
  'fails-with-bytes': {
    call: 'lock',
    does: "printf '\\033[2J\\377\\000' >&2; exit 3",
    said: "uv could not resolve the layer's requirements:\n    \uFFFD[2J\uFFFD\uFFFD",
  },
  'prints-bytes': {
    call: 'lock',
    does: "printf '\\377\\000' | tee uv.lock; exit 0",
    said: "uv could not resolve the layer's requirements:",
  },
  'locks-nothing': { call: 'lock', does: 'rm -f uv.lock', said: 'error: Unable to find lockfile at `uv.lock`' },
  'locks-html': { call: 'lock', does: '"$uv" "$@"; echo "<html>" > uv.lock', said: 'Failed to parse `uv.lock`' },
  'locks-half': {
    call: 'lock',
    does: '"$uv" "$@"; head -n 12 uv.lock > half; cp half uv.lock',
    said: "uv could not resolve the layer's requirements:",
  },
  'exports-nothing': { call: 'export', does: 'exit 0', said: 'wrote no pylock.toml (ENOENT' },
  'exports-empty': { call: 'export', does: ': > pylock.layer.toml', said: 'its pylock.toml is of version ?, not 1.0' },
  'exports-html': { call: 'export', does: 'echo "<html>" > pylock.layer.toml', said: 'its pylock.toml is not TOML' },
  'exports-bytes': { call: 'export', does: "printf '\\377' > pylock.layer.toml", said: 'its pylock.toml is not UTF-8' },
  'exports-half': {
    call: 'export',
    does: '"$uv" "$@" > all; sed "/^name = \\"known\\"/,\\$d" pylock.layer.toml | sed "\\$d" > half; cp half pylock.layer.toml',
    said: 'its pylock.toml lacks known 1.0, or a wheel of it',
  },
  'finds-an-index-that-trickles': {
    call: 'lock',
    does: 'exec "$uv" "$@"',
    said: `uv did not end by itself: 'uv lock' took longer than ${TIMEOUT} s, and was ended`,
  },
};
const NAMES = Object.keys(FAULTS);

/** A uv that is newer than any that was tested, and fails as said above. */
function faultyUv(folder: string): string {
  const path = join(folder, 'uv');
  const cases = NAMES.map(
    (name) => `'framework-${name} ${FAULTS[name]?.call ?? ''}') ${FAULTS[name]?.does ?? ''}; exit;;`,
  );
  writeFileSync(
    path,
    `#!/bin/sh
if [ "$1" = --version ]; then echo 'uv 99.0.0 (2099-01-01)'; exit; fi
uv='${real()}'
pids='${join(folder, 'pids')}'
case "$(sed -n 's/^name = "\\(.*\\)"$/\\1/p' pyproject.toml | head -n 1) $1" in
${cases.join('\n')}
esac
exec "$uv" "$@"
`,
  );
  chmodSync(path, 0o755);
  return path;
}

describe('a uv that fails', () => {
  let index: PackageIndex;
  beforeAll(async () => {
    const releases = ['alpha', 'known', 'slowly'].map((name) => ({ name, version: '1.0' }));
    index = await PackageIndex.start(releases);
    index.faults.set('slowly', 'trickle');
  });
  afterAll(() => index.stop());

  const definition = (isEdited: boolean) => {
    const frameworks = [...NAMES, 'is-newer'].map((name) => {
      const requirements = ['alpha', 'known', name.endsWith('trickles') ? 'slowly' : 'alpha<2'];
      const wanted = isEdited ? requirements : requirements.slice(0, 1);
      return `[[frameworks]]\nname = "${name}"\nruntime = "py"\nrequirements = ${JSON.stringify(wanted)}\n`;
    });
    return `
[[runtimes]]
name = "py"
python_implementation = "cpython@3.12.7"
requirements = []

${frameworks.join('\n')}
[tool.uv]
exclude-newer = "${CUTOFF}"
[[tool.uv.index]]
name = "company"
url = "${index.url.replace('://', `://me:${PASSWORD}@`)}"
default = true
`;
  };

  it('is told of with its layer, in bounded time, and no file changes; one that is only newer works', async () => {
    const folder = mkdtempSync(join(runFolder(), 'faulty-uv-'));
    const tmp = mkdtempSync(join(runFolder(), 'tmp-'));
    const workspace = Workspace.create(
      { 'stack/venvstacks.toml': definition(false) },
      {
        plugin: isLong ? {} : { uv: { timeout: TIMEOUT } },
        env: { UV: real(), UV_CACHE_DIR: mkdtempSync(join(runFolder(), 'uv-cache-')), TMPDIR: tmp },
      },
    );
    await workspace.succeed(['run-many', '-t', 'lock']);
    workspace.write({ 'stack/venvstacks.toml': definition(true) });
    const old = workspace.files();

    const output = await workspace.fail(['run-many', '-t', 'lock', '--nxBail=false'], { UV: faultyUv(folder) });

    const missing = NAMES.map((name) => ({ name, said: FAULTS[name]?.said.replace('INDEX', index.url) ?? '' })).filter(
      ({ name, said }) => !reportOf(output, `framework-${name}`).includes(said),
    );
    expect({ missing, output }).toEqual({ missing: [], output });
    expect(reportOf(output, 'framework-exports-empty')).toContain(
      'framework-exports-empty: uv 99.0.0 gave no lock that can be used: its pylock.toml is of version ?, not 1.0\n  It is newer than 0.13.9',
    );
    expect(output).toMatch(/^framework-is-newer: /m);
    expect(output).not.toContain(PASSWORD);
    expect(output).not.toMatch(/^\s+at |nx-venvstacks failed/m);
    const untouched = (files: Record<string, string>) =>
      Object.entries(files).filter(([path]) => !path.includes('framework-is-newer'));
    expect(untouched(workspace.files())).toEqual(untouched(old));
    expect(notedProcesses(join(folder, 'pids')).filter(isRunning)).toEqual([]);
    expect(readdirSync(tmp).filter((name) => name.startsWith('nx-venvstacks'))).toEqual([]);

    index.faults.clear();
    await workspace.succeed(['run-many', '-t', 'lock']);
    expect(workspace.read('stack/requirements/framework-exports-half/packages-framework-exports-half.txt')).toContain(
      'alpha==1.0\nknown==1.0\n',
    );
  });
});

/** What the output has of a layer: from its name to the next line that begins with one. */
function reportOf(output: string, envName: string): string {
  const [, report = ''] = new RegExp(`^(${envName}: (?:.*\\n)(?:[ \\t].*\\n)*)`, 'm').exec(output) ?? [];
  return report;
}

describe('the download of uv', () => {
  let index: PackageIndex;
  beforeAll(async () => {
    index = await PackageIndex.start(
      [{ name: 'uv', version: '0.13.9', wheel: 'not what was built' }],
      `me:${PASSWORD}`,
    );
  });
  afterAll(() => index.stop());

  it.each<[Fault | 'other-hashes' | 'refused', RegExp]>([
    ['401', /Could not fetch URL INDEXuv\/: 401 Client Error/],
    ['404', /Could not fetch URL INDEXuv\/: 404 Client Error/],
    ['429', /Could not fetch URL INDEXuv\/: .*429/],
    ['500', /Could not fetch URL INDEXuv\/: .*500/],
    ['dropped', /Could not fetch URL INDEXuv\/: connection error: .*Connection aborted/],
    ['redirect-loop', /Looking in indexes: INDEX\n.*Exceeded 30 redirects/],
    ['login-page', /Looking in indexes: INDEX\n.*ERROR: Could not find a version/],
    ['truncated', /Looking in indexes: INDEX\n[^]*JSON/],
    ['other-hashes', /THESE PACKAGES DO NOT MATCH THE HASHES[^]*Expected sha256 [^]*Got +[0-9a-f]{64}/],
    ['refused', /Could not fetch URL INDEXuv\/: connection error: .*Connection refused/],
    ['silent', /Could not fetch URL INDEXuv\/: connection error: .*Read timed out/],
    ['trickle', new RegExp(`Looking in indexes: INDEX\\n    pip took longer than ${TIMEOUT} s, and was ended`)],
  ])('that fails (%s) is told of in bounded time, and leaves nothing', async (fault, cause) => {
    index.faults.clear();
    if (fault !== 'other-hashes' && fault !== 'refused') index.faults.set('uv', fault);
    const host = fault === 'refused' ? '127.0.0.1:1' : index.host;
    const toolFolder = mkdtempSync(join(runFolder(), 'tools-'));
    const env: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      HOME: toolFolder,
      PIP_CONFIG_FILE: '/dev/null',
      PIP_INDEX_URL: `http://me:${PASSWORD}@${host}/simple/`,
      PIP_NO_CACHE_DIR: '1',
      ...(isLong ? {} : { PIP_DEFAULT_TIMEOUT: '1', PIP_RETRIES: '0' }),
    };
    const finding = findUv(
      { timeout: TIMEOUT },
      toolFolder,
      () => join(toolFolder, 'tools'),
      env,
      () => undefined,
    );
    const report = await finding.then(
      () => 'found',
      (error: VenvstacksError) => error.report,
    );
    expect(report).toMatch(/^pip could not install uv==0\.13\.9:\n/);
    expect(report).toMatch(new RegExp(cause.source.replaceAll('INDEX', `http://${host}/simple/`)));
    expect(report).toMatch(/\n {2}Install uv yourself, and have it on PATH\.$/);
    expect(report).not.toContain(PASSWORD);
    expect(readdirSync(join(toolFolder, 'tools'))).toEqual([]);
  });
});
