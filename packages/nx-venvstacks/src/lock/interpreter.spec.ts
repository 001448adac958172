import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../testing/folder';
import { interpreterRequest, interpreterWasRefused, standInInterpreter } from './interpreter';

const CPYTHON = { implementation: 'cpython', version: '3.12.7', minor: '3.12' } as const;
const PYPY = { implementation: 'pypy', version: '3.10.16', minor: '3.10' } as const;

const answer = (executable: string | undefined) =>
  JSON.parse(execFileSync(executable ?? '', ['-c', 'what uv asks'], { encoding: 'utf8' })) as Record<string, unknown>;

describe('the stand-in for an interpreter', () => {
  it('answers uv’s question with one line of JSON that names the version', async () => {
    const executable = (await standInInterpreter(CPYTHON, makeFolder())) ?? '';
    expect(execFileSync(executable, { encoding: 'utf8' }).trimEnd()).not.toContain('\n');
    expect(answer(executable)).toMatchObject({
      result: 'success',
      markers: {
        implementation_name: 'cpython',
        python_full_version: '3.12.7',
        python_version: '3.12',
        platform_python_implementation: 'CPython',
        sys_platform: 'linux',
      },
      sys_executable: executable,
      sys_prefix: dirname(executable),
      arch: 'x86_64',
      platform: { arch: 'x86_64' },
    });
  });

  it('names the implementation', async () => {
    expect(answer(await standInInterpreter(PYPY, makeFolder()))).toMatchObject({
      markers: { implementation_name: 'pypy', platform_python_implementation: 'PyPy', python_version: '3.10' },
    });
  });

  it('lies at the same path each time, and each version at its own', async () => {
    const folder = makeFolder();
    const first = await standInInterpreter(CPYTHON, folder);
    expect(await standInInterpreter(CPYTHON, folder)).toBe(first);
    expect(await standInInterpreter(PYPY, folder)).not.toBe(first);
    expect(await standInInterpreter({ ...CPYTHON, version: '3.12.8' }, folder)).not.toBe(first);
  });

  it('is whole where several are made at once, in a folder that is not there yet', async () => {
    const folder = join(makeFolder(), 'tools/python');
    const made = await Promise.all([1, 2, 3, 4].map(() => standInInterpreter(CPYTHON, folder)));
    expect(new Set(made).size).toBe(1);
    expect(answer(made[0])).toMatchObject({ result: 'success' });
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it.each(['answer.json', 'python'])('is made whole again where %s is damaged', async (name) => {
    const folder = makeFolder();
    const executable = (await standInInterpreter(CPYTHON, folder)) ?? '';
    const file = join(dirname(executable), name);
    const text = readFileSync(file, 'utf8');
    for (const damaged of ['', '{"result": "succ', text.slice(0, 20)]) {
      writeFileSync(file, damaged);
      expect(await standInInterpreter(CPYTHON, folder)).toBe(executable);
      expect(answer(executable)).toMatchObject({ result: 'success' });
    }
  });

  it('is none on Windows, where a shell script is no executable', async () => {
    const folder = makeFolder();
    const { platform } = process;
    Object.defineProperty(process, 'platform', { value: 'win32' });
    try {
      expect(await standInInterpreter(CPYTHON, folder)).toBeUndefined();
    } finally {
      Object.defineProperty(process, 'platform', { value: platform });
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('works at a path with spaces', async () => {
    const executable = await standInInterpreter(CPYTHON, join(makeFolder(), 'a b $c'));
    expect(answer(executable)).toMatchObject({ sys_executable: executable });
  });
});

describe('a uv that does not take it', () => {
  it.each([
    'error: Failed to inspect Python interpreter from provided path at `x`',
    'error: Querying Python at `x` failed with exit status 1',
    'error: Failed to query Python interpreter',
    'error: No interpreter found at path `x`',
  ])('is told by its words: %s', (words) => {
    expect(interpreterWasRefused(words)).toBe(true);
  });

  it('is told apart from one that found no packages', () => {
    expect(interpreterWasRefused('  × No solution found when resolving dependencies:\n  ╰─▶ six was not found')).toBe(
      false,
    );
  });

  it('is then given the version', () => {
    expect(interpreterRequest(CPYTHON)).toBe('cpython@3.12');
    expect(interpreterRequest(PYPY)).toBe('pypy@3.10');
  });
});
