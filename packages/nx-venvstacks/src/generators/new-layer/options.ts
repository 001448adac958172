import type { LayerKind } from '../../stack';

/** Options of the generators of layers, as Nx hands them over; each kind has some of them (schemas/generators). */
export interface NewLayerOptions {
  readonly name: string;
  /** Runtimes. A number where Nx took `3.12` for one. */
  readonly python?: string | number;
  /** Frameworks and applications. */
  readonly runtime?: string;
  readonly frameworks?: readonly string[];
  readonly requirements?: readonly string[];
  /** Applications. */
  readonly launchModule?: string;
  readonly platforms?: readonly string[];
  readonly versioned?: boolean;
  readonly directory?: string;
  readonly stack?: string;
  /** What stood on the command line beside options and the name. */
  readonly _?: readonly (string | number)[];
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

/** A layer as messages name it: `framework 'charts'`. */
export function titleOf(kind: LayerKind, name: string): string {
  return `${kind} '${name}'`;
}
