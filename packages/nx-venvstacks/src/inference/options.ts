import type { UvOptions } from '../lock';

/** The plugin's options in `nx.json`. */
export interface PluginOptions {
  /** Name of the target that locks a layer; false leaves it out. Default: `lock`. */
  readonly lockTargetName?: string | false;
  /** Name of the target that checks a layer's lock; false leaves it out. Default: `lock-check`. */
  readonly lockCheckTargetName?: string | false;
  /** Name of the target that upgrades a layer's packages; false leaves it out. Default: `upgrade`. */
  readonly upgradeTargetName?: string | false;
  /** Name of the target that shows a layer; false leaves it out. Default: `show`. */
  readonly showTargetName?: string | false;
  /** Name of the target that builds a layer's environment; false leaves it out. Default: `build`. */
  readonly buildTargetName?: string | false;
  /** Name of the target that runs an application; false leaves it out. Default: `launch`. */
  readonly launchTargetName?: string | false;
  /** Name of the target that runs a layer's Python; false leaves it out. Default: `python`. */
  readonly pythonTargetName?: string | false;
  /** Pattern of project names: `{name}`, `{env}`, `{kind}`, `{stack}`. Default: `{name}`. */
  readonly projectName?: string;
  /** Which uv to use. */
  readonly uv?: UvOptions;
  /** Hosts, perhaps with a port, whose package indexes may be asked over plain http. Default: none but this machine. */
  readonly trustedHosts?: readonly string[];
  /**
   * Folders, absolute or relative to the workspace, that links of modules may lead to although no commit says what is in
   * them. Default: none.
   */
  readonly linkedFolders?: readonly string[];
}

export interface NormalizedOptions {
  readonly lockTargetName: string | false;
  readonly lockCheckTargetName: string | false;
  readonly upgradeTargetName: string | false;
  readonly showTargetName: string | false;
  readonly buildTargetName: string | false;
  readonly launchTargetName: string | false;
  readonly pythonTargetName: string | false;
  readonly projectName: string;
  readonly linkedFolders: readonly string[];
}

const targetName = (value: unknown) =>
  (typeof value === 'string' && value !== '') || value === false ? undefined : 'must be a name or false';

const KNOWN: Record<keyof PluginOptions, (value: unknown) => string | undefined> = {
  lockTargetName: targetName,
  lockCheckTargetName: targetName,
  upgradeTargetName: targetName,
  showTargetName: targetName,
  buildTargetName: targetName,
  launchTargetName: targetName,
  pythonTargetName: targetName,
  projectName: (value) =>
    typeof value === 'string' && value !== '' ? undefined : 'must be a pattern, as in "{stack}-{name}"',
  uv: checkUv,
  trustedHosts: (value) =>
    Array.isArray(value) && value.every((host) => typeof host === 'string' && /^[^\s/]+$/.test(host))
      ? undefined
      : 'must be an array of hosts, as in ["packages.example.com"]',
  linkedFolders: (value) =>
    Array.isArray(value) && value.every((folder) => typeof folder === 'string' && folder !== '')
      ? undefined
      : 'must be an array of folders, as in ["../shared"]',
};

function checkUv(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `must be an object: ${UV_KEYS}`;
  const { path, version, hashes, install, timeout, ...unknown } = value as Record<string, unknown>;
  const [name] = Object.keys(unknown);
  if (name !== undefined) return `has an unknown key '${name}': known are ${UV_KEYS}`;
  if (path !== undefined && typeof path !== 'string') return 'must have a string as path';
  if (version !== undefined && !(typeof version === 'string' && /^\d+\.\d+\.\d+$/.test(version)))
    return 'must have a version X.Y.Z as version';
  if (hashes !== undefined && !(Array.isArray(hashes) && hashes.length > 0 && hashes.every(isSha256)))
    return 'must have an array of sha256:… as hashes';
  if (timeout !== undefined && !(Number.isInteger(timeout) && Number(timeout) > 0 && Number(timeout) <= 86_400))
    return 'must have a whole number of seconds, up to a day, as timeout';
  return install === undefined || typeof install === 'boolean' ? undefined : 'must have true or false as install';
}

const UV_KEYS = 'path, version, hashes, install, timeout';

function isSha256(value: unknown): boolean {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);
}

/** Fills in defaults. @throws {Error} for an option that is unknown or of the wrong kind */
export function normalizeOptions(given: PluginOptions | null | undefined): NormalizedOptions {
  const options = given ?? {};
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(KNOWN, name))
      throw new Error(`nx-venvstacks: unknown plugin option '${name}'. Known: ${Object.keys(KNOWN).join(', ')}.`);
    const wrong = KNOWN[name as keyof PluginOptions](value);
    if (wrong !== undefined) throw new Error(`nx-venvstacks: the plugin option '${name}' ${wrong}.`);
  }
  const targets = {
    lockTargetName: options.lockTargetName ?? 'lock',
    lockCheckTargetName: options.lockCheckTargetName ?? 'lock-check',
    upgradeTargetName: options.upgradeTargetName ?? 'upgrade',
    showTargetName: options.showTargetName ?? 'show',
    buildTargetName: options.buildTargetName ?? 'build',
    launchTargetName: options.launchTargetName ?? 'launch',
    pythonTargetName: options.pythonTargetName ?? 'python',
  };
  const { projectName = '{name}', linkedFolders = [] } = options;
  const names = Object.values(targets).filter((name) => name !== false);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new Error(`nx-venvstacks: two targets would both be called '${twice}'.`);
  const start = /\{(?!(?:name|env|kind|stack)\})/.exec(projectName)?.index ?? projectName.length;
  const end = projectName.indexOf('}', start);
  if (end >= 0)
    throw new Error(
      `nx-venvstacks: unknown ${projectName.slice(start, end + 1)} in the plugin option 'projectName'. Known: {name}, {env}, {kind}, {stack}.`,
    );
  return { ...targets, projectName, linkedFolders };
}
