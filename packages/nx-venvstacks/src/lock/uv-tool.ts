import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { VenvstacksError } from '../errors';
import { hashItems } from './hash';
import { wordsOfPip } from './pip-words';
import { indent, isMissing, limitsOf, runProcess } from './process';
import { inTemporaryFolder, sweep } from './temporary';
import { PINNED_UV, PINNED_UV_HASHES } from './uv-pin';
import { askVersion } from './uv-version';
import { compareVersions } from './version';

/** The oldest uv that this plugin was tested with. */
export const OLDEST_UV = '0.9.0';

/** Seconds that a call of uv may take where nothing else is said: what is slow, and not for ever. */
export const DEFAULT_UV_TIMEOUT = 600;

/** An executable uv. */
export interface UvTool {
  readonly path: string;
  readonly version: string;
  /** Seconds that a call of it may take. */
  readonly timeout: number;
}

/** The plugin's options that concern uv. */
export interface UvOptions {
  /** Path of an executable, relative to the workspace's root, or a name on `PATH`. */
  readonly path?: string | undefined;
  /** The version to install. */
  readonly version?: string | undefined;
  /** `sha256:…` of that version's files, any of which may be installed. Needed for any version but the default. */
  readonly hashes?: readonly string[] | undefined;
  /** Whether to install one where none is found. */
  readonly install?: boolean | undefined;
  /** Seconds that one call of it may take, or pip to install it. Default: 600. */
  readonly timeout?: number | undefined;
}

/**
 * Finds uv: the option, the variable `UV`, `PATH` if it is not older than the oldest tested, else one that is installed
 * by pip into `toolFolder`, once.
 *
 * @param toolFolder absolute path of a folder for things kept between runs: asked for where one is installed
 * @param log told when something is installed
 * @throws {VenvstacksError} `uv`
 */
