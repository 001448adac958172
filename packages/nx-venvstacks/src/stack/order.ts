import { findDisagreement, findOrder, isConflict, linearise } from './c3';
import type { Declaration } from './definition';
import type { Layer } from './layer';
import type { Problem } from './problem';

/** The frameworks below a layer, linearised; the problem where no order satisfies all of them. */
export function lineariseFrameworks(
  declaration: Declaration,
  named: readonly Layer[],
  find: (envName: string) => Layer,
): readonly Layer[] | Problem {
  const names = named.map(({ name }) => name);
  const byName = new Map(named.flatMap((layer) => [layer, ...layer.frameworks]).map((layer) => [layer.name, layer]));
  const linearisationOf = (name: string) => [name, ...(byName.get(name)?.frameworks ?? []).map((layer) => layer.name)];
  const result = linearise(names, linearisationOf);
  if (!isConflict(result)) return result.map((name) => find(`framework-${name}`));

  const conflicting = [...new Set(result.remaining.map(([head]) => `'${head ?? ''}'`))];
  const order = findOrder(names, linearisationOf);
  const disagreement = findDisagreement(names, linearisationOf);
  const hint = order
    ? `This order works: frameworks = [${order.map((name) => `"${name}"`).join(', ')}].`
    : disagreement
      ? `No order of them works: '${disagreement.first}' has '${disagreement.pair[0]}' before '${disagreement.pair[1]}', '${disagreement.second}' has it the other way round.`
      : 'No order of them works.';
  return declaration.problem(
    'frameworks',
    `linearization failed: the order of ${conflicting.join(' and ')} is in conflict`,
    hint,
  );
}
