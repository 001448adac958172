import { basename, dirname } from 'node:path';
import { checkName } from './name';
import type { Overlay } from './overlay';
import type { Problem } from './problem';
import { salvageNames } from './salvage';
import { checkLayerTable, isTable, KINDS, LAYER_SCHEMAS, nameOf, type LayerFields, type LayerKind } from './schema';
import { suggest } from './suggest';
import { isProblem, readTomlFile, type TomlFile } from './toml-file';
import { KEY, type TomlPath } from './toml-places';

/** What one table of a definition file declares. */
export interface Declaration {
  readonly kind: LayerKind;
  readonly name: string;
  readonly fields: LayerFields;
  /** Absolute path of the definition file. */
  readonly file: string;
  /** A problem with a field of this layer, at its place in the file. */
  readonly problem: (field: string | readonly (string | number)[], message: string, hint?: string) => Problem;
}

/** A layer of which no more is known than that it was meant to be there. */
export interface NamedLayer {
  readonly kind: LayerKind;
  readonly name: string;
  readonly file: string;
}

/** A definition file after reading and checking each table by itself. */
export interface Definition {
  readonly file: string;
  readonly declarations: readonly Declaration[];
  /** Every layer whose name could be read, sound or not. */
  readonly named: readonly NamedLayer[];
  /** Where the file could not be read as layers: those that its text seems to hold. */
  readonly salvaged: readonly NamedLayer[];
  /** The `[tool.uv]` table of a `venvstacks.toml`, unchecked. */
  readonly uv: TomlFile | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

const KIND_NAMES = Object.keys(KINDS) as LayerKind[];

/** Reads and checks a `venvstacks.toml`. */
export function readStackDefinition(file: string, overlay: Overlay): Definition {
  return withSalvagedNames(checkStackFile(file, overlay));
}

function checkStackFile(file: string, overlay: Overlay): Definition {
  const toml = readTomlFile(file, overlay);
  if (isProblem(toml)) return { ...nothing(file), problems: [toml] };

  const tables: LayerTable[] = [];
  const problems: Problem[] = [];
  const expected: string[] = KIND_NAMES.map((kind) => KINDS[kind].stackTable);
  for (const [key, value] of Object.entries(toml.table)) {
    const kind = KIND_NAMES.find((each) => KINDS[each].stackTable === key);
    if (kind) {
      if (!Array.isArray(value) || !value.every(isTable)) {
        problems.push(
          problemAt(toml, [key], `must be an array of tables, written [[${key}]], not ${nameOf(value)}`, undefined, {
            field: key,
          }),
        );
        continue;
      }
      value.forEach((table, index) => {
        if (isTable(table)) tables.push({ kind, table, path: [key, index], fallback: undefined });
      });
    } else if (key === 'tool') {
      problems.push(...checkToolTable(toml, value));
    } else {
      const hint = suggest(key, [...expected, 'tool']);
      problems.push(problemAt(toml, [key, KEY], `unknown table or key '${key}'`, hint));
    }
  }
  // A later kind may be written first; layers are read in the order of a stack.
  tables.sort((a, b) => KIND_NAMES.indexOf(a.kind) - KIND_NAMES.indexOf(b.kind));
  return checkTables(
    toml,
    tables,
    problems,
    isTable(toml.table.tool) && isTable(toml.table.tool.uv) ? toml : undefined,
  );
}

/**
 * Reads and checks a `layer.toml`.
 *
 * @param root the workspace, whose own folder is called differently in every clone and names no layer
 */
export function readLayerDefinition(file: string, root: string, overlay: Overlay): Definition {
  const folder = dirname(file);
  const fallback = folder === root ? undefined : basename(folder);
  return withSalvagedNames(checkLayerFile(file, fallback, overlay), fallback);
}

function checkLayerFile(file: string, fallback: string | undefined, overlay: Overlay): Definition {
  const toml = readTomlFile(file, overlay);
  if (isProblem(toml)) return { ...nothing(file), problems: [toml] };

  const tables: LayerTable[] = [];
  const problems: Problem[] = [];
  const expected: string[] = KIND_NAMES.map((kind) => KINDS[kind].layerTable);
  for (const [key, value] of Object.entries(toml.table)) {
    const kind = KIND_NAMES.find((each) => KINDS[each].layerTable === key);
    if (!kind) {
      const plural = KIND_NAMES.find((each) => KINDS[each].stackTable === key);
      const hint = plural
        ? `A layer.toml holds one layer, in a table [${KINDS[plural].layerTable}].`
        : suggest(key, expected);
      problems.push(problemAt(toml, [key, KEY], `unknown table or key '${key}'`, hint));
    } else if (!isTable(value)) {
      problems.push(
        problemAt(toml, [key], `must be a table, written [${key}], not ${nameOf(value)}`, undefined, { field: key }),
      );
    } else {
      tables.push({ kind, table: value, path: [key], fallback });
    }
  }
  if (tables.length > 1) {
    problems.push({
      file,
      message: 'holds more than one layer',
      hint: 'Give each layer a folder with a layer.toml of its own.',
    });
  }
  if (tables.length === 0 && problems.length === 0) {
    problems.push({
      file,
      message: 'holds no layer',
      hint: `Write one table: ${expected.map((name) => `[${name}]`).join(', ')}.`,
    });
  }
  return checkTables(toml, tables, problems, undefined);
}

interface LayerTable {
  readonly kind: LayerKind;
  readonly table: Record<string, unknown>;
  readonly path: TomlPath;
  /** The name of a layer that gives none. */
  readonly fallback: string | undefined;
}

function nothing(file: string): Definition {
  return { file, declarations: [], named: [], salvaged: [], uv: undefined, problems: [], warnings: [] };
}

function withSalvagedNames(definition: Definition, fallback?: string): Definition {
  const { file, named, problems } = definition;
  if (named.length || problems.length === 0) return definition;
  return { ...definition, salvaged: salvageNames(file, fallback).map((layer) => ({ ...layer, file })) };
}

function problemAt(
  toml: TomlFile,
  path: TomlPath,
  message: string,
  hint?: string,
  about: { layer?: string; field?: string | undefined } = {},
): Problem {
  return { file: toml.file, ...toml.locate(path), ...about, message, hint };
}

function checkToolTable(toml: TomlFile, tool: unknown): Problem[] {
  if (!isTable(tool))
    return [problemAt(toml, ['tool'], `must be a table, not ${nameOf(tool)}`, undefined, { field: 'tool' })];
  return Object.entries(tool).flatMap(([key, value]) => {
    if (key !== 'uv')
      return [problemAt(toml, ['tool', key, KEY], `unknown table 'tool.${key}'`, 'Only [tool.uv] is read.')];
    return isTable(value)
      ? []
      : [problemAt(toml, ['tool', 'uv'], `must be a table, not ${nameOf(value)}`, undefined, { field: 'tool.uv' })];
  });
}

function checkTables(
  toml: TomlFile,
  tables: readonly LayerTable[],
  found: Problem[],
  uv: TomlFile | undefined,
): Definition {
  const declarations: Declaration[] = [];
  const named: NamedLayer[] = [];
  const problems = [...found];
  const warnings: Problem[] = [];
  for (const { kind, table, path, fallback } of tables) {
    const { file } = toml;
    const name = table.name ?? fallback;
    const layer =
      typeof name === 'string' && name !== '' ? `${kind} ${name}` : `${kind} number ${Number(path[1] ?? 0) + 1}`;
    const problem: Declaration['problem'] = (field, message, hint) => {
      const fieldPath = typeof field === 'string' ? [field] : field;
      const shown = fieldPath[0] === undefined ? undefined : String(fieldPath[0]);
      return problemAt(toml, [...path, ...fieldPath], message, hint, { layer, field: shown });
    };

    const checked = checkLayerTable(kind, table);
    const issues = 'issues' in checked ? checked.issues : [];
    for (const issue of issues) {
      const key = String(issue.path.at(-1));
      problems.push(
        issue.kind === 'unknown'
          ? { ...problem([...issue.path, KEY], `unknown field`, explainUnknownField(kind, key)), field: key }
          : problem(issue.path, issue.message),
      );
    }
    if (name === undefined) problems.push(problem('name', 'is required', 'name = "…"'));
    const wrongFolder = table.name === undefined && fallback !== undefined ? checkName(fallback) : undefined;
    if (wrongFolder !== undefined) {
      problems.push(problem('name', `the folder's name is none for a layer: ${wrongFolder}`, 'name = "…"'));
    }
    if (typeof name === 'string' && !issues.some(({ path: [field] }) => field === 'name'))
      named.push({ kind, name, file });
    if ('fields' in checked && typeof name === 'string') {
      declarations.push({ kind, name, fields: checked.fields, file, problem });
      warnings.push(...deprecations(checked.fields, problem));
    }
  }
  return { file: toml.file, declarations, named, salvaged: [], uv, problems, warnings };
}

function explainUnknownField(kind: LayerKind, field: string): string | undefined {
  const others = KIND_NAMES.filter((other) => other !== kind && Object.hasOwn(LAYER_SCHEMAS[other].entries, field));
  if (others.length) return `It is a field of ${others.map((other) => `${other}s`).join(' and ')}.`;
  const known = Object.keys(LAYER_SCHEMAS[kind].entries);
  return suggest(
    field,
    known.filter((name) => !['fully_versioned_name', 'build_requirements'].includes(name)),
  );
}

function deprecations(fields: LayerFields, problem: Declaration['problem']): Problem[] {
  const warnings: Problem[] = [];
  if (fields.fully_versioned_name !== undefined) {
    warnings.push(problem('fully_versioned_name', 'is deprecated', 'Write python_implementation instead.'));
  }
  if (fields.build_requirements !== undefined) {
    warnings.push(problem('build_requirements', 'is deprecated and has no effect', 'Remove it.'));
  }
  return warnings;
}
