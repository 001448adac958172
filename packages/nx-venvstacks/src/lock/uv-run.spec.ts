import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { VenvstacksError } from '../errors';
import { makeFolder } from '../testing/folder';
import { LockedStack } from '../testing/locked-stack';
import { runUv } from './uv-run';

jest.setTimeout(30_000);

const layer = new LockedStack().layer('framework-tools');

/** What is said of a uv that does something; undefined: it is not there. */
async function report(does: string | undefined): Promise<string> {
  const cwd = makeFolder(does === undefined ? {} : { uv: `#!/bin/sh\n${does}\n` });
  const path = join(cwd, 'uv');
  if (does !== undefined) chmodSync(path, 0o755);
  const options = { cwd, env: { PATH: process.env.PATH, UV_INDEX_A_PASSWORD: 'battery' } };
  return runUv(layer, { path, version: '0.13.9', timeout: 1 }, ['lock', '--upgrade'], 'PyPI', options).then(
    ({ code }) => `code ${String(code)}`,
    (error: VenvstacksError) => error.report.replace(path, 'UV'),
  );
}

describe('a call of uv', () => {
  it.each<[string | undefined, string]>([
    ['exit 0', 'code 0'],
    ['exit 2', 'code 2'],
    [undefined, 'framework-tools: uv could not be started: spawn UV ENOENT\n  It was there a moment ago: '],
    [
      'echo "battery staple" >&2; sleep 60',
      `framework-tools: uv did not end by itself: 'uv lock' took longer than 1 s, and was ended. It had said:
    **** staple
  It gets packages from PyPI. If that takes so long, raise the plugin's option uv.timeout.`,
    ],
    [
      'kill -KILL $$',
      `framework-tools: uv did not end by itself: 'uv lock' was ended by the signal SIGKILL
  If nobody ended it, the system did, as it does where memory runs out.`,
    ],
    [
      'kill -TERM $$',
      "framework-tools: uv did not end by itself: 'uv lock' was ended by the signal SIGTERM\n  Run it again.",
    ],
    [
      'exec yes',
      `framework-tools: uv did not end by itself: 'uv lock' wrote more than 64 MB, and was ended
  uv says no such thing: is it uv that runs there?`,
    ],
  ])('that does %j', async (does, expected) => {
    expect(await report(does)).toContain(expected);
  });
});
