import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify, type TomlTable } from 'smol-toml';
import { VenvstacksError } from '../errors';
import { escapeRegExp, type Layer } from '../stack';
import { formatConstraint, type Constraint } from './constraints';
import { interpreterRequest, interpreterWasRefused, standInInterpreter } from './interpreter';
import { relocateUvLock } from './pins';
import { indent, runProcess, type ProcessResult } from './process';
import { inTemporaryFolder } from './temporary';
import { uvEnvironment, withoutCredentials } from './uv-environment';
import { uvProject } from './uv-project';
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
 * @throws {VenvstacksError} `resolution`, with uv's own words
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
      await runUv(layer, options, [...exportArgs, '--python', python], project, config, python),
    );
    return {
      exported: await readFile(output, 'utf8'),
      uvLock: relocateUvLock(await readFile(uvLock, 'utf8'), project, layer.lockFolder),
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
  if (standIn !== undefined) {
    const result = await runUv(
      layer,
      options,
      [...lockArguments(options), '--python', standIn],
      project,
      config,
      standIn,
    );
    if (result.code === 0) return standIn;
    if (!interpreterWasRefused(result.stderr)) requireSuccess(layer, options, result);
  }
  const request = interpreterRequest(layer.python);
  requireSuccess(
    layer,
    options,
    await runUv(layer, options, [...lockArguments(options), '--python', request], project, config, request),
  );
  return request;
}

function lockArguments({ upgrade = [] }: ResolveOptions): string[] {
  return upgrade === 'all'
    ? ['lock', '--upgrade']
    : ['lock', ...upgrade.flatMap((name) => ['--upgrade-package', name])];
}

function runUv(
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
  return runProcess(uv.path, args, {
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

function requireSuccess(layer: Layer, { constraints }: ResolveOptions, { code, stderr }: ProcessResult): void {
  if (code === 0) return;
  const words = withoutCredentials(stderr);
  const holders = constraints
    .filter(({ name, version }) =>
      new RegExp(`(?<![\\w-])${escapeRegExp(name)}==${escapeRegExp(version)}(?![\\w.]*\\d)`).test(words),
    )
    .map((constraint) => `${formatConstraint(constraint)} is locked by ${constraint.layer}`);
  throw new VenvstacksError('resolution', `uv could not resolve the layer's requirements:\n${indent(words)}`, {
    layer: layer.envName,
    ...(holders.length ? { hint: `Lower layers hold versions that are in the way:\n  ${holders.join('\n  ')}` } : {}),
  });
}
