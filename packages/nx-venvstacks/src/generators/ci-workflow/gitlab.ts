import type { Tree } from '@nx/devkit';
import { shellWord } from '../../inference';
import type { Installation } from './installation';
import type { Workflow, WorkflowFiles } from './workflow';
import { yamlList } from './yaml-lines';

const ROOT_FILE = '.gitlab-ci.yml';

/** Jobs for GitLab CI, in a file that the workspace's own configuration includes. */
export function gitlabFiles(workflow: Workflow, tree: Tree): WorkflowFiles {
  const { suffix, inTree, typed } = workflow.place;
  const file = `.gitlab/layers${suffix}.gitlab-ci.yml`;
  const include = `include:\n  - local: /${file}\n`;
  const root = tree.read(inTree(ROOT_FILE), 'utf-8');
  return {
    files: { [file]: text(workflow), ...(root === null ? { [ROOT_FILE]: include } : {}) },
    nextSteps: [
      ...(root === null || root.includes(file)
        ? []
        : [`add to ${typed(ROOT_FILE)}:\n\n${include.replaceAll(/^/gm, '    ').trimEnd()}\n`]),
      "in the project's settings for merge requests, let pipelines succeed before a merge",
      'turn merged results pipelines on, if your GitLab has them: they check what the merge would be',
    ],
  };
}

function text({ target, installation, place }: Workflow): string {
  const { install, nx, node } = installation;
  const { folder, suffix } = place;
  return `# Checks that the locks of layers are valid: of what a merge request changes, and all of them on the default branch.
# That reads files and git's history only: it needs no secrets, no uv and no Python.

.layers${suffix}:
  image: node:${node.version}
  interruptible: true
  timeout: 15 minutes
  variables:
    # Numbers follow from git's history: all of it.
    GIT_DEPTH: 0
  before_script:
${yamlList([...(folder === '' ? [] : [`cd ${folderWord(folder)}`]), ...setUp(installation), install], 4)}
lock-check-affected${suffix}:
  extends: .layers${suffix}
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    # A merged results pipeline runs on the merge with the target branch, which is the base then. Any other runs on the
    # merge request's own branch: the base is where that left the target branch.
    - ${nx} affected -t ${target} --base="\${CI_MERGE_REQUEST_TARGET_BRANCH_SHA:-$CI_MERGE_REQUEST_DIFF_BASE_SHA}"

lock-check-all${suffix}:
  extends: .layers${suffix}
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - ${nx} run-many -t ${target}
`;
}

/** Commands that put the package manager there, into a container with Node. */
function setUp({ packageManager, usesCorepack, node }: Installation): string[] {
  if (packageManager === 'bun') return ['npm install --global bun'];
  if (!usesCorepack) return [];
  // Node came with it up to 24.
  return [...(parseInt(node.version) > 24 ? ['npm install --global corepack'] : []), 'corepack enable'];
}

/** A folder as a shell takes it, even where its name begins as an option does. */
function folderWord(folder: string): string {
  return shellWord(folder.startsWith('-') ? `./${folder}` : folder);
}
