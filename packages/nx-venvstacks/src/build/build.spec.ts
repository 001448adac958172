import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { VenvstacksError } from '../errors';
import { Judge } from '../lock';
import { makeFolder, writeFiles } from '../testing/folder';
import { LockedStack, STACK } from '../testing/locked-stack';
import { buildLayer, type BuildResult } from './build';
import { machinePlatform } from './platform';

const HERE = machinePlatform() ?? '';
const PLACE = 'requirements/cpython-3.12/.venv';

/** A locked stack that is for this machine. */
function locked(): LockedStack {
  return new LockedStack({ 'venvstacks.toml': STACK.replace('"linux_x86_64", "win_amd64"', `"${HERE}"`) }).lockAll();
}

/** Builds without uv: whoever asks for it fails. @returns the report of what is wrong */
async function build(stack: LockedStack, envName = 'cpython-3.12'): Promise<BuildResult | string> {
  try {
    return await buildLayer(stack.layer(envName), {
      judge: new Judge(stack.env),
      env: stack.env,
      trustedHosts: [],
      claimFolder: stack.path('claims'),
      say: () => undefined,
      uv: () => Promise.reject(new Error('uv was asked')),
      commandFor: (name, what) => `${what} ${name}`,
    });
  } catch (error) {
    if (error instanceof VenvstacksError) return error.report;
    throw error;
  }
}

const foreign = (stack: LockedStack) =>
  `cpython-3.12: there is an environment already that was not built by this: ${stack.path(PLACE)}\n  Move or remove it.`;

describe('in place of an environment', () => {
  it('what another tool made is left alone', async () => {
    const stack = locked();
    stack.write(`${PLACE}/pyvenv.cfg`, 'mine');
    expect(await build(stack)).toBe(foreign(stack));
    expect(stack.read(`${PLACE}/pyvenv.cfg`)).toBe('mine');
  });

  it('a file is left alone', async () => {
    const stack = locked();
    writeFileSync(stack.path(PLACE), 'mine');
    expect(await build(stack)).toBe(foreign(stack));
    expect(readFileSync(stack.path(PLACE), 'utf8')).toBe('mine');
  });

  it.each([{}, { 'nx-venvstacks.json': '{ "fingerprint": "x", "python": "", "packages": {} }' }])(
    'a link is left alone, and nothing is written to where it leads: %j',
    async (files) => {
      const [stack, elsewhere] = [locked(), makeFolder()];
      writeFiles(elsewhere, files);
      symlinkSync(elsewhere, stack.path(PLACE));
      expect(await build(stack)).toBe(foreign(stack));
      expect(lstatSync(stack.path(PLACE)).isSymbolicLink()).toBe(true);
    },
  );
});

describe('a layer is not built', () => {
  it('while its packages may not be those of its lock', async () => {
    const stack = locked();
    stack.edit('venvstacks.toml', '["six"]', '["six", "more"]');
    expect(await build(stack)).toBe(
      'cpython-3.12: its lock is stale: requirement more added\n  Lock it first: lock cpython-3.12',
    );
  });

  it('before those that it stands on', async () => {
    expect(await build(locked(), 'framework-tools')).toBe(
      'framework-tools: the lower layer cpython-3.12 is not built from its lock\n  Build it first: build cpython-3.12',
    );
  });

  it('where it is not for the machine', async () => {
    const other = HERE === 'win_arm64' ? 'win_amd64' : 'win_arm64';
    const stack = new LockedStack({ 'venvstacks.toml': STACK.replace('"linux_x86_64", "win_amd64"', `"${other}"`) });
    expect(await build(stack)).toMatchObject({
      outcome: 'skipped',
      notes: [`it is for ${other}, and this machine is ${HERE}`],
    });
  });
});
