import { shellWord } from '../../inference';
import type { LayerKind } from '../../stack';

/** Options of the generators of layers, as Nx hands them over; each kind has some of them (schemas/generators). */
export interface NewLayerOptions {
  /** Here and below a number where Nx took `3.12` for one. */
  readonly name: string | number;
  /** Runtimes. */
  readonly python?: string | number;
  /** Frameworks and applications. */
  readonly runtime?: string | number;
  readonly frameworks?: readonly string[];
  readonly requirements?: readonly string[];
  /** Applications. */
  readonly launchModule?: string;
  readonly platforms?: readonly string[];
  readonly versioned?: boolean;
  readonly directory?: string;
  readonly stack?: string;
}

/** The same with texts as the user typed them, and without those that are empty. */
export interface ReadOptions extends NewLayerOptions {
  readonly name: string;
  readonly python?: string;
  readonly runtime?: string;
}

/** Reads what Nx made of the command line. @param argv the command line itself */
export function readOptions(options: NewLayerOptions, argv: readonly string[] = process.argv): ReadOptions {
  const { name, python, runtime, launchModule = '', ...others } = options;
  const read = (value: string | number | undefined) => (value === undefined ? '' : asTyped(value, argv).trim());
  const [pythonText, runtimeText] = [read(python), read(runtime)];
  return {
    ...others,
    name: read(name),
    ...(pythonText !== '' && { python: pythonText }),
    ...(runtimeText !== '' && { runtime: runtimeText }),
    ...(launchModule !== '' && { launchModule }),
  };
}

/** On its way through the command line 3.10 becomes the number 3.1, and nothing (`--python=`) 0: what was typed tells. */
function asTyped(value: string | number, argv: readonly string[]): string {
  if (typeof value === 'string') return value;
  const texts = argv.map((argument) => argument.replace(/^--?[\w-]+=/, ''));
  const typed = texts.find((text) => text !== '' && Number(text) === value);
  return typed ?? (value === 0 && texts.includes('') ? '' : String(value));
}

/** How a user says that an option is meant. */
export const OPTION_OF_FIELD: Readonly<Record<string, string>> = {
  python_implementation: '--python',
  runtime: '--runtime',
  frameworks: '--frameworks',
  requirements: '--requirements',
  launch_module: '--launchModule',
  platforms: '--platforms',
};

/** An option as a user types it: `--runtime="my python"`. */
export function typedOption(name: keyof NewLayerOptions, ...values: readonly string[]): string {
  return `--${name}=${shellWord(values.join(','))}`;
}

/** A layer as messages name it: `framework 'charts'`. */
export function titleOf(kind: LayerKind, name: string): string {
  return `${kind} '${name}'`;
}
