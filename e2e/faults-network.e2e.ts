import { mkdtempSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Fault } from './support/index-faults';
import { PackageIndex } from './support/package-index';
import { Repository } from './support/repository';
import { CUTOFF, runFolder, tasksIn, Workspace } from './support/workspace';

/** `FAULTS=long`: with the patience that uv has by itself. */
const isLong = process.env.FAULTS === 'long';
jest.setTimeout(isLong ? 3_600_000 : 120_000);

const PASSWORD = 'kohlrabi@two/turnips';
const WRITTEN = encodeURIComponent(PASSWORD);

/** What uv's words, or ours, have to say of each. `ADDRESS`: that of the page. */
const SAID: Record<Fault | `metadata-${string}`, RegExp | 'locks'> = {
  slow: 'locks',
  redirect: 'locks',
  trickle: 'locks',
  '401': /index URL \(INDEX\) .*401 Unauthorized[^]*Credentials are in variables/,
  '403': /index \(INDEX\) .*403 Forbidden[^]*Credentials are in variables/,
  '404': /was not found in the package registry[^]*Asked: company \(INDEX\)/,
  '429': /PAGE\n.*429 Too Many Requests[^]*Asked: company \(INDEX\)[^]*UV_HTTP_TIMEOUT/,
  '500': /PAGE\n.*500 Internal Server Error[^]*Run it again/,
  '503': /PAGE\n.*503 Service Unavailable[^]*Run it again/,
  silent: /PAGE\n[^]*timed out[^]*UV_HTTP_TIMEOUT/,
  'silent-midway': /PAGE\n[^]*timed out[^]*UV_HTTP_TIMEOUT/,
  dropped: /PAGE\n[^]*connection closed before message completed[^]*Run it again/,
  'dropped-midway': /PAGE\n[^]*end of file before message length reached[^]*Run it again/,
  'redirect-loop': /`PAGE`[^]*no package index, or a broken one. Asked: company \(INDEX\)/,
  'redirect-elsewhere': /PAGE\n[^]*http:\/\/login.invalid\/[^]*failed to lookup address/,
  'login-page': /there are no versions of[^]*Asked: company \(INDEX\)[^]*page to log in/,
  'login-page-as-json': /unexpected JSON from `PAGE`[^]*page to log in/,
  'plain-text': /Unsupported `Content-Type` "text\/plain" for `PAGE`[^]*page to log in/,
  truncated: /unexpected JSON from `PAGE`[^]*EOF[^]*no package index, or a broken one/,
  empty: /unexpected JSON from `PAGE`[^]*no package index, or a broken one/,
  binary: /unexpected JSON from `PAGE`[^]*no package index, or a broken one/,
  'no-files': /there are no versions of[^]*Asked: company \(INDEX\)/,
  // uv fetches the wheel then, to hash it: here there is none.
  'no-hash': /Failed to download `[^`]*no_hash-1.0-py3-none-any.whl` to compute missing hashes[^]*Run it again/,
  'md5-only': /no sha256 is known of md5_only-1.0-py3-none-any.whl/,
  'broken-hash': /unexpected JSON from `PAGE`[^]*hash/i,
  'other-metadata': /Hash mismatch for package metadata at `FILE`[^]*no package index, or a broken one/,
  'metadata-404': /FILE[^]*404/,
  'metadata-500': /FILE\n.*500 Internal Server Error[^]*Run it again/,
  'metadata-silent': /FILE\n[^]*timed out[^]*UV_HTTP_TIMEOUT/,
  'metadata-dropped-midway': /FILE\n[^]*end of file[^]*Run it again/,
  'metadata-login-page': /Hash mismatch for package metadata at `FILE`[^]*no package index, or a broken one/,
  'metadata-empty': /Hash mismatch for package metadata at `FILE`/,
};
const NAMES = Object.keys(SAID).filter((name) => name !== 'trickle');
const WHEEL = (name: string) => `${name.replaceAll('-', '_')}-1.0-py3-none-any.whl`;

const definition = (address: string, requirement: (name: string) => string) => `
[[runtimes]]
name = "py"
python_implementation = "cpython@3.12.7"
requirements = ["core"]
${NAMES.map((name) => `[[frameworks]]\nname = "${name}"\nruntime = "py"\nrequirements = ${requirement(name)}\nversioned = true\n`).join('\n')}
[tool.uv]
exclude-newer = "${CUTOFF}"
[[tool.uv.index]]
name = "company"
url = "${address}"
default = true
`;

/** What a lock comes to: the same each time but for the time, and the id of the run. */
const comparable = (files: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      text.replaceAll(/^ {2}"(?:lineage|locked_at|fingerprint)": .*$/gm, ''),
    ]),
  );

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

describe('an index that fails', () => {
  let index: PackageIndex;
  const environment = { ...process.env };

  beforeAll(async () => {
    const releases = ['core', 'known', ...NAMES].map((name) => ({ name, version: '1.0' }));
    index = await PackageIndex.start(releases, `reader:${PASSWORD}`);
  });
  beforeEach(() => {
    process.env = { ...environment };
  });
  afterAll(async () => {
    process.env = environment;
    await index.stop();
  });

  const address = () => `http://reader:${WRITTEN}@${index.host}/simple/`;
  const before = (name: string) => `["known"] # ${name}`;
  const after = (name: string) => `["known", "${name}"]`;

  function create(): Repository {
    const repository = Repository.create({ 'stack/venvstacks.toml': definition(address(), before) });
    process.env.UV_CACHE_DIR = mkdtempSync(join(runFolder(), 'uv-cache-'));
    if (!isLong) Object.assign(process.env, { UV_HTTP_TIMEOUT: '1', UV_HTTP_RETRIES: '0' });
    return repository;
  }

  it('is named with its layer, in bounded time; files stay, and when it is healthy again, locks are as if nothing had been', async () => {
    const repository = create();
    await repository.lockWell();
    repository.commit();
    repository.write({ 'stack/venvstacks.toml': definition(address(), after) });
    const old = repository.files();
    for (const name of NAMES) {
      const [, ofMetadata] = /^metadata-(.*)$/.exec(name) ?? [];
      index.faults.set(ofMetadata === undefined ? name : WHEEL(name), (ofMetadata ?? name) as Fault);
    }

    const took: string[] = [];
    const wrong: string[] = [];
    for (const name of NAMES.filter((each) => SAID[each as Fault] !== 'locks')) {
      const start = Date.now();
      const results = await repository.lock([name], { skipCache: true });
      const { success, output } = results.at(-1) ?? { success: true, output: '' };
      took.push(`${name}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
      const expected = (SAID[name as Fault] as RegExp).source
        .replaceAll('INDEX', index.url)
        .replaceAll('PAGE', `${index.url}${name}/`)
        .replaceAll('FILE', `http://${index.host}/files/${WHEEL(name)}.metadata`);
      const isClear = new RegExp(`^framework-${name}: [^]*${expected}`).test(output);
      if (success || !isClear || /^\s+at |kohlrabi|turnips/m.test(output)) wrong.push(output);
    }
    expect(wrong).toEqual([]);
    expect(repository.files()).toEqual(old);
    if (isLong) process.stderr.write(`${took.join('\n')}\n`);

    // A redirect is followed, what is slow is waited for.
    for (const name of ['slow', 'redirect']) await repository.lockWell([name]);
    index.faults.clear();
    await repository.lockWell();
    expect(await repository.check()).not.toContainEqual(expect.objectContaining({ success: false }));

    const undisturbed = repository.clone(new Map());
    undisturbed.write({ 'stack/venvstacks.toml': definition(address(), after) });
    await undisturbed.lockWell();
    expect(comparable(repository.files())).toEqual(comparable(undisturbed.files()));
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['refuses connections', async () => `http://127.0.0.1:${await freePort()}/simple/`, /Connection refused/],
    ['has no address', () => Promise.resolve('https://packages.invalid/simple/'), /failed to lookup address/],
  ])('is named where it %s', async (_, find, cause) => {
    const repository = create();
    const broken = (await find()).replace('://', `://reader:${WRITTEN}@`);
    repository.write({ 'stack/venvstacks.toml': definition(broken, before) });
    const [{ success, output } = { success: true, output: '' }] = await repository.lock(['py']);
    expect(success).toBe(false);
    expect(output).toMatch(/^py: uv could not resolve the layer's requirements:\n/);
    expect(output).toMatch(cause);
    expect(output).toContain(`Asked: company (${broken.replace(/\/\/.*@/, '//')})`);
    expect(output).not.toMatch(/kohlrabi|turnips/);
  });

  it.each([
    ['a variable', '', { UV_INDEX: 'http://reader:sec/ret@127.0.0.1:1/simple' }],
    ['a variable with spaces', '', { UV_INDEX: 'http://reader:sec ret@127.0.0.1:1/simple' }],
    [
      'the name of an index',
      '[[tool.uv.index]]\nname = "more"\nurl = "http://reader:sec/ret@127.0.0.1:1/simple"\n',
      {},
    ],
    // uv itself would go on without any of the settings, and ask PyPI.
    ['a setting', 'index-url = "http://reader:sec/ret@127.0.0.1:1/simple"\n', {}],
  ])('is named without the password where its address cannot be read: in %s', async (_, setting, env) => {
    const repository = create();
    Object.assign(process.env, env);
    const settings = definition(address(), before).replace(
      '[tool.uv]\n',
      `[tool.uv]\n${setting.startsWith('[[') ? '' : setting}`,
    );
    repository.write({ 'stack/venvstacks.toml': `${settings}${setting.startsWith('[[') ? setting : ''}` });
    const [{ success, output } = { success: true, output: '' }] = await repository.lock(['py']);
    expect(success).toBe(false);
    expect(output).toMatch(
      /^py: uv (?:could not resolve the layer's requirements|cannot read the stack's uv configuration):\n/,
    );
    expect(output).toContain('invalid port number');
    expect(output).not.toMatch(/sec.?ret/);
    expect(repository.files('stack/requirements')).toEqual({});
  });
});

