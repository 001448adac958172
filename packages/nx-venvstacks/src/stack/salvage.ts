import { isUtf8 } from 'node:buffer';
import { checkName } from './name';
import { LIMITS, readBytes } from './read-file';
import { KINDS, type LayerKind } from './schema';

/** What a text tells of a layer when it cannot be read as TOML. */
export interface SalvagedLayer {
  readonly kind: LayerKind;
  readonly name: string;
}

/**
 * Names from the lines of a definition file that could not be read, so that the layers' targets can say why they fail
 * and the layers on them are not blamed.
 *
 * @param fallback the name of a layer that gives none
 */
export function salvageNames(file: string, fallback?: string): SalvagedLayer[] {
  const found = new Map<string, SalvagedLayer>();
  let kind: LayerKind | undefined;
  let first: LayerKind | undefined;
  for (const line of readText(file).split(/\r?\n/)) {
    // Any table ends the one before it: `name` in a `[[tool.uv.index]]` is no layer's.
    const [, table] = /^\s*\[\[?\s*([\w.-]+)(?:\s*\])?\]?\s*(?:#.*)?$/.exec(line) ?? [];
    if (table !== undefined) {
      kind = (Object.keys(KINDS) as LayerKind[]).find(
        (each) => KINDS[each].stackTable === table || KINDS[each].layerTable === table,
      );
      first ??= kind;
    }
    const [, , name] = /^\s*name\s*=\s*(["'])(.*?)\1\s*(?:#.*)?$/.exec(line) ?? [];
    if (kind !== undefined && name !== undefined && checkName(name) === undefined) {
      found.set(`${kind} ${name}`, { kind, name });
    }
  }
  if (found.size === 0 && first !== undefined && fallback !== undefined) return [{ kind: first, name: fallback }];
  return [...found.values()];
}

function readText(file: string): string {
  try {
    const bytes = readBytes(file, LIMITS.definition);
    return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1').replace(/^\uFEFF/, '');
  } catch {
    // Nothing to be had from a file that cannot be read.
    return '';
  }
}
