import { formatProblems, type Problem, type Stack } from '../../stack';
import { OPTION_OF_FIELD, typedOption } from './options';
import { refuse } from './refuse';

/** A layer that is about to be declared. */
export interface NewLayer {
  readonly envName: string;
  /** As problems name it: `framework charts`. */
  readonly label: string;
  /** Absolute path of the definition file. */
  readonly file: string;
}

/**
 * Refuses a layer that could not be used, and one that would break another.
 *
 * @param before stacks without it
 * @param after stacks with it
 */
export function refuseProblems(
  { envName, label, file }: NewLayer,
  before: readonly Stack[],
  after: readonly Stack[],
  root: string,
): void {
  const isNew = (each: { envName: string; definition: string }) => each.envName === envName && each.definition === file;
  const own = after.flatMap(({ broken }) => broken).find(isNew)?.problems ?? [];
  const about = own.filter((problem) => problem.file === file && problem.layer === label);
  const [finding, ...more] = about.map(forCommand);
  if (finding && more.length) refuse('several things are wrong', [finding, ...more].map(join).join('\n'));
  if (finding) refuse(finding.reason, finding.hint);
  if (own.length) refuse('what it stands on cannot be used', formatProblems(own, root));

  const keysOf = (stacks: readonly Stack[]) =>
    new Set(stacks.flatMap(({ layers }) => layers.map((layer) => `${layer.definition}\n${layer.envName}`)));
  const sound = keysOf(after);
  const lost = [...keysOf(before)].filter((key) => !sound.has(key));
  const harmed = after
    .flatMap(({ broken }) => broken)
    .filter((layer) => lost.includes(`${layer.definition}\n${layer.envName}`));
  const [first] = harmed;
  if (first) refuse(`it would break ${first.envName}`, formatProblems(first.problems, root));
}

interface Finding {
  readonly reason: string;
  readonly hint: string | undefined;
}

/** A problem with a file that is not there yet, told to someone who typed a command. */
function forCommand({ field, message, hint }: Problem): Finding {
  const option = field === undefined ? undefined : (OPTION_OF_FIELD[field] ?? field);
  return {
    reason: option === undefined ? message : `${option}: ${message}`,
    hint: hint?.replace(/frameworks = (\[[^\]]*\])\.?/, (_, names: string) =>
      typedOption('frameworks', ...(JSON.parse(names) as string[])),
    ),
  };
}

function join({ reason, hint }: Finding): string {
  return hint === undefined ? reason : `${reason}\n  ${hint.replaceAll('\n', '\n  ')}`;
}
