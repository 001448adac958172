import type { Action } from './history-actions';
import { choices, DEFINITION, FOLDER, lockFile, LOCKS, SOURCES, withLine, type LayerName } from './history-stack';
import type { Repository } from './repository';

type ActionOf<Kind extends Action['do']> = Extract<Action, { readonly do: Kind }>;

/** One of those that there are. */
export function choose<T>(all: readonly T[], number: number): T {
  return all[number % all.length] as T;
}

/** Each of these does what its action says, and tells it. */
export function writeSource(repository: Repository, { file, choice }: ActionOf<'write'>): string {
  const path = `${FOLDER}/${file}`;
  const old = repository.has(path) ? repository.read(path) : null;
  const text = choose(
    (SOURCES[file] ?? []).filter((each) => each !== old),
    choice,
  );
  if (text === null) repository.remove(path);
  else repository.write({ [path]: text });
  return `${file}: ${JSON.stringify(text)}`;
}

export function writeLine(repository: Repository, { line, choice }: ActionOf<'define'>, stacked: boolean): string {
  const old = repository.read(DEFINITION);
  const [key, all] = choose(
    Object.entries(choices(stacked)).filter(([, { length }]) => length > 1),
    line,
  );
  const text = choose(
    all.filter((each) => withLine(old, key, each) !== old),
    choice,
  );
  repository.write({ [DEFINITION]: withLine(old, key, text) });
  return `${key}: ${text}`;
}

export function removeFiles(repository: Repository, { layer, what }: ActionOf<'delete'>): string {
  const path = what === 'all' ? `${LOCKS}/${layer}` : lockFile(layer, what);
  repository.remove(path);
  return `delete ${path}`;
}

/** Edits the number in a record by hand. */
export function renumber(repository: Repository, { layer, by }: ActionOf<'renumber'>): string {
  const path = lockFile(layer, 'record');
  if (!repository.has(path)) return 'no record to renumber';
  const edited = (text: string) =>
    text.replace(/("lock_version": )(\d+)/, (_, key: string, old: string) => key + Math.max(1, Number(old) + by));
  repository.write({ [path]: edited(repository.read(path)) });
  return `lock_version of ${layer} by hand: ${by}`;
}

const VENVSTACKS_KEYS = [
  'lock_input_hash',
  'requirements_hash',
  'other_inputs_hash',
  'version_inputs_hash',
  'lock_version',
  'locked_at',
];

/** Leaves of a record what venvstacks knows. */
export function stripped(text: string): { readonly text: string; readonly number: number } {
  const record = JSON.parse(text) as Record<string, unknown> & { lock_version: number };
  const kept = Object.fromEntries(VENVSTACKS_KEYS.map((key) => [key, record[key]]));
  return { text: `${JSON.stringify(kept, undefined, 2)}\n`, number: record.lock_version };
}

/** Restores files of an older commit over those that there are. */
export function restore(repository: Repository, { commit, what }: ActionOf<'restore'>): string {
  const id = choose(repository.git('rev-list', 'HEAD').trim().split('\n'), commit);
  const path = what === 'all' ? '.' : what === 'locks' ? LOCKS : `${LOCKS}/${what satisfies LayerName}`;
  const done = attempt(() => repository.git('checkout', '--quiet', id, '--', path));
  return `checkout ${short(id)} -- ${path}${done ? '' : ' (nothing there)'}`;
}

export function short(id: string): string {
  return id.slice(0, 7);
}

/** Whether it went well. */
export function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
