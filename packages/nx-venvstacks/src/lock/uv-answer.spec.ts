import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VenvstacksError } from '../errors';
import { makeFolder, writeFiles } from '../testing/folder';
import { LockedStack } from '../testing/locked-stack';
import { readAnswer } from './uv-answer';
import { PINNED_UV } from './uv-pin';

jest.setTimeout(60_000);

const layer = new LockedStack().layer('framework-tools');

const UV_LOCK = `version = 1
revision = 3
requires-python = "==3.12.*"

[[package]]
name = "alpha"
version = "1.0"
source = { registry = "https://index.invalid/simple" }
dependencies = [
    { name = "zeta", marker = "sys_platform == 'win32'" },
]
wheels = [
    { url = "https://index.invalid/alpha-1.0-py3-none-any.whl", hash = "sha256:${'a'.repeat(64)}" },
]

[[package]]
name = "framework-tools"
version = "0"
source = { virtual = "." }
dependencies = [
    { name = "alpha" },
]

[[package]]
name = "zeta"
version = "2.0"
source = { registry = "https://index.invalid/simple" }
wheels = [
    { url = "https://index.invalid/zeta-2.0-py3-none-win_amd64.whl", hash = "sha256:${'b'.repeat(64)}" },
    { url = "https://index.invalid/zeta-2.0-py3-none-win32.whl", hash = "sha256:${'c'.repeat(64)}" },
]
`;

const PYLOCK = `lock-version = "1.0"
created-by = "uv"
requires-python = "==3.12.*"

[[packages]]
name = "alpha"
version = "1.0"
index = "https://index.invalid/simple"
wheels = [{ url = "https://index.invalid/alpha-1.0-py3-none-any.whl", hashes = { sha256 = "${'a'.repeat(64)}" } }]

[[packages]]
name = "zeta"
version = "2.0"
marker = "sys_platform == 'win32'"
index = "https://index.invalid/simple"

[[packages.wheels]]
url = "https://index.invalid/zeta-2.0-py3-none-win_amd64.whl"
hashes = { sha256 = "${'b'.repeat(64)}" }

[[packages.wheels]]
url = "https://index.invalid/zeta-2.0-py3-none-win32.whl"
hashes = { sha256 = "${'c'.repeat(64)}" }
`;

type Text = string | Uint8Array | undefined;
const folder = makeFolder();
const files = { uvLock: join(folder, 'uv.lock'), exported: join(folder, 'pylock.toml') };

/** What is said of an answer; undefined for one that is taken. */
async function refusal(uvLock: Text, exported: Text, version = PINNED_UV): Promise<string | undefined> {
  writeFiles(folder, { 'uv.lock': uvLock ?? '', 'pylock.toml': exported ?? '' });
  const missing = join(folder, 'nowhere');
  const at = {
    uvLock: uvLock === undefined ? missing : files.uvLock,
    exported: exported === undefined ? missing : files.exported,
  };
  return readAnswer(layer, { path: '/bin/uv', version, timeout: 1 }, at).then(
    () => undefined,
    (error: VenvstacksError) => error.report,
  );
}

describe('an answer of uv’s', () => {
  it('is taken as it is, if it is whole', async () => {
    writeFiles(folder, { 'uv.lock': UV_LOCK, 'pylock.toml': PYLOCK });
    const answer = await readAnswer(layer, { path: 'uv', version: PINNED_UV, timeout: 1 }, files);
    expect(answer).toEqual({ uvLock: UV_LOCK, exported: PYLOCK });
    expect(readFileSync(files.uvLock, 'utf8')).toBe(UV_LOCK);
  });

  it.each<[string, Text, Text, string]>([
    ['no uv.lock', undefined, PYLOCK, 'it said that all went well, and wrote no uv.lock (ENOENT'],
    ['no pylock.toml', UV_LOCK, undefined, 'it said that all went well, and wrote no pylock.toml (ENOENT'],
    ['an empty uv.lock', '', PYLOCK, 'its uv.lock is of version ?, not 1'],
    ['an empty pylock.toml', UV_LOCK, '', 'its pylock.toml is of version ?, not 1.0'],
    ['a uv.lock that is no TOML', 'Downloading…', PYLOCK, 'its uv.lock is not TOML (line 1)'],
    ['a pylock.toml that is no TOML', UV_LOCK, '<html>', 'its pylock.toml is not TOML (line 1)'],
    ['bytes', Buffer.from([0, 255, 254]), PYLOCK, 'its uv.lock is not UTF-8'],
    ['bytes', UV_LOCK, Buffer.from([0x61, 255]), 'its pylock.toml is not UTF-8'],
    ['a uv.lock of another form', UV_LOCK.replace('version = 1', 'version = 2'), PYLOCK, 'of version 2, not 1'],
    ['a pylock.toml of another form', UV_LOCK, PYLOCK.replace('"1.0"', '"2.0"'), 'of version 2.0, not 1.0'],
    ['another project’s', UV_LOCK.replaceAll('"zeta"', '"other"'), PYLOCK, 'its uv.lock lacks zeta 2.0'],
    [
      'one with a package missing',
      UV_LOCK.replace('name = "zeta"\n', 'name = "other"\n'),
      PYLOCK,
      'its uv.lock lacks zeta, which alpha needs',
    ],
    [
      'packages without names',
      UV_LOCK,
      PYLOCK.replace('name = "alpha"', ''),
      'its pylock.toml is broken: a package has no name',
    ],
    ['another version', UV_LOCK, PYLOCK.replace('"2.0"', '"2.1"'), 'its uv.lock lacks zeta 2.1'],
    [
      'other wheels',
      UV_LOCK,
      PYLOCK.replace(/c{64}/, 'd'.repeat(64)),
      'its pylock.toml lacks zeta 2.0, or a wheel of it',
    ],
  ])('is refused that is %s', async (_, uvLock, exported, message) => {
    const said = await refusal(uvLock, exported);
    expect(said).toMatch(`framework-tools: uv ${PINNED_UV} gave no lock that can be used: `);
    expect(said).toContain(message);
    expect(said).toMatch(
      /\n {2}Is it uv that runs as \/bin\/uv\? Run it again; if that does not help, install uv anew\.$/,
    );
  });

  it('is refused wherever it ends early', async () => {
    const taken: string[] = [];
    const bodies = (text: string) =>
      Array.from(text, (_, end) => text.slice(0, end)).filter((part) => part.trim() !== text.trim());
    for (const part of bodies(UV_LOCK)) if ((await refusal(part, PYLOCK)) === undefined) taken.push(part);
    for (const part of bodies(PYLOCK)) if ((await refusal(UV_LOCK, part)) === undefined) taken.push(part);
    // But for wheels in uv.lock, of which it need not have any: what is installed is in the other one.
    expect(taken.filter((part) => !part.includes('version = "2.0"'))).toEqual([]);
    expect(taken.filter((part) => part.startsWith('lock-version'))).toEqual([]);
  });

  it('that a newer uv than was tested gave is said to be that', async () => {
    const newer = (await refusal(UV_LOCK.replace('version = 1', 'version = 2'), PYLOCK, '99.0.0')) ?? '';
    expect(newer).toContain('uv 99.0.0 gave no lock that can be used');
    expect(newer).toContain(`It is newer than ${PINNED_UV}, the newest that this plugin was tested with`);
    expect(await refusal(UV_LOCK, PYLOCK, '99.0.0')).toBeUndefined();
  });
});
