import { dirname, relative } from 'node:path';
import type { Definition, NamedLayer } from './definition';
import { escapeRegExp } from './escape';
import { environmentName } from './layer';
import { collisionKey } from './name';
import type { Problem } from './problem';

/** Checks that the names of a stack's layers can stand side by side. */
export function checkDistinct(definitions: readonly Definition[]): { problems: Problem[]; warnings: Problem[] } {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const report = (layer: NamedLayer, index: number, message: string, hint?: string): Problem => {
    const declared = definitions
      .flatMap(({ declarations }) => declarations)
      .filter(({ kind, name, file }) => kind === layer.kind && name === layer.name && file === layer.file);
    // The same name twice in one file: the last one is the one too many.
    const declaration = declared[Math.min(index, declared.length - 1)];
    return declaration
      ? declaration.problem('name', message, hint)
      : { file: layer.file, layer: `${layer.kind} ${layer.name}`, field: 'name', message, hint };
  };

  const layers = definitions.flatMap(({ named }) => named);
  const taken = new Map<string, NamedLayer>();
  for (const layer of layers) {
    const { kind, name } = layer;
    const envName = environmentName(kind, name);
    const prefix = kind === 'runtime' ? /^(?:app|framework)-/i.exec(name)?.[0] : undefined;
    if (prefix !== undefined) {
      problems.push(
        report(
          layer,
          0,
          `the prefix '${prefix}' is reserved for the environments of applications and frameworks: '${name}'`,
          'Give the runtime another name.',
        ),
      );
    }
    const other = taken.get(collisionKey(envName));
    if (other) {
      const message = explainCollision(layer, other);
      problems.push(report(layer, 1, message, 'Give one of them another name.'));
      // With one file per layer there is no first and second: both are in doubt.
      if (other.file !== layer.file)
        problems.push(report(other, 0, explainCollision(other, layer), 'Give one of them another name.'));
    } else {
      taken.set(collisionKey(envName), layer);
    }
    if (name.includes('@')) {
      const deployed = layers.find(
        (each) =>
          isVersioned(each) &&
          new RegExp(`^${escapeRegExp(environmentName(each.kind, each.name))}@\\d+$`, 'i').test(envName),
      );
      if (deployed) {
        problems.push(
          report(
            layer,
            0,
            `'${envName}' could equal the deployed name of ${deployed.kind} '${deployed.name}'`,
            "Leave out the '@'.",
          ),
        );
      } else {
        warnings.push(report(layer, 0, "'@' in a name looks like the number of a deployed name", "Leave out the '@'."));
      }
    }
  }
  return { problems, warnings };

  function isVersioned(layer: NamedLayer): boolean {
    return definitions.some(({ declarations }) =>
      declarations.some(
        ({ kind, name, fields }) => kind === layer.kind && name === layer.name && fields.versioned === true,
      ),
    );
  }
}

function explainCollision(layer: NamedLayer, other: NamedLayer): string {
  const where =
    other.file === layer.file ? '' : ` in ${relative(dirname(layer.file), other.file).replaceAll('\\', '/')}`;
  if (layer.kind === other.kind && layer.name === other.name) {
    return `${layer.kind} names must be distinct: '${layer.name}' is already defined${where}`;
  }
  return `names must be distinct: '${layer.name}' and ${other.kind} '${other.name}'${where} differ only in case, or in '.' against '_', and their files would collide`;
}
