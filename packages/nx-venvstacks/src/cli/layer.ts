import { isValid, parseLock, readIfThere, type LayerState } from '../lock';
import { formatRequirement, isExcluded, layerModules, lowerLayers } from '../stack';

/** One layer in words: its name and number, its state, what was declared and what was locked, and the layers below. */
export function formatLayer(state: LayerState): string {
  const { layer, files, deployedName } = state;
  const lines = [
    `${layer.kind} ${layer.name} -> ${deployedName}`,
    `  state         ${describeState(state)}`,
    `  python        ${layer.python.implementation}@${layer.python.version}`,
    `  platforms     ${layer.platforms.join(', ') || 'none'}`,
    // A lock that depends on a machine's variable deserves a word.
    ...(layer.macosxTarget.fromEnvironment
      ? [`  macosx_target ${layer.macosxTarget.text}, from MACOSX_DEPLOYMENT_TARGET of this machine`]
      : []),
    ...layerModules(layer).map(({ path }, index) => `  ${index === 0 ? 'launch module ' : 'support module'} ${path}`),
    ...list('requirements', layer.requirements.map(formatRequirement)),
    ...describePackages(readIfThere(files.lock)),
    ...list(
      'lower layers',
      lowerLayers(layer).map(({ envName }) => envName),
    ),
  ];
  return lines.join('\n');
}

function describeState(state: LayerState): string {
  if (isExcluded(state.layer)) return 'excluded: no platform is left';
  return isValid(state) ? 'valid' : `stale: ${state.reasons.join('; ')}`;
}

function describePackages(lock: string | undefined): string[] {
  if (lock === undefined) return ['  packages      not locked yet'];
  try {
    const { packages } = parseLock(lock);
    return list(
      'packages',
      packages.map(({ name, version, marker, shared }) => {
        const condition = marker === '' ? '' : ` ; ${marker}`;
        return `${name} ${version}${condition}${shared ? ' (from a lower layer)' : ''}`;
      }),
    );
  } catch (error) {
    return [`  packages      the lock cannot be read: ${(error as Error).message}`];
  }
}

function list(heading: string, items: readonly string[]): string[] {
  return items.length === 0
    ? [`  ${heading.padEnd(13)} none`]
    : [`  ${heading}`, ...items.map((each) => `    ${each}`)];
}
