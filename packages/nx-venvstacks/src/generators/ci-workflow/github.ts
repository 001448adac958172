import { shellWord } from '../../inference';
import type { Workflow, WorkflowFiles } from './workflow';
import { yamlList, yamlText } from './yaml-lines';

/** A workflow for GitHub Actions. */
export function githubFiles(workflow: Workflow): WorkflowFiles {
  const { suffix, typed } = workflow.place;
  const file = `.github/workflows/layers${suffix}.yml`;
  return {
    files: { [file]: text(workflow, pin(file)) },
    nextSteps: [
      `pin the actions in ${typed(file)} to the commits that their tags point to now: ${pin(typed(file))}`,
      `make '${jobName(workflow)}' a required check of the main branch`,
    ],
  };
}

function pin(file: string): string {
  return `npx pin-github-action ${shellWord(file)}`;
}

function jobName({ place }: Workflow): string {
  return `lock-check${place.suffix}`;
}

function text(workflow: Workflow, pinCommand: string): string {
  const { target, mainBranch, installation, place } = workflow;
  const { install, nx } = installation;
  return `# Checks that the locks of layers are valid: of what a pull request changes, and all of them on the main branch.
# That reads files and git's history only: it needs no secrets, no uv and no Python.
#
# Tags of actions can be moved. To pin them to the commits that they point to now:
#
#   ${pinCommand}

name: Layers${place.suffix}

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
  ${jobName(workflow)}:
    runs-on: ubuntu-latest
    timeout-minutes: 15
${place.folder === '' ? '' : `    defaults:\n      run:\n        working-directory: ${literal(place.folder)}\n`}    steps:
      - uses: actions/checkout@v7
        with:
          # Numbers follow from git's history: all of it.
          fetch-depth: 0
          persist-credentials: false
${setUp(workflow)}
      - run: ${install}

      # What is checked out is the pull request as merged into its base; the first parent of that merge is the base.
      # Compared with it, nothing that others have pushed to the base counts as changed here.
      - name: Check the locks of what the pull request changes
        if: github.event_name == 'pull_request'
        run: ${nx} affected -t ${target} --base=HEAD~1

      - name: Check all locks
        if: github.event_name == 'push'
        run: ${nx} run-many -t ${target}
`;
}

/** Steps that put Node and the package manager there. Actions start at the root of the repository, whatever `run` does. */
function setUp({ installation, place }: Workflow): string {
  const { packageManager, usesCorepack, isPinned, isWrapper, lockFile, node } = installation;
  const isAtRoot = place.folder === '';
  const manifest = literal(place.fromRepository('package.json'));
  // setup-node asks the package manager where its cache is, so that one comes first; it knows no bun.
  const steps = {
    npm: [],
    pnpm: action('pnpm/action-setup@v6', isPinned ? !isAtRoot && { package_json_file: manifest } : { version: '10' }),
    yarn: usesCorepack ? ['      - run: corepack enable'] : [],
    bun: action('oven-sh/setup-bun@v2', isPinned && !isAtRoot && { 'bun-version-file': manifest }),
  }[packageManager];
  const nodeSteps = action('actions/setup-node@v7', {
    ...(node.file === undefined
      ? { 'node-version': node.version }
      : { 'node-version-file': literal(place.fromRepository(node.file)) }),
    ...(packageManager === 'bun' ? {} : { cache: packageManager }),
    // By default it looks for lock files of package managers, at the root.
    ...(packageManager === 'bun' || (isAtRoot && !isWrapper)
      ? {}
      : { 'cache-dependency-path': literal(globOf(place.fromRepository(lockFile))) }),
  });
  return [...(steps.length ? ['', ...steps] : []), '', ...nodeSteps, ''].join('\n');
}

/** The lines of a step. @param inputs as YAML has them; false for none */
function action(name: string, inputs: Readonly<Record<string, string>> | false): string[] {
  const lines = Object.entries(inputs || {}).map(([input, value]) => `          ${input}: ${value}`);
  return [`      - uses: ${name}`, ...(lines.length > 0 ? ['        with:', ...lines] : [])];
}

/** A text in YAML in which GitHub finds no expression, wherever it looks for one. */
function literal(value: string): string {
  return yamlText(value.replaceAll('${{', "${{ '${{' }}"));
}

/** A path as a pattern of actions takes it. At the beginning `#` and `!` mean more than themselves. */
function globOf(path: string): string {
  const escaped = path.replaceAll('\\', '\\\\').replace(/[[?*]/g, '[$&]');
  return /^[#!~]/.test(escaped) ? `./${escaped}` : escaped;
}
