import type { ExecutorContext, ProjectConfiguration } from '@nx/devkit';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { VenvstacksError } from '../errors';
import {
  BUILD_EXECUTOR,
  isLayerExecutor,
  isLockExecutor,
  runCommand,
  workspaceDataFolder,
  type LayerOptions,
  type PluginOptions,
} from '../inference';
import { findUv, Judge, RecordHistories, type UvTool } from '../lock';
import {
  Disk,
  formatProblems,
  isInside,
  LAYER_FILE,
  readStacks,
  realFolders,
  SourceTrees,
  STACK_FILE,
  type Layer,
  type Stack,
} from '../stack';
import { showProgress } from './progress';

/** The layer that a task runs for, with all that is around it. */
export interface LayerTask {
  readonly stack: Stack;
  readonly layer: Layer;
  /** Lock folders of all layers of the workspace, absolute. */
  readonly lockFolders: ReadonlySet<string>;
}

/** What an executor needs of its context; a batch has it for all of its tasks at once. */
export type WorkspaceContext = Pick<
  ExecutorContext,
  'root' | 'projectsConfigurations' | 'projectGraph' | 'nxJsonConfiguration'
>;

/** The workspace as the tasks of one process see it: what one of them has read, or found, is there for all. */
export class Workspace {
  readonly judge: Judge;
  readonly histories: RecordHistories;
  /** Where those that lock a layer say so: Nx's own folder, which two terminals have in common. */
  readonly claimFolder: string;
  private read: { stacks: readonly Stack[]; lockFolders: ReadonlySet<string> } | undefined;
  private foundUv: Promise<UvTool> | undefined;
  private names: ReadonlyMap<string, string> | undefined;

  constructor(readonly context: WorkspaceContext) {
    const linkedFolders = realFolders(this.pluginOptions.linkedFolders ?? [], context.root);
    this.judge = new Judge(process.env, new SourceTrees(new Disk(), linkedFolders));
    const dataFolder = join(workspaceDataFolder(context.root), 'nx-venvstacks');
    this.histories = new RecordHistories(dataFolder);
    this.claimFolder = join(dataFolder, 'claims');
  }

  /**
   * The layer of the project that a task runs for.
   *
   * @throws {VenvstacksError} `definition` or `configuration`
   */
  layerOf({ layer: envName, report }: LayerOptions, projectName: string): LayerTask {
    if (report !== undefined) throw new VenvstacksError('definition', report);
    if (envName === undefined) {
      throw new VenvstacksError('configuration', "the target's option 'layer' is not set", { hint: REMOVE_OPTIONS });
    }
    const { root } = this.context;
    const projectRoot = resolve(root, this.projects[projectName]?.root ?? '.');
    const { stacks, lockFolders } = this.definitions();
    for (const stack of stacks) {
      const layer = stack.layers.find((each) => each.projectRoot === projectRoot);
      if (layer?.envName === envName) return { stack, layer, lockFolders };
      const broken = stack.broken.find((each) => each.projectRoot === projectRoot);
      if (broken) throw new VenvstacksError('definition', formatProblems(broken.problems, root));
    }
    throw new VenvstacksError(
      'configuration',
      `the target's option 'layer' is '${envName}', which is no layer of the project '${projectName}'`,
      { hint: REMOVE_OPTIONS },
    );
  }

  /** The name of the project that is a layer; undefined where none is. */
  projectOf({ projectRoot }: Layer): string | undefined {
    this.names ??= new Map(
      Object.entries(this.projects).map(([name, project]) => [resolve(this.context.root, project.root), name]),
    );
    return this.names.get(projectRoot);
  }

  /**
   * The command that locks or builds a layer, as a user types it. Another tool may have a target of that name, which is
   * none to send anybody to: then what to do about it, in words that follow a colon.
   */
  commandFor(layer: Layer, what: 'lock' | 'build'): string {
    const project = this.projectOf(layer);
    const option = what === 'lock' ? 'lockTargetName' : 'buildTargetName';
    const configured = this.pluginOptions[option];
    const name = configured || what;
    if (project === undefined) return runCommand(layer.envName, name);
    const targets = Object.entries(this.projects[project]?.targets ?? {});
    const isOurs = (executor?: string) => (what === 'lock' ? isLockExecutor(executor) : executor === BUILD_EXECUTOR);
    const [own] = targets.find(([, { executor }]) => isOurs(executor)) ?? [];
    if (own !== undefined) return runCommand(project, own);
    const other = targets.find(([target]) => target === name)?.[1].executor;
    const whose =
      other === undefined
        ? 'it has no target for that'
        : `its target '${name}' is another tool's (${printable(other)})`;
    return `${whose}; give ours a name by the plugin option ${option} in nx.json`;
  }

  /** The options that the plugin was registered with. */
  get pluginOptions(): PluginOptions {
    const plugins = this.context.nxJsonConfiguration?.plugins ?? [];
    const entry = plugins.find((plugin) => typeof plugin === 'object' && plugin.plugin === 'nx-venvstacks');
    return (typeof entry === 'object' ? (entry.options as PluginOptions | undefined) : undefined) ?? {};
  }

  /** Nx's own cache folder keeps what is to be kept between runs and may be lost. */
  get toolFolder(): string {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a slow import that most runs do without
    const { cacheDir } = require('../nx') as typeof import('../nx');
    return `${cacheDir}/nx-venvstacks`;
  }

  /** The uv to resolve with: looked for once. */
  uv(): Promise<UvTool> {
    return (this.foundUv ??= findUv(
      this.pluginOptions.uv ?? {},
      this.context.root,
      () => this.toolFolder,
      process.env,
      showProgress,
    ));
  }

  private definitions(): { stacks: readonly Stack[]; lockFolders: ReadonlySet<string> } {
    if (this.read) return this.read;
    const stacks = readStacks(this.definitionFiles(), this.context.root, process.env);
    const all = stacks.flatMap(({ layers, broken }) => [...layers, ...broken]);
    return (this.read = { stacks, lockFolders: new Set(all.map(({ lockFolder }) => lockFolder)) });
  }

  /** The definition files behind the graph: the executor must see the very stacks that inference saw. */
  private definitionFiles(): string[] {
    const { root } = this.context;
    const files = Object.values(this.projects)
      .filter(({ targets }) => Object.values(targets ?? {}).some(({ executor }) => isLayerExecutor(executor)))
      .flatMap((project) => [join(root, project.root, LAYER_FILE), join(root, project.root, '..', '..', STACK_FILE)]);
    return [...new Set(files)].filter((file) => isInside(file, root) && existsSync(file));
  }

  private get projects(): Record<string, ProjectConfiguration> {
    return this.context.projectsConfigurations.projects;
  }
}

/** What to do where a user's configuration replaced options that the plugin computes. */
export const REMOVE_OPTIONS =
  "Options of this target are computed by the plugin. Remove 'options' of it from nx.json (targetDefaults) and from the project.json; if it stays, nx reset.";

/** What stands in a repository's files must not move a terminal's cursor. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?').slice(0, 100);
}
