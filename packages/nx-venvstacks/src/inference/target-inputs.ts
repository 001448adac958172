import type { TargetConfiguration } from '@nx/devkit';
import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import {
  CUTOFF_VARIABLE,
  layerFiles,
  linkHint,
  RESOLUTION_VARIABLES,
  type HashedModule,
  type Judge,
  type LayerFiles,
} from '../lock/judging';
import {
  Checkouts,
  Disk,
  innerCheckouts,
  isInside,
  layerModules,
  lowerLayers,
  UV_CONFIG_FILE,
  wayFrom,
  type Layer,
  type Stack,
} from '../stack';

/** What a target's result follows from, as Nx writes it. */
export type Input = NonNullable<TargetConfiguration['inputs']>[number];

/** What the tasks of lower layers write. As plain files they would be hashed before those tasks have run. */
export const LOWER_OUTPUTS: Input = {
  dependentTasksOutputFiles: '**/{pylock.*.toml,pylock.*.meta.json}',
  transitive: true,
};

const VARIABLES: readonly Input[] = [CUTOFF_VARIABLE, 'MACOSX_DEPLOYMENT_TARGET', ...RESOLUTION_VARIABLES].map(
  (env) => ({ env }),
);

/** What tells which files are there for git, for Nx and for the plugin. */
const WHAT_IS_SEEN: readonly Input[] = ['.gitignore', '.nxignore', 'nx.json'].map((file) => `{workspaceRoot}/${file}`);

/** Otherwise Nx takes all of the workspace's npm packages in. */
const NO_PACKAGES: Input = { externalDependencies: [] };

/**
 * The inputs of layers' targets. Keeps what it worked out, since a layer's are those of the layers above, too: use one
 * for a graph and none for longer.
 */
export class TargetInputs {
  /** The workspace itself may be called by a link. */
  readonly realRoot: string;
  private readonly checkouts = new Checkouts();
  private readonly locks = new Map<Layer, readonly Input[]>();
  private readonly files = new Map<Layer, LayerFiles>();
  private readonly linked = new Map<Layer, readonly string[]>();

  constructor(
    private readonly workspaceRoot: string,
    private readonly judge: Judge,
    private readonly disk = new Disk(),
  ) {
    this.realRoot = realpathSync(workspaceRoot);
  }

  /**
   * Why a layer cannot be a project's: Nx hashes files of the workspace only, edits of others would go unseen. Not where
   * a link leads that the option `linkedFolders` lets lead there.
   */
  whyUnseen(layer: Layer): string | undefined {
    const { trees } = this.judge;
    const module = layerModules(layer).find(
      ({ absolutePath, realPath }) =>
        !isInside(realPath, this.realRoot) &&
        !(isInside(absolutePath, this.workspaceRoot) && trees.mayLinkTo(realPath)),
    );
    if (module)
      return `${layer.envName}: the module '${module.path}' lies outside of the Nx workspace\n  Move it into the workspace.`;
    const link = this.hashedModules(layer)
      .flatMap(({ links }) => links)
      .find(({ realPath }) => !isInside(realPath, this.realRoot) && !trees.mayLinkTo(realPath));
    return (
      link &&
      `${layer.envName}: the link '${link.path}' leads out of the Nx workspace\n  ${linkHint(link.realPath).replace('\n', '\n  ')}`
    );
  }

  /** Whether Nx sees all that a layer's lock follows from, so that a result may be found again. */
  seesAllOf(layer: Layer): boolean {
    return this.hashedModules(layer).every(
      ({ isVersioned, realPath, links }) =>
        isVersioned && [realPath, ...links.map((link) => link.realPath)].every((path) => isInside(path, this.realRoot)),
    );
  }

  /** None where they cannot be hashed: then the layer is not locked. */
  private hashedModules(layer: Layer): readonly HashedModule[] {
    return this.judge.judge(layer).inputs?.modules ?? [];
  }

  /** Everything that a lock follows from, and nothing else: for the layer's own targets. */
  ofOwnLock(layer: Layer, stack: Stack): readonly Input[] {
    return this.ofLock(layer, stack).map((input) => this.asOwn(input, layer));
  }

  /** The same for targets of other layers. */
  ofLock(layer: Layer, stack: Stack): readonly Input[] {
    const inputs = this.locks.get(layer) ?? this.collect(layer, stack);
    this.locks.set(layer, inputs);
    return inputs;
  }

  /**
   * Everything that tells whether a layer is locked, and by what: for targets that are never cached. As plain files those
   * that tasks of lower layers write are harmless there, since nothing is stored under a key that they are part of.
   */
  ofState(layer: Layer, stack: Stack): readonly Input[] {
    const lower = lowerLayers(layer);
    // What is the same for all layers is the same object for all of them.
    const inputs = new Set<Input>([
      ...this.ofOwnLock(layer, stack),
      ...lower.flatMap((each) => this.ofLock(each, stack)),
      ...Object.values<string>({ ...this.filesOf(layer) }).map((input) => this.asOwn(input, layer, layer.lockFolder)),
      ...lower.flatMap((each) => Object.values<string>({ ...this.filesOf(each) })),
      // A file may be in place of a folder, or a folder of a file.
      ...layerModules(layer)
        .filter(({ absolutePath }) => isInside(absolutePath, this.workspaceRoot))
        .flatMap(({ absolutePath }) => [this.input(absolutePath), `${this.input(absolutePath)}/**/*`]),
      ...[layer, ...lower].flatMap((each) => this.behindLinks(each, stack)),
      ...WHAT_IS_SEEN,
    ]);
    inputs.delete(LOWER_OUTPUTS);
    return [...inputs];
  }

