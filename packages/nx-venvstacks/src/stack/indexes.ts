import type { Declaration } from './definition';
import { environmentName, type Layer } from './layer';
import { normalizeName } from './pep508';
import type { Problem } from './problem';
import { suggest } from './suggest';
import type { UvConfig } from './uv-config';

/** A layer's package indexes in effect, with what the layers below chose. */
export function linkIndexes(
  declaration: Declaration,
  lower: readonly Layer[],
  uv: UvConfig,
): { packageIndexes: ReadonlyMap<string, string>; problems: Problem[] } {
  const { fields, problem } = declaration;
  const problems: Problem[] = [];
  const known = uv.indexes.flatMap(({ name }) => name ?? []);
  const envName = environmentName(declaration.kind, declaration.name);
  const checkKnown = (index: string, path: readonly (string | number)[], what: string) => {
    if (known.includes(index)) return;
    const hint = suggest(index, known) ?? 'Declare it as [[tool.uv.index]], or as [[index]] in venvstacks.uv.toml.';
    problems.push(problem(path, `${envName} references an unknown package index '${index}' ${what}`, hint));
  };

  const chosen = new Map<string, string>();
  for (const [name, index] of Object.entries(fields.package_indexes ?? {})) {
    const normal = normalizeName(name);
    checkKnown(index, ['package_indexes', name], `for '${name}'`);
    if (chosen.has(normal)) {
      problems.push(
        problem(['package_indexes', name], `multiple sources for ${normal} (names are compared in normalised form)`),
      );
    }
    chosen.set(normal, index);
  }
  (fields.priority_indexes ?? []).forEach((index, position) => {
    checkKnown(index, ['priority_indexes', position], 'in priority_indexes');
  });
  const overrides = fields.index_overrides ?? {};
  for (const [from, to] of Object.entries(overrides)) {
    checkKnown(from, ['index_overrides', from], 'in index_overrides');
    checkKnown(to, ['index_overrides', from], 'in index_overrides');
  }

  for (const layer of lower) {
    for (const [name, index] of layer.packageIndexes) {
      const here = chosen.get(name) ?? index;
      chosen.set(name, here);
      if (here !== index && overrides[index] !== here) {
        problems.push(
          problem(
            'index_overrides',
            `inconsistent package index for ${name}: '${index}' in ${layer.envName}, '${here}' here`,
            `To accept that, write index_overrides = { ${index} = "${here}" }.`,
          ),
        );
      }
    }
  }
  return { packageIndexes: chosen, problems };
}
