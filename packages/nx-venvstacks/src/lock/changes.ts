import { jsonEqual, type Json } from './canonical-json';
import type { Contents, RecordInputs, ResolutionInputs } from './record';

/** The inputs of a record and those of now, without the packages: what is to be compared before resolving. */
export type ComparableInputs = Omit<RecordInputs, 'contents'> & { readonly contents: Omit<Contents, 'packages'> };

/** Whether packages must be resolved again: a resolution input or a target has changed. */
export function resolutionChanged(before: ComparableInputs, now: ComparableInputs): boolean {
  return (
    !equal(before.resolution, now.resolution) ||
    before.contents.linux_target !== now.contents.linux_target ||
    before.contents.macosx_target !== now.contents.macosx_target ||
    before.contents.env_name !== now.contents.env_name
  );
}

/** Whether anything at all has changed. */
export function inputsChanged(before: ComparableInputs, now: ComparableInputs): boolean {
  const comparable = ({ versioned, contents, resolution }: ComparableInputs) => {
    const { packages: _, ...rest } = contents as Contents;
    return { versioned, contents: rest, resolution };
  };
  return !equal(comparable(before), comparable(now));
}

/**
 * What changed from one state to another, in words a changelog could use; empty for nothing.
 *
 * @param turned names of modules of which only the line ends changed
 */
export function describeChanges(
  before: ComparableInputs,
  now: ComparableInputs,
  turned: ReadonlySet<string> = new Set(),
): string[] {
  return [
    ...describeResolution(before.resolution, now.resolution),
    ...describeContents(before.contents, now.contents, before.resolution.python !== now.resolution.python, turned),
    ...(before.versioned === now.versioned ? [] : [`versioned is now ${String(now.versioned)}`]),
  ];
}

function describeResolution(before: ResolutionInputs, now: ResolutionInputs): string[] {
  return [
    ...describeList('requirement', before.requirements, now.requirements),
    ...describeValue('Python', before.python, now.python),
    ...describeList('platform', before.platforms, now.platforms),
    ...describeValue('cutoff', before.cutoff, now.cutoff),
    ...describeTable('package index of', before.package_indexes, now.package_indexes, true),
    ...(equal(before.priority_indexes, now.priority_indexes) ? [] : ['priority_indexes changed']),
    ...describeTable('uv configuration', before.uv, now.uv, false),
    ...describeLowerPins(before.lower_pins, now.lower_pins),
  ];
}

function describeContents(
  before: Omit<Contents, 'packages'>,
  now: Omit<Contents, 'packages'>,
  pythonTold: boolean,
  turned: ReadonlySet<string>,
): string[] {
  return [
    ...describeValue('environment name', before.env_name, now.env_name),
    ...describeModules(before.modules, now.modules, turned),
    ...(pythonTold ? [] : describeValue('Python', before.python, now.python)),
    ...describeValue('linux_target', before.linux_target, now.linux_target),
    ...describeValue('macosx_target', before.macosx_target, now.macosx_target),
    ...(equal(before.dynlib_exclude, now.dynlib_exclude)
      ? []
      : describeList('dynlib_exclude', before.dynlib_exclude, now.dynlib_exclude)),
    ...describeLower(before.lower, now.lower),
  ];
}

function describeModules(before: Contents['modules'], now: Contents['modules'], turned: ReadonlySet<string>): string[] {
  const changed = (name: string) =>
    turned.has(name) ? `${name} has other line ends than were recorded` : `${name} changed`;
  const launch = (modules: Contents['modules']) => modules.find(({ role }) => role === 'launch');
  const support = (modules: Contents['modules']) => modules.filter(({ role }) => role === 'support');
  const [from, to] = [launch(before), launch(now)];
  const changes: string[] = [];
  if (from && to && from.name !== to.name) changes.push(`launch module ${from.name} is now ${to.name}`);
  else if (from && to && from.hash !== to.hash) changes.push(`launch module ${changed(to.name)}`);
  for (const module of support(now)) {
    const old = support(before).find(({ name }) => name === module.name);
    if (!old) changes.push(`support module ${module.name} added`);
    else if (old.hash !== module.hash) changes.push(`support module ${changed(module.name)}`);
  }
  for (const { name } of support(before)) {
    if (!support(now).some((each) => each.name === name)) changes.push(`support module ${name} removed`);
  }
  return changes;
}

function describeLower(before: readonly string[], now: readonly string[]): string[] {
  const bare = (name: string) => name.replace(/@(?:\d+|\?\?\?)$/, '');
  const renamed = now.flatMap((name) => {
    const old = before.find((each) => bare(each) === bare(name));
    // The number of a stale layer is not known yet; that it is stale is told elsewhere.
    return old === undefined || old === name || name.endsWith('@???')
      ? []
      : [`lower layer ${bare(name)} is now ${name} (was ${old})`];
  });
  const names = (list: readonly string[]) => list.map(bare);
  const added = names(now).filter((name) => !names(before).includes(name));
  const removed = names(before).filter((name) => !names(now).includes(name));
  const moved = !added.length && !removed.length && !equal(names(before), names(now));
  return [
    ...added.map((name) => `lower layer ${name} added`),
    ...removed.map((name) => `lower layer ${name} removed`),
    ...renamed,
    ...(moved ? [`order of the lower layers is now ${now.join(', ')}`] : []),
  ];
}

function describeLowerPins(before: ResolutionInputs['lower_pins'], now: ResolutionInputs['lower_pins']): string[] {
  const old = new Map(before);
  const changed = now.filter(([envName, pins]) => old.has(envName) && old.get(envName) !== pins);
  return changed.map(([envName]) => `packages of lower layer ${envName} changed`);
}

function describeList(what: string, before: readonly string[], now: readonly string[]): string[] {
  return [
    ...now.filter((each) => !before.includes(each)).map((each) => `${what} ${each} added`),
    ...before.filter((each) => !now.includes(each)).map((each) => `${what} ${each} removed`),
  ];
}

function describeValue(what: string, before: string | null, now: string | null): string[] {
  return before === now ? [] : [`${what} is now ${now ?? 'unset'} (was ${before ?? 'unset'})`];
}

function describeTable(
  what: string,
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
  showValues: boolean,
): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return keys.flatMap((key) => {
    if (before[key] === now[key]) return [];
    if (showValues) return describeValue(`${what} ${key}`, before[key] ?? null, now[key] ?? null);
    const verb = before[key] === undefined ? 'added' : now[key] === undefined ? 'removed' : 'changed';
    return [`${what} ${key} ${verb}`];
  });
}

function equal(a: unknown, b: unknown): boolean {
  return jsonEqual(a as Json, b as Json);
}
