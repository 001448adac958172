import type { GeneratorCallback, Tree } from '@nx/devkit';
import { VenvstacksError } from '../../errors';
import { normalizeOptions, shellWord } from '../../inference';
import { readNxJson } from '../../nx';
import { forPeople } from '../for-people';
import { pluginOptions } from '../plugin-options';
import { githubFiles } from './github';
import { gitlabFiles } from './gitlab';
import { installationOf } from './installation';
import { placeOf, type Place } from './place';
import type { Workflow } from './workflow';

/** Options of the generator. */
export interface CiWorkflowOptions {
  readonly provider?: 'github' | 'gitlab';
}

/**
 * `nx g nx-venvstacks:ci-workflow`: a workflow that checks the locks of what a pull request changes, and all of them on
 * the main branch. Files go to the root of the repository, as that is where providers look.
 *
 * @throws {VenvstacksError} where another file is in the way, or the check has no target; nothing is written then
 */
// eslint-disable-next-line @typescript-eslint/require-await -- what goes wrong must come as a rejected promise
export default forPeople<CiWorkflowOptions>(async (tree, { provider = 'github' }) => {
  const place = placeOf(tree.root);
  const workflow: Workflow = {
    target: shellWord(checkTargets(tree).join(',')),
    mainBranch: (readNxJson(tree)?.defaultBase ?? 'main').replace(/^origin\//, ''),
    installation: installationOf(tree),
    place,
  };
  const { files, nextSteps } = provider === 'github' ? githubFiles(workflow) : gitlabFiles(workflow, tree);
  for (const [path, text] of Object.entries(files)) checkFree(tree, place, path, text);
  for (const [path, text] of Object.entries(files)) tree.write(place.inTree(path), text);
  return (): ReturnType<GeneratorCallback> => {
    const steps = [...commitSteps(workflow, Object.keys(files)), ...nextSteps];
    process.stdout.write(`\nNext:\n${steps.map((step) => `- ${step}\n`).join('')}`);
  };
});

/** The names under which `nx.json` has the target that checks locks. */
function checkTargets(tree: Tree): string[] {
  const options = pluginOptions(tree);
  const names = (options.length ? options : [normalizeOptions({})]).map((each) => each.lockCheckTargetName);
  const targets = [...new Set(names.filter((name) => name !== false))];
  if (targets.length === 0) {
    throw new VenvstacksError('configuration', 'there is no target that checks locks', {
      hint: 'Remove "lockCheckTargetName": false from the options of nx-venvstacks in nx.json.',
    });
  }
  return targets;
}

/** What must be committed, but would be overlooked: files outside of the workspace, and Nx's own. */
function commitSteps({ place, installation }: Workflow, files: readonly string[]): string[] {
  return [
    ...(place.folder === ''
      ? []
      : [`commit ${files.map(place.typed).join(' and ')}: only the root of the repository is searched for workflows`]),
    ...(installation.isWrapper
      ? ['commit what installs Nx, if it is not: git add --chmod=+x nx && git add nx.bat .nx/nxw.js']
      : []),
  ];
}

function checkFree(tree: Tree, { inTree, typed }: Place, path: string, text: string): void {
  const found = tree.read(inTree(path), 'utf-8');
  if (found === null || found.replaceAll('\r\n', '\n') === text) return;
  throw new VenvstacksError('configuration', `there is a ${typed(path)} already, with other contents`, {
    hint: 'Rename it or remove it, generate again, and take over what you want to keep.',
  });
}
