import { join } from 'node:path';
import { formatProblems, readLayerFiles, readStackFile, type Layer, type Stack } from '../stack';
import { makeFolder } from './folder';

/** A stack as read, with its problems and warnings as a user sees them from its folder. */
export interface ReadStack {
  readonly folder: string;
  readonly stack: Stack;
  readonly problems: string;
  readonly warnings: string;
  /** A sound layer by its environment name. */
  readonly layer: (envName: string) => Layer;
}

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Line 1 to 4 of a `venvstacks.toml`: a runtime `py312`. */
export const RUNTIME = lines(
  '[[runtimes]]',
  'name = "py312"',
  'python_implementation = "cpython@3.12.11"',
  'requirements = []',
);

/** A `layer.toml` with a runtime. */
export const RUNTIME_LAYER = lines('[runtime]', 'python_implementation = "cpython@3.12.11"', 'requirements = []');

/** A framework's table for a `venvstacks.toml`. */
export function framework(name: string, ...fields: string[]): string {
  return lines('[[frameworks]]', `name = "${name}"`, 'requirements = []', ...fields);
}

/** Lines of a file. */
export function lines(...texts: string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

/** Reads the stack of a `venvstacks.toml` in a folder of its own. */
export function readStackText(text: string | Uint8Array, files: Files = {}, env: NodeJS.ProcessEnv = {}): ReadStack {
  const folder = makeFolder({ ...files, 'venvstacks.toml': text });
  return describeStack(folder, readStackFile(join(folder, 'venvstacks.toml'), env));
}

/** Reads the stack of all `layer.toml` among some files, in a folder of its own. */
export function readLayerTexts(files: Files): ReadStack {
  const folder = makeFolder(files);
  const definitions = Object.keys(files).filter((path) => path.endsWith('layer.toml'));
  return describeStack(
    folder,
    readLayerFiles(
      definitions.map((path) => join(folder, path)),
      folder,
      {},
    ),
  );
}

function describeStack(folder: string, stack: Stack): ReadStack {
  return {
    folder,
    stack,
    problems: formatProblems(stack.problems, folder),
    warnings: formatProblems(stack.warnings, folder),
    layer: (envName) => {
      const layer = stack.layers.find((each) => each.envName === envName);
      if (!layer) throw new Error(`no sound layer ${envName}:\n${formatProblems(stack.problems, folder)}`);
      return layer;
    },
  };
}
