import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { PythonImplementation } from '../stack';
import { hashBytes } from './hash';
import { inTemporaryFolder, sweep } from './temporary';
import { writeText } from './write';

const SCRIPT = '#!/bin/sh\nexec cat "$(dirname "$0")/answer.json"\n';

/**
 * A stand-in for a Python interpreter, so that none of a layer's version has to be there to lock it.
 *
 * uv asks an interpreter for its version and platform and, to lock, for nothing else. The stand-in answers that one
 * question. The answer's form is private to uv; uv 0.7 to 0.13.9 took this one. Where a uv does not, `interpreterWasRefused`
 * tells, and the version is given to uv instead, which finds or downloads an interpreter.
 *
 * @param folder where to keep it: the same path each time, so that uv's own cache of answers holds
 * @returns absolute path of the executable; undefined where a shell script is none (Windows)
 */
export async function standInInterpreter(python: PythonImplementation, folder: string): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  const answer = (home: string) => JSON.stringify(interpreterAnswer(python, home));
  const home = join(folder, `${python.implementation}-${python.version}-${hashBytes(answer('')).slice(7, 15)}`);
  const executable = join(home, 'python');
  sweep(folder);
  if (existsSync(executable)) {
    sweep(home);
    // uv would refuse one that is damaged, and find or download a Python instead, ever after.
    await writeText(join(home, 'answer.json'), `${answer(home)}\n`);
    await writeText(executable, SCRIPT);
    return executable;
  }

  await inTemporaryFolder(folder, basename(home), async (temporary) => {
    const building = join(temporary, 'home');
    await mkdir(building);
    await writeFile(join(building, 'answer.json'), `${answer(home)}\n`);
    await writeFile(join(building, 'python'), SCRIPT, { mode: 0o755 });
    await rename(building, home).catch((error: unknown) => {
      // Another task was faster.
      if (!existsSync(executable)) throw error;
    });
  });
  return executable;
}

/** Whether uv failed because it could not make sense of the interpreter. */
export function interpreterWasRefused(stderr: string): boolean {
  return /failed to (?:inspect|query) python interpreter|querying python|did not return|no interpreter found|is not a valid interpreter/i.test(
    stderr,
  );
}

/** How to ask uv for an interpreter of that version. */
export function interpreterRequest({ implementation, minor }: PythonImplementation): string {
  return `${implementation}@${minor}`;
}

function interpreterAnswer({ implementation, version, minor }: PythonImplementation, home: string): object {
  const os = { name: 'manylinux', major: 2, minor: 28 };
  const packages = `lib/python${minor}/site-packages`;
  return {
    result: 'success',
    markers: {
      implementation_name: implementation,
      implementation_version: version,
      os_name: 'posix',
      platform_machine: 'x86_64',
      platform_python_implementation: implementation === 'pypy' ? 'PyPy' : 'CPython',
      platform_release: '0',
      platform_system: 'Linux',
      platform_version: '0',
      python_full_version: version,
      python_version: minor,
      sys_platform: 'linux',
    },
    sys_base_prefix: home,
    sys_base_exec_prefix: home,
    sys_prefix: home,
    sys_base_executable: `${home}/python`,
    sys_executable: `${home}/python`,
    sys_path: [`${home}/lib`],
    site_packages: [`${home}/lib`],
    stdlib: `${home}/lib`,
    extension_suffixes: ['.abi3.so', '.so'],
    standalone: false,
    scheme: {
      platlib: `${home}/lib`,
      purelib: `${home}/lib`,
      include: `${home}/include`,
      scripts: `${home}/bin`,
      data: home,
    },
    virtualenv: {
      purelib: packages,
      platlib: packages,
      include: `include/site/python${minor}`,
      scripts: 'bin',
      data: '',
    },
    // Older versions of uv read `platform`, newer ones `os` and `arch`.
    os,
    arch: 'x86_64',
    platform: { os, arch: 'x86_64' },
    cpu_info: { detected: { kind: 'flags', flags: '' } },
    manylinux_compatible: true,
    gil_disabled: false,
    debug_enabled: false,
    pointer_size: '64',
  };
}