describe('without a network, and without uv', () => {
  it('all works that resolves nothing', async () => {
    const index = await PackageIndex.start([{ name: 'core', version: '1.0' }]);
    const layer = (kind: string, more: string) => `[[${kind}]]\nversioned = true\n${more}\nrequirements = ["core"]\n\n`;
    const workspace = Workspace.create(
      {
        'stack/venvstacks.toml':
          layer('runtimes', 'name = "py"\npython_implementation = "cpython@3.12.7"') +
          layer('applications', 'name = "report"\nlaunch_module = "report.py"\nruntime = "py"') +
          `[tool.uv]\nexclude-newer = "${CUTOFF}"\n[[tool.uv.index]]\nurl = "${index.url}"\ndefault = true\n`,
        'stack/report.py': 'print(1)\n',
      },
      { env: { UV: join(runFolder(), 'uv', 'bin', 'uv') } },
    );
    await workspace.succeed(['run-many', '-t', 'lock']);
    await workspace.commitAll('Lock');
    const dead = `http://${index.host}`;
    await index.stop();
    const alone = { UV: './there-is-no-uv', HTTP_PROXY: dead, HTTPS_PROXY: dead, ALL_PROXY: dead };

    const idle = await workspace.succeed(['run-many', '-t', 'lock', '--skip-nx-cache'], alone);
    expect(idle.match(/: nothing to do$/gm)).toHaveLength(2);

    workspace.write({ 'stack/report.py': 'print(2)\n' });
    expect(await workspace.succeed(['run', 'report:lock'], alone)).toContain(
      'app-report@2 (was 1): launch module report changed',
    );
    const looked = await workspace.succeed(['run-many', '-t', 'lock-check', 'show', '--skip-nx-cache'], alone);
    expect(looked).toContain('app-report@2');
    expect(tasksIn(looked).ran).toEqual(['py:lock-check', 'py:show', 'report:lock-check', 'report:show']);

    workspace.write({
      'stack/venvstacks.toml': workspace.read('stack/venvstacks.toml').replaceAll('"core"', '"core<2"'),
    });
    expect(await workspace.fail(['run', 'py:lock'], alone)).toContain(
      'which is no uv that runs: there is no such program',
    );
  });
});
