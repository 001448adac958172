import { isValid, type LayerState } from '../lock';
import { lowerLayers, type LayerKind } from '../stack';

const HEADINGS: readonly (readonly [string, LayerKind])[] = [
  ['Runtimes', 'runtime'],
  ['Frameworks', 'framework'],
  ['Applications', 'application'],
];

interface Node {
  readonly text: string;
  readonly children: readonly Node[];
}

/** A stack as a tree, as venvstacks shows it; `*` marks what must be locked, with the reasons. */
export function formatTree(title: string, states: readonly LayerState[]): string {
  const stateOf = new Map(states.map((state) => [state.layer, state]));
  const root: Node = {
    text: title,
    children: HEADINGS.map(([text, kind]) => ({
      text,
      children: states
        .filter(({ layer }) => layer.kind === kind)
        .map((state) => ({
          text: label(state) + (isValid(state) ? '' : ` (${state.reasons.join('; ')})`),
          children: lowerLayers(state.layer).map((lower) => ({
            text: label(stateOf.get(lower) ?? state),
            children: [],
          })),
        })),
    })),
  };
  return `${[root.text, ...branches(root.children, '')].join('\n')}\n`;
}

function label(state: LayerState): string {
  const { layer, deployedName } = state;
  const name = (isValid(state) ? '' : '*') + layer.envName;
  return deployedName === layer.envName ? name : `${name} -> ${deployedName}`;
}

function branches(nodes: readonly Node[], indent: string): string[] {
  return nodes.flatMap(({ text, children }, index) => {
    const isLast = index === nodes.length - 1;
    return [
      `${indent}${isLast ? '└── ' : '├── '}${text}`,
      ...branches(children, `${indent}${isLast ? '    ' : '│   '}`),
    ];
  });
}
