import type { Installation } from './installation';
import type { Workflow, WorkflowFiles } from './workflow';
import { yamlList } from './yaml-lines';

const FILE = '.github/workflows/layers.yml';
const PIN = `npx pin-github-action ${FILE}`;

/** A workflow for GitHub Actions. */
export function githubFiles(workflow: Workflow): WorkflowFiles {
  return {
    files: { [FILE]: text(workflow) },
    nextSteps: [
      `pin the actions in ${FILE} to the commits that their tags point to now: ${PIN}`,
      "make 'lock-check' a required check of the main branch",
    ],
  };
}

function text({ target, mainBranch, installation }: Workflow): string {
  const { install, exec } = installation;
  return `# Checks that the locks of layers are valid: of what a pull request changes, and all of them on the main branch.
# That reads files and git's history only: it needs no secrets, no uv and no Python.
#
# Tags of actions can be moved. To pin them to the commits that they point to now:
#
#   ${PIN}

name: Layers

on:
  pull_request:
  push:
    branches:
${yamlList([mainBranch], 6)}
permissions:
  contents: read

# A newer push to a pull request ends the check of the one before. On the main branch every commit is checked.
concurrency:
  group: \${{ github.workflow }}-\${{ github.event.pull_request.number || github.sha }}
  cancel-in-progress: true

jobs:
  lock-check:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v7
        with:
          # Numbers follow from git's history: all of it.
          fetch-depth: 0
          persist-credentials: false
${setUp(installation)}
      - run: ${install}

      # What is checked out is the pull request as merged into its base; the first parent of that merge is the base.
      # Compared with it, nothing that others have pushed to the base counts as changed here.
      - name: Check the locks of what the pull request changes
        if: github.event_name == 'pull_request'
        run: ${exec} nx affected -t ${target} --base=HEAD~1

      - name: Check all locks
        if: github.event_name == 'push'
        run: ${exec} nx run-many -t ${target}
`;
}

/** Steps that put Node and the package manager there. */
function setUp({ packageManager, usesCorepack, isPinned, node }: Installation): string {
  const version = node.file === undefined ? `node-version: ${node.version}` : `node-version-file: ${node.file}`;
  // setup-node asks the package manager where its cache is, so that one comes first; it knows no bun.
  const steps = {
    npm: [],
    pnpm: ['      - uses: pnpm/action-setup@v6', ...(isPinned ? [] : ['        with:', '          version: 10'])],
    yarn: usesCorepack ? ['      - run: corepack enable'] : [],
    bun: ['      - uses: oven-sh/setup-bun@v2'],
  }[packageManager];
  const nodeSteps = [
    '      - uses: actions/setup-node@v7',
    '        with:',
    `          ${version}`,
    ...(packageManager === 'bun' ? [] : [`          cache: ${packageManager}`]),
  ];
  return [...(steps.length ? ['', ...steps] : []), '', ...nodeSteps, ''].join('\n');
}
