import { formatProblems, suggest, type BrokenLayer, type Layer, type LayerKind, type Stack } from '../../stack';
import { titleOf, typedOption, type ReadOptions } from './options';
import type { Choice, Prompt } from './prompt';
import { refuse } from './refuse';

/** The lower layers that a layer names: one runtime, or frameworks. */
export interface LowerNames {
  readonly runtime?: string;
  readonly frameworks?: readonly string[];
}

type LowerKind = 'runtime' | 'framework';

/** What is known of the stack that a layer comes to. */
export interface LowerLayerContext {
  readonly stack: Stack | undefined;
  /** Absolute path of the workspace. */
  readonly root: string;
  /** How to create a runtime in that stack. */
  readonly runtimeCommand: string;
  readonly prompt: Prompt | undefined;
}

/**
 * The lower layers of a new layer: those that the user names, else the only ones there are, else those that the user
 * chooses.
 */
export async function chooseLowerLayers(
  kind: LayerKind,
  options: ReadOptions,
  context: LowerLayerContext,
): Promise<LowerNames> {
  if (kind === 'runtime') return {};
  const frameworks = (options.frameworks ?? []).map((name) => name.trim()).filter((name) => name !== '');
  const { runtime } = options;
  if (runtime !== undefined && frameworks.length) {
    refuse(
      '--runtime and --frameworks exclude each other',
      'The runtime is that of the frameworks: leave out --runtime.',
    );
  }
  if (runtime !== undefined) {
    requireSound('runtime', runtime, context);
    return { runtime };
  }
  if (frameworks.length) {
    for (const name of frameworks) requireSound('framework', name, context);
    return { frameworks };
  }
  if (known('runtime', context).length === 0) {
    refuse('there is no runtime yet', `Create one first: ${context.runtimeCommand}`);
  }
  const title = titleOf(kind, options.name);
  if (kind === 'application') {
    const chosen = await chooseFrameworks(title, context);
    if (chosen.length) return { frameworks: chosen };
  }
  return { runtime: await chooseRuntime(title, context) };
}

/** The only framework that no other stands on; none where there are no frameworks, or the user wants none. */
async function chooseFrameworks(title: string, context: LowerLayerContext): Promise<readonly string[]> {
  const all = soundOnes('framework', context);
  const tops = all.filter((layer) => !all.some(({ named }) => named.includes(layer)));
  if (tops.length <= 1) return tops.map(({ name }) => name);
  if (context.prompt) {
    // Upper ones first: nearest first is the order in which a layer names them.
    const message = `Which frameworks does ${title} stand on? (None: directly on a runtime.)`;
    return context.prompt.some(message, [...all].reverse().map(toChoice));
  }
  return refuse(
    `there are several frameworks to stand on: ${listOf(all)}`,
    `Say which: ${typedOption('frameworks', tops[0]?.name ?? '')}, several separated by commas; or ${typedOption('runtime', all[0]?.runtime?.name ?? '')} for none.`,
  );
}

async function chooseRuntime(title: string, context: LowerLayerContext): Promise<string> {
  const all = soundOnes('runtime', context);
  const [first] = all;
  if (all.length === 1 && first) return first.name;
  if (context.prompt) return context.prompt.one(`Which runtime does ${title} stand on?`, all.map(toChoice));
  return refuse(
    `there are several runtimes to stand on: ${listOf(all)}`,
    `Say which: ${typedOption('runtime', first?.name ?? '')}`,
  );
}

/** Layers of a kind that can be stood on. Where all of them are broken that is what has to be said. */
function soundOnes(kind: LowerKind, context: LowerLayerContext): Layer[] {
  const layers = known(kind, context);
  const sound = layers.filter((layer): layer is Layer => !isBroken(layer));
  const [first] = layers;
  if (sound.length === 0 && first) requireSound(kind, first.name, context);
  return sound;
}

function requireSound(kind: LowerKind, name: string, context: LowerLayerContext): void {
  const layers = known(kind, context);
  const layer = layers.find((each) => each.name === name);
  if (!layer) {
    const hint =
      explainUnknown(kind, name, context) ??
      suggest(
        name,
        layers.map((each) => each.name),
      ) ??
      (kind === 'runtime'
        ? `There is none yet. Create one first: ${context.runtimeCommand}`
        : 'There is none yet: leave out --frameworks to stand on a runtime.');
    refuse(`unknown ${kind} '${name}'`, hint);
  }
  if (isBroken(layer)) refuse(`${kind} '${name}' cannot be used`, formatProblems(layer.problems, context.root));
}

function explainUnknown(kind: LowerKind, name: string, context: LowerLayerContext): string | undefined {
  const has = (each: LowerKind, wanted: string) => known(each, context).some((layer) => layer.name === wanted);
  if (kind === 'framework' && has('runtime', name)) return `'${name}' is a runtime: ${typedOption('runtime', name)}`;
  if (kind === 'runtime' && has('framework', name))
    return `'${name}' is a framework: ${typedOption('frameworks', name)}`;
  const bare = name.replace(/^framework-/, '');
  if (kind === 'framework' && bare !== name && has('framework', bare))
    return `Frameworks are named without the prefix: ${typedOption('frameworks', bare)}`;
  return undefined;
}

function known(kind: LowerKind, { stack }: LowerLayerContext): (Layer | BrokenLayer)[] {
  return [...(stack?.layers ?? []), ...(stack?.broken ?? [])].filter((layer) => layer.kind === kind);
}

function isBroken(layer: Layer | BrokenLayer): layer is BrokenLayer {
  return 'problems' in layer;
}

function toChoice({ name, kind, python, named }: Layer): Choice {
  const hint =
    kind === 'runtime'
      ? `${python.implementation} ${python.version}`
      : `on ${named.map((layer) => layer.name).join(', ')}`;
  return { value: name, hint };
}

function listOf(layers: readonly Layer[]): string {
  return layers.map(({ name }) => `'${name}'`).join(', ');
}
