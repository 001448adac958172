import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify, type TomlTable } from 'smol-toml';
import type { Layer } from '../stack';
import type { Constraint } from './constraints';
import { interpreterRequest, interpreterWasRefused, standInInterpreter } from './interpreter';
import { relocateUvLock } from './pins';
import type { ProcessResult } from './process';
import { askedIndexes, resolutionFailure, settingsFailure } from './resolution-failure';
import { inTemporaryFolder } from './temporary';
import { readAnswer } from './uv-answer';
import { uvEnvironment } from './uv-environment';
import { uvProject } from './uv-project';
import { runUv } from './uv-run';
import type { UvTool } from './uv-tool';

/** What uv found. */
export interface Resolution {
  /** The text of uv's pylock.toml. Local addresses in it start from `folder`. */
  readonly exported: string;
  /** The text of its uv.lock, with local addresses relative to the lock's folder. */
  readonly uvLock: string;
  /** Where uv ran; gone by now. */
  readonly folder: string;
}

export interface ResolveOptions {
  readonly constraints: readonly Constraint[];
  readonly cutoff: string | undefined;
  /** A uv.lock to start from, with local addresses relative to the lock's folder. */
  readonly previous: string | undefined;
  /** Packages that may move although their pins would still do. */
  readonly upgrade?: readonly string[] | 'all' | undefined;
  readonly uv: UvTool;
  readonly env: NodeJS.ProcessEnv;
  /** Absolute path of a folder for things kept between runs. */
  readonly toolFolder: string;
}

/**
 * Resolves one layer with uv, in a temporary folder of its own.
 *
 * @throws {VenvstacksError} `resolution`, with uv's own words; `uv`, where it did not end by itself or gave no lock
 */
export async function resolveLayer(layer: Layer, options: ResolveOptions): Promise<Resolution> {
  // The real path: on macOS the temporary folder is behind a link, and uv writes relative paths.
  return inTemporaryFolder(await realpath(tmpdir()), 'nx-venvstacks', async (folder) => {
    const project = join(folder, 'project');
    const config = join(folder, 'config');
    await Promise.all([mkdir(project), mkdir(config)]);
    await writeFile(
      join(project, 'pyproject.toml'),
      stringify(guarded(uvProject(layer, options.constraints, options.cutoff))),
    );
    const uvLock = join(project, 'uv.lock');
    if (options.previous !== undefined)
      await writeFile(uvLock, relocateUvLock(options.previous, layer.lockFolder, project));

    const python = await runLock(layer, options, project, config);
    const output = join(project, 'pylock.layer.toml');
    const exportArgs = [
      'export',
      '--format',
      'pylock.toml',
      '--no-header',
      '--no-annotate',
      '--no-emit-project',
      '--locked',
      '--output-file',
      output,
    ];
    requireSuccess(
      layer,
      options,
      await ask(layer, options, [...exportArgs, '--python', python], project, config, python),
    );
    const answer = await readAnswer(layer, options.uv, { uvLock, exported: output });
    return {
      exported: answer.exported,
      uvLock: relocateUvLock(answer.uvLock, project, layer.lockFolder),
      folder: project,
    };
  });
}

/** Cuts the project off from a uv workspace that may surround the temporary folder. */
function guarded(project: TomlTable): TomlTable {
  const tool = project.tool as TomlTable;
  // Nor may the user's settings take the project out of uv's hands.
  return {
    ...project,
    tool: { ...tool, uv: { ...(tool.uv as TomlTable), workspace: {}, managed: true, package: false } },
  };
}

/** Runs `uv lock`. @returns the interpreter that uv accepted */
async function runLock(layer: Layer, options: ResolveOptions, project: string, config: string): Promise<string> {
  const standIn = await standInInterpreter(layer.python, join(options.toolFolder, 'python'));
  const lockWith = (python: string) =>
    ask(layer, options, [...lockArguments(options), '--python', python], project, config, python);
  if (standIn !== undefined) {
    const result = await lockWith(standIn);
    if (result.code === 0 || !interpreterWasRefused(result.stderr)) {
      requireSuccess(layer, options, result);
      return standIn;
    }
  }
  const request = interpreterRequest(layer.python);
  requireSuccess(layer, options, await lockWith(request));
  return request;
}

function lockArguments({ upgrade = [] }: ResolveOptions): string[] {
  return upgrade === 'all'
    ? ['lock', '--upgrade']
    : ['lock', ...upgrade.flatMap((name) => ['--upgrade-package', name])];
}

function ask(
  layer: Layer,
  { uv, env }: ResolveOptions,
  args: readonly string[],
  project: string,
  config: string,
  python: string,
): Promise<ProcessResult> {
  const downloads = /[/\\]/.test(python) ? 'never' : 'automatic';
  // What a uv that is killed leaves behind goes with the folder.
  const temporary = dirname(project);
  return runUv(layer, uv, args, askedIndexes(layer, env), {
    cwd: project,
    env: {
      ...uvEnvironment(env, config, layer.uv.folder),
      UV_PYTHON_DOWNLOADS: downloads,
      TMPDIR: temporary,
      TEMP: temporary,
      TMP: temporary,
    },
  });
}

function requireSuccess(layer: Layer, { constraints, env }: ResolveOptions, result: ProcessResult): void {
  if (result.code !== 0) throw resolutionFailure(layer, constraints, result, env);
  // Without its settings, uv would go on with PyPI, and without the cutoff.
  if (result.stderr.includes('during settings discovery')) throw settingsFailure(layer, result, env);
}
