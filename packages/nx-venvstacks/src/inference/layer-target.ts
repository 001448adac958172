import type { TargetConfiguration } from '@nx/devkit';
import type { Input } from './target-inputs';

/** What the executor of every target of a layer is told. */
export interface LayerOptions {
  /** The layer's environment name: its key in the stack. */
  readonly layer?: string;
  /** Why the layer cannot be used; then nothing else is set. */
  readonly report?: string;
}

export const TECHNOLOGIES = ['python', 'venvstacks'];

/** Whether a target belongs to a layer. */
export function isLayerExecutor(executor: string | undefined): boolean {
  return executor?.startsWith('nx-venvstacks:') ?? false;
}

/**
 * Any target of a layer that cannot be used: it fails with the reason.
 *
 * @param inputs what could mend it. Nx's default are files of the project, and without any it ends the whole run
 */
export function brokenTarget(
  executor: string,
  report: string,
  inputs: readonly Input[],
): TargetConfiguration<LayerOptions> {
  const [first = ''] = report.split('\n');
  return {
    executor,
    cache: false,
    options: { report },
    inputs: [...inputs],
    metadata: { technologies: [...TECHNOLOGIES], description: `Broken: ${first}` },
  };
}

/** The command that runs a project's target, to be typed into a shell. */
export function runCommand(project: string, target: string): string {
  return `npx nx run ${shellWord(`${project}:${target}`)}`;
}

/**
 * A text as one word of a command line. In double quotes, which all shells know; in single ones where a shell would see
 * more in it than a text: a variable, a command, a line of its history.
 */
export function shellWord(text: string): string {
  if (/^[\w.,/@:+-]+$/.test(text)) return text;
  return /["$`!\\]/.test(text) ? `'${text.replaceAll("'", String.raw`'\''`)}'` : `"${text}"`;
}
