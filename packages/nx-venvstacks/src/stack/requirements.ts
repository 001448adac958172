import type { Declaration } from './definition';
import type { Disk } from './disk';
import type { Module } from './layer';
import type { Overlay } from './overlay';
import { formatRequirement, satisfiesSpecifier, type Requirement } from './pep508';
import type { Problem } from './problem';
import type { PythonImplementation } from './python';
import { readScriptMetadata, ScriptMetadataError, type ScriptMetadata } from './script-metadata';

/** A layer's declared requirements: the field's, else those that its launch module states for itself (PEP 723). */
export function declaredRequirements(
  declaration: Declaration,
  launchModule: Module | undefined,
  python: PythonImplementation,
  overlay: Overlay,
  disk: Disk,
): { requirements: readonly Requirement[]; problems: Problem[]; warnings: Problem[] } {
  const { fields, problem } = declaration;
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  let script: ScriptMetadata | undefined;
  try {
    script = launchModule && readScript(launchModule, overlay, disk);
  } catch (error) {
    if (!(error instanceof ScriptMetadataError)) throw error;
    problems.push(problem('launch_module', `${launchModule?.path ?? ''}: ${error.message}`));
    return { requirements: fields.requirements ?? [], problems, warnings };
  }

  if (fields.requirements === undefined && script === undefined) {
    const hint =
      declaration.kind === 'application'
        ? "Write requirements = [], or list them in the launch module's '# /// script' block."
        : 'Write requirements = [] for none.';
    problems.push(problem('requirements', 'is required', hint));
  }
  if (script?.requiresPython !== undefined && !admits(script.requiresPython, python.version)) {
    problems.push(
      problem(
        'launch_module',
        `requires-python = "${script.requiresPython}" in ${launchModule?.path ?? ''} does not admit the runtime's Python ${python.version}`,
        'Correct requires-python there, or choose a runtime that it admits.',
      ),
    );
  }
  if (fields.requirements !== undefined && script !== undefined) {
    const texts = (list: readonly Requirement[]) => list.map(formatRequirement).sort().join('\n');
    if (texts(fields.requirements) !== texts(script.dependencies)) {
      warnings.push(
        problem(
          'requirements',
          `differ from the dependencies in ${launchModule?.path ?? ''}; the field is what counts`,
          'Remove one of the two.',
        ),
      );
    }
  }
  return { requirements: fields.requirements ?? script?.dependencies ?? [], problems, warnings };
}

function readScript({ absolutePath, isFolder }: Module, overlay: Overlay, disk: Disk): ScriptMetadata | undefined {
  const draft = overlay.get(absolutePath);
  if (typeof draft === 'string') return readScriptMetadata(draft);
  if (isFolder) return undefined;
  let source: string;
  try {
    const bytes = disk.read(absolutePath);
    if (!bytes.includes('# /// script')) return undefined;
    source = bytes.toString('utf8');
  } catch (error) {
    throw new ScriptMetadataError(`cannot be read: ${(error as Error).message}`);
  }
  return readScriptMetadata(source);
}

function admits(requiresPython: string, version: string): boolean {
  return requiresPython
    .split(',')
    .map((part) => part.trim().replace(/^([=!~<>]+)\s+/, '$1'))
    .filter((part) => part !== '')
    .every((specifier) => satisfiesSpecifier(version, specifier));
}
