import type { GeneratorCallback, Tree } from '@nx/devkit';
import { basename, join } from 'node:path';
import { shellWord } from '../../inference';
import { VenvstacksError } from '../../errors';
import { nxHere } from '../commands';
import { shownPath, typedPath } from '../paths';
import { environmentName, KINDS, STACK_FILE, type LayerKind } from '../../stack';
import { refuseProblems, type NewLayer } from './check';
import { insertTable } from './insert-table';
import { planLaunchModule, type LaunchModule } from './launch-module';
import { PLAIN_STYLE, tableText, type LayerTable } from './layer-text';
import { chooseLowerLayers, type LowerNames } from './lower-layers';
import { refuseBadName, refuseTakenName } from './name';
import { readOptions, titleOf, typedOption, type NewLayerOptions, type ReadOptions } from './options';
import { findPlace, refuseBrokenStackFile, refuseFilledFolder, refuseHidden, type Place } from './place';
import { planProject, type NewProject } from './project-name';
import { Cancelled, findPrompt } from './prompt';
import { choosePython } from './python-option';
import { readRequirements } from './requirements-option';
import { stacksOf, withChanges, workspaceOf, type Workspace } from './workspace';

/**
 * Creates a layer: in a folder with a `layer.toml`, or added to a `venvstacks.toml`. Everything is checked by the reader
 * before the tree is touched.
 *
 * @throws {VenvstacksError} for what cannot be; then the tree is as it was
 */
export async function createLayer(tree: Tree, kind: LayerKind, options: NewLayerOptions): Promise<GeneratorCallback> {
  const read = readOptions(options);
  try {
    return await planAndWrite(tree, kind, read);
  } catch (error) {
    if (!(error instanceof VenvstacksError) || error instanceof Cancelled) throw error;
    const message = `cannot create ${titleOf(kind, read.name)}: ${error.message}`;
    throw new VenvstacksError(error.code, message, { ...(error.hint && { hint: error.hint }), cause: error });
  }
}

async function planAndWrite(tree: Tree, kind: LayerKind, options: ReadOptions): Promise<GeneratorCallback> {
  const { name } = options;
  const workspace = workspaceOf(tree);
  const before = stacksOf(workspace);
  refuseBadName(kind, name);
  const place = findPlace(tree, kind, options, workspace, before);
  refuseBrokenStackFile(place, tree.root);
  refuseTakenName(kind, name, place.stack, tree.root);
  if (basename(place.file) !== STACK_FILE) refuseFilledFolder(tree, kind, place, options);

  const requirements = readRequirements(options.requirements ?? []);
  const module =
    kind === 'application'
      ? planLaunchModule(tree, place.folder, { name, given: options.launchModule, requirements })
      : undefined;
  const lower = await chooseLowerLayers(kind, options, {
    stack: place.stack,
    root: tree.root,
    runtimeCommand: runtimeCommand(place, workspace),
    prompt: findPrompt(),
  });
  const table = tableOf(kind, options, place, { lower, requirements, module });
  const changes = new Map([[place.file, definitionText(kind, table, place)]]);
  if (module?.text !== undefined) {
    const file = join(place.folder, module.path);
    refuseHidden(file, tree.root);
    changes.set(file, module.text);
  }

  const after = stacksOf(withChanges(workspace, changes));
  const layer: NewLayer = { envName: environmentName(kind, name), label: `${kind} ${name}`, file: place.file };
  refuseProblems(layer, before, after, tree.root);
  const project = planProject(tree, layer, before, after);
  for (const [file, text] of changes) tree.write(shownPath(file, tree.root), text);
  const steps = nextSteps(project, module, tree.root);
  return () => {
    if (steps !== '' && process.env.NX_GENERATE_QUIET !== 'true') process.stdout.write(`\n${steps}\n`);
  };
}

/** How to create the runtime that is missing. */
function runtimeCommand({ file, folder }: Place, { root, definitions }: Workspace): string {
  const command = `${nxHere(root)} g nx-venvstacks:runtime python`;
  if (basename(file) === STACK_FILE)
    return `${command} ${typedOption('stack', typedPath(join(folder, STACK_FILE), root))}`;
  const stackFile = definitions.find((each) => basename(each) === STACK_FILE);
  if (stackFile === undefined) return command;
  return `${command}\nOr add the layer to a stack that is there: ${typedOption('stack', typedPath(stackFile, root))}`;
}

/** The fields of a layer in the order in which people write them. */
function tableOf(
  kind: LayerKind,
  { name, python, platforms = [], versioned = kind === 'application' }: ReadOptions,
  { file, folder }: Place,
  {
    lower,
    requirements,
    module,
  }: { lower: LowerNames; requirements: readonly string[]; module: LaunchModule | undefined },
): LayerTable {
  const isInFolder = basename(file) !== STACK_FILE;
  // A module's own list counts where the field is left out. venvstacks knows no such lists: there it is written out.
  const listed = requirements.length === 0 ? module?.requirements : undefined;
  return {
    ...(!(isInFolder && basename(folder) === name) && { name }),
    ...(kind === 'runtime' && { python_implementation: choosePython(python) }),
    ...lower,
    ...(!(isInFolder && listed) && { requirements: listed ?? requirements }),
    ...(module && { launch_module: module.path }),
    ...(versioned && { versioned }),
    ...(platforms.length > 0 && { platforms }),
  };
}

function definitionText(kind: LayerKind, table: LayerTable, { file, text }: Place): string {
  if (basename(file) === STACK_FILE) return insertTable(text ?? '', kind, table);
  return tableText(`[${KINDS[kind].layerTable}]`, table, PLAIN_STYLE);
}

function nextSteps(
  { name, lockTargetName, renamed, isRegistered }: NewProject,
  module: LaunchModule | undefined,
  root: string,
): string {
  const nx = nxHere(root);
  return [
    ...(module?.text === undefined && module
      ? [`The launch module ${module.path} is there already and is used as it is.`]
      : []),
    ...renamed.map(({ from, to }) => `The project ${from} is called ${to} now: there are two layers of that name.`),
    ...(isRegistered ? [] : [`nx.json does not have the plugin yet: ${nx} g nx-venvstacks:init`]),
    ...(lockTargetName === false ? [] : [`Lock it: ${nx} run ${shellWord(`${name}:${lockTargetName}`)}`]),
  ].join('\n');
}