export async function findUv(
  options: UvOptions,
  root: string,
  toolFolder: () => string,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<UvTool> {
  const { timeout = DEFAULT_UV_TIMEOUT } = options;
  const chosen = options.path ?? env.UV;
  if (chosen !== undefined && chosen !== '') {
    const from = options.path === undefined ? 'the variable UV' : "the plugin's option uv.path";
    const path = /[/\\]/.test(chosen) && !isAbsolute(chosen) ? resolve(root, chosen) : chosen;
    const answer = await askVersion(path, env, timeout);
    if (answer.version === undefined) {
      const reason = answer.reason ?? 'there is no such program';
      throw new VenvstacksError('uv', `${from} names '${chosen}', which is no uv that runs: ${reason}`, {
        hint: 'Correct it, or remove it: uv is then found on PATH, or installed.',
      });
    }
    requireTested(answer.version, from);
    return { path, version: answer.version, timeout };
  }
  const onPath = await askVersion('uv', env, timeout);
  if (onPath.version !== undefined && compareVersions(onPath.version, OLDEST_UV) >= 0)
    return { path: 'uv', version: onPath.version, timeout };
  if (options.install === false) {
    const found =
      onPath.version !== undefined
        ? `uv on PATH is ${onPath.version}, older than ${OLDEST_UV}, the oldest that is supported`
        : onPath.reason === undefined
          ? 'uv was not found'
          : `uv on PATH is no uv that runs: ${onPath.reason}`;
    throw new VenvstacksError('uv', `${found}, and the plugin's option uv.install is false`, {
      hint: 'Install uv, as in: pip install uv',
    });
  }
  const version = options.version ?? PINNED_UV;
  requireTested(version, "the plugin's option uv.version");
  const hashes = options.hashes ?? (version === PINNED_UV ? PINNED_UV_HASHES : []);
  if (hashes.length === 0) {
    const message = `the plugin's option uv.version names uv ${version}, and uv.hashes does not say what may be installed`;
    const hint = `Take them from: echo uv==${version} | uv pip compile --generate-hashes -`;
    throw new VenvstacksError('uv', message, { hint });
  }
  return { ...(await installUv(version, hashes, toolFolder(), env, timeout, log)), timeout };
}

function requireTested(version: string, from: string): void {
  if (compareVersions(version, OLDEST_UV) >= 0) return;
  throw new VenvstacksError('uv', `${from} names uv ${version}; the oldest that is supported is ${OLDEST_UV}`, {
    hint: 'Update it, as in: pip install --upgrade uv',
  });
}

async function installUv(
  version: string,
  hashes: readonly string[],
  toolFolder: string,
  env: NodeJS.ProcessEnv,
  timeout: number,
  log: (line: string) => void,
): Promise<Omit<UvTool, 'timeout'>> {
  // One that was installed for other hashes is not taken.
  const isPinned = hashes === PINNED_UV_HASHES;
  const home = join(toolFolder, `uv-${version}${isPinned ? '' : `-${hashItems([...hashes].sort()).slice(7, 15)}`}`);
  sweep(toolFolder);
  const installed = executableIn(home);
  if (installed !== undefined) return { path: installed, version };

  log(`installing uv ${version} with pip, once for this workspace …`);
  return inTemporaryFolder(toolFolder, basename(home), async (temporary) => {
    const building = join(temporary, 'home');
    await pipInstall(version, hashes, temporary, building, env, timeout);
    // Before it takes its place: one that does not run would be found there ever after.
    const built = executableIn(building);
    if (built === undefined || (await askVersion(built, env, timeout)).version === undefined) {
      throw new VenvstacksError('uv', `pip installed uv ${version}, but it does not run`, {
        hint: 'Install uv yourself, as in: pip install uv',
      });
    }
    // A rename is all or nothing: another task never sees half an installation.
    await rename(building, home).catch((error: unknown) => {
      if (executableIn(home) === undefined) throw error;
    });
    return { path: join(home, relative(building, built)), version };
  });
}

function executableIn(home: string): string | undefined {
  const name = process.platform === 'win32' ? 'uv.exe' : 'uv';
  return ['bin', 'Scripts'].map((folder) => join(home, folder, name)).find((path) => existsSync(path));
}

/** What is downloaded runs on this machine: pip takes nothing but a file with one of the hashes, wherever it is from. */
async function pipInstall(
  version: string,
  hashes: readonly string[],
  temporary: string,
  target: string,
  env: NodeJS.ProcessEnv,
  timeout: number,
): Promise<void> {
  const requirements = join(temporary, 'requirements.txt');
  const options = hashes.map((hash) => ` --hash=${hash}`).join('');
  await writeFile(requirements, `uv==${version}${options}\n`);
  const where = ['--require-hashes', '--requirement', requirements, '--target', target];
  const cwd = join(temporary, 'empty');
  await Promise.all([mkdir(cwd), mkdir(target)]);
  // What a pip that is killed leaves behind goes with the folder.
  await runPip(`uv==${version}`, where, cwd, { ...env, TMPDIR: temporary, TEMP: temporary, TMP: temporary }, timeout);
}

/** @param cwd an empty folder: Python takes what lies in the one that it is started in for pip, or for its own modules */
async function runPip(
  what: string,
  where: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  timeout: number,
): Promise<void> {
  const limits = limitsOf(timeout);
  const log = `${cwd}.log`;
  const pythons = process.platform === 'win32' ? [['py', '-3'], ['python']] : [['python3'], ['python']];
  let noPip: string | undefined;
  for (const [command = '', ...first] of pythons) {
    const args = [
      ...first,
      '-m',
      'pip',
      'install',
      '--quiet',
      '--log',
      log,
      '--disable-pip-version-check',
      '--no-input',
      '--no-deps',
      '--only-binary=:all:',
      ...where,
    ];
    try {
      const result = await runProcess(command, args, {
        cwd,
        limits,
        env: { ...env, PYTHONSAFEPATH: '1', PIP_REQUIRE_VIRTUALENV: '0', PIP_USER: '0' },
      });
      if (result.code === 0) return;
      if (!result.stderr.includes('No module named pip')) {
        const words = await wordsOfPip(result, log, limits, env);
        throw new VenvstacksError('uv', `pip could not install ${what}:\n${indent(words)}`, {
          hint: 'Install uv yourself, and have it on PATH.',
        });
      }
      noPip ??= [command, ...first].join(' ');
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw noPip === undefined
    ? new VenvstacksError('uv', 'uv was not found, and there is no Python to install it with', {
        hint: 'Install uv, or a Python with pip: uv is then installed from PyPI.',
      })
    : new VenvstacksError('uv', `uv was not found, and ${noPip} has no pip to install it with`, {
        hint: `Install uv, or pip (on Debian and Ubuntu: apt-get install python3-pip).`,
      });
}