  /** Of a layer that cannot be used: what it names is not known for certain, so anything may mend it, or have broken it. */
  static readonly ofBroken: readonly Input[] = ['{workspaceRoot}/**/*', NO_PACKAGES];

  /** The same for targets of other layers. */
  filesOf(layer: Layer): LayerFiles {
    const known = this.files.get(layer);
    if (known) return known;
    const paths = Object.entries(layerFiles(layer)) as [keyof LayerFiles, string][];
    const files = Object.fromEntries(paths.map(([key, path]) => [key, this.input(path)])) as unknown as LayerFiles;
    this.files.set(layer, files);
    return files;
  }

  private collect(layer: Layer, stack: Stack): Input[] {
    // Nx does not follow links: where one leads counts, too.
    const places = layerModules(layer).flatMap(({ absolutePath, realPath, isFolder }) =>
      [absolutePath, this.fromRoot(realPath)].map((path) => [path, isFolder] as const),
    );
    const links = this.hashedModules(layer).flatMap((module) => module.links);
    const linked = links.map(({ realPath }) => [this.fromRoot(realPath), false] as const);
    const modules = new Map([...places, ...linked].filter(([path]) => isInside(path, this.workspaceRoot)));
    const uvConfigIsInline = layer.uv.file === layer.definition;
    return [
      this.input(layer.definition),
      ...(uvConfigIsInline ? [] : [this.input(join(stack.folder, UV_CONFIG_FILE))]),
      ...[...modules].map(([path, isFolder]) => this.input(path) + (isFolder ? '/**/*' : '')),
      // Of what lies in a submodule, a commit around it changes no more than this.
      ...[...new Set([layer.definition, ...modules.keys()].flatMap((path) => this.submodulesOf(path)))].map((path) =>
        this.input(path),
      ),
      LOWER_OUTPUTS,
      ...VARIABLES,
      NO_PACKAGES,
    ];
  }

  /** A file as an input. To Nx it is a pattern, and what stands in brackets is no name; `?` is any one character. */
  private input(path: string): string {
    return `{workspaceRoot}/${wayFrom(this.workspaceRoot, path).replace(/[[\](){}]/g, '?')}`;
  }

  /**
   * A file of a layer's project, said by that: Nx looks for such files in the project, for others in the whole workspace.
   * Not for files in folders below, which could belong to another project, nor where the root is a pattern itself, nor
   * where Nx may see no file of the project, over which it ends the whole run: a layer.toml is one.
   */
  private asOwn<T extends Input>(input: T, { projectRoot, definition }: Layer, folder = projectRoot): T | string {
    if (dirname(definition) !== projectRoot) return input;
    const [root, from] = [projectRoot, folder].map((path) => `${wayFrom(this.workspaceRoot, path)}/`);
    if (typeof input !== 'string' || root === undefined || from === undefined || /^\.?\/|[[\](){}?*!]/.test(root))
      return input;
    const name = input.slice(`{workspaceRoot}/${from}`.length);
    const isThere = input.startsWith(`{workspaceRoot}/${from}`) && !name.includes('/');
    return isThere ? `{projectRoot}/${from.slice(root.length)}${name}` : input;
  }

  /** Files that a layer has by links in place of its own: Nx does not see what is edited through them. */
  private behindLinks(layer: Layer, stack: Stack): readonly string[] {
    const known = this.linked.get(layer);
    if (known) return known;
    const { definition, lockFolder } = layer;
    const files = [definition, join(stack.folder, UV_CONFIG_FILE), ...linksIn(lockFolder)];
    const paths = [...files.map((path) => [path, ''] as const), [lockFolder, '/**/*'] as const];
    const inputs = paths.flatMap(([path, all]) => {
      const real = this.fromRoot(this.realPathOf(path));
      return real === path || !isInside(real, this.workspaceRoot) ? [] : [this.input(real) + all];
    });
    this.linked.set(layer, inputs);
    return inputs;
  }

  private realPathOf(path: string): string {
    try {
      return this.disk.realPathOf(path);
    } catch {
      // A link in a circle leads nowhere.
      return path;
    }
  }

  /** A real path as it is called from the workspace's root. */
  private fromRoot(realPath: string): string {
    if (this.realRoot === this.workspaceRoot || !isInside(realPath, this.realRoot)) return realPath;
    return join(this.workspaceRoot, relative(this.realRoot, realPath));
  }

  /** The submodules of the workspace that a file lies in. */
  private submodulesOf(path: string): string[] {
    const outer = this.checkouts.around(this.workspaceRoot);
    if (outer === undefined) return [];
    return innerCheckouts(path, outer, this.checkouts).filter((each) => isInside(each, this.workspaceRoot));
  }
}

/** Absolute paths of the links in a folder; none where it cannot be listed. */
function linksIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

/** Everything that one layer's lock follows from. */
export function lockInputs(layer: Layer, stack: Stack, workspaceRoot: string, judge: Judge): readonly Input[] {
  return new TargetInputs(workspaceRoot, judge).ofOwnLock(layer, stack);
}
