import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { show } from '../cli/show';
import { otherInputs, versionInputs } from '../lock';
import { hashedRequirements } from '../lock/texts';
import { uvProject } from '../lock/uv-project';
import { compareCodePoints, readLayerFiles, readStackFile, type Layer } from '../stack';
import { casesIn, copyCase, describeConformance, readJson } from '../testing/conformance';

type Facts = Readonly<Record<string, unknown>>;

interface Module {
  readonly path: string;
  readonly name: string;
  readonly hash: string;
}

interface ExpectedLayer extends Facts {
  readonly env_name: string;
  readonly kind: string;
  readonly install_target_unlocked: string;
  readonly needs_lock: boolean;
  readonly lock_input: readonly string[];
  readonly other_inputs: readonly string[];
  readonly version_inputs: readonly string[];
  readonly uv_project: { readonly project: Facts; readonly tool: { readonly uv: Facts } };
  readonly launch_module?: Module;
  readonly support_modules?: readonly Module[];
}

interface Expected {
  readonly spec: string;
  readonly env: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly layers: readonly ExpectedLayer[];
  readonly show_text: readonly string[];
}

/** Facts that venvstacks and `show --json` call by the same name. */
const SAME = [
  'name',
  'kind',
  'env_name',
  'versioned',
  'python_implementation',
  'platforms',
  'linux_target',
  'macosx_target',
  'package_indexes',
  'priority_indexes',
  'dynlib_exclude',
  'requirements',
  'lock_input_hash',
  'other_inputs_hash',
  'version_inputs_hash',
  'excluded',
];
const PATHS = ['lock_path', 'lock_metadata_path', 'lock_input_path'];

const CPU = { name: 'cpu', url: 'https://cpu.invalid/simple/', explicit: true };
const GPU = { name: 'gpu', url: 'https://gpu.invalid/simple/', explicit: true };
const GENERAL = [
  { name: 'mirror', url: 'https://mirror.invalid/simple/' },
  { url: 'https://anonymous.invalid/simple/' },
];

/** What we give to uv instead, on purpose (lock-format.md, "Departures"): case → environment name → keys. */
const DEPARTURES: Readonly<Record<string, Readonly<Record<string, { project?: Facts; uv?: Facts }>>>> = {
  // uv refuses a name that ends in a hyphen.
  'unicode-names': { 'app-приложение': { project: { name: 'layer-585e05b9' } } },
  // uv fails where `sources` names an explicit index that is not there.
  'uv-config-inline': {
    py312: { uv: { index: [CPU, ...GENERAL] } },
    'framework-fw': { uv: { index: [CPU, GPU, ...GENERAL] } },
  },
};

describeConformance('valid', (root) => {
  describe.each(casesIn(root))('%s', (name) => {
    const expected = readJson(join(root, name, 'expected.json')) as Expected;
    const folder = copyCase(join(root, name), (file) => basename(file) !== 'layer.toml');
    const spec = join(folder, expected.spec);
    const stack = readStackFile(spec, expected.env);

    it('shows every fact of every layer as venvstacks has it', () => {
      const { layers, stderr, exitCode } = showJson(spec, expected);
      expect(exitCode).toBe(0);
      expectOnlyWarnings(stderr, expected);
      expect(layers.map((layer) => pick(layer, [...SAME, ...PATHS]))).toEqual(
        expected.layers.map((layer) => pick(layer, [...SAME, ...PATHS])),
      );
      expect(layers.map(comparable)).toEqual(expected.layers.map(shown));
    });

    // venvstacks leaves out layers without a platform; to us they are projects still.
    if (expected.layers.every(({ excluded }) => excluded === false)) {
      it('shows the same tree as venvstacks', () => {
        const { stdout } = show(expected.spec, { json: false, cwd: folder, env: expected.env });
        const withoutReasons = stdout.trimEnd().replace(/ \(.*\)$/gm, '');
        expect(withoutReasons.split('\n')).toEqual(expected.show_text);
      });
    }

    it.each(expected.layers.map((layer) => layer.env_name))('gives uv the same project for %s', (envName) => {
      const layer = layerOf(stack.layers, envName);
      const { uv_project } = expectedOf(expected, envName);
      const departure = DEPARTURES[name]?.[envName] ?? {};
      expect(uvProject(layer, [], layer.uv.cutoff)).toEqual({
        project: { ...uv_project.project, ...departure.project },
        tool: { uv: { ...uv_project.tool.uv, ...departure.uv } },
      });
    });

    it('hashes the same items', () => {
      expectSameItems(stack.layers, expected);
    });
  });

  // The same stack in files of their own: everything but the places is as in the one file.
  describe.each(casesIn(root).filter((name) => existsSync(join(root, name, 'layers'))))('%s, as layer.toml', (name) => {
    const expected = readJson(join(root, name, 'expected.json')) as Expected;
    const folder = copyCase(join(root, name), (file) => basename(file) !== 'venvstacks.toml');

    it('shows every fact of every layer as in the one file', () => {
      const { layers, stderr, exitCode } = showJson(folder, expected);
      expect(exitCode).toBe(0);
      expectOnlyWarnings(stderr, expected);
      const inOrder = expected.layers.map(({ env_name }) => layers.find((layer) => layer.env_name === env_name) ?? {});
      expect(layers).toHaveLength(expected.layers.length);
      expect(inOrder.map((layer) => pick(layer, SAME))).toEqual(expected.layers.map((layer) => pick(layer, SAME)));
      expect(inOrder.map((layer) => withoutPlaces(comparable(layer)))).toEqual(
        expected.layers.map((layer) => withoutPlaces(shown(layer))),
      );
      expect(inOrder.map((layer) => pick(layer, PATHS))).toEqual(
        expected.layers.map((layer) =>
          Object.fromEntries(PATHS.map((key) => [key, `requirements/${basename(String(layer[key]))}`])),
        ),
      );
    });

    it('gives uv the same projects and hashes the same items', () => {
      const { definitions } = showJson(folder, expected);
      const files = definitions.map((definition) => join(folder, definition));
      const { layers } = readLayerFiles(files, folder, expected.env);
      expectSameItems(layers, expected);
      for (const { env_name, uv_project } of expected.layers) {
        expect(uvProject(layerOf(layers, env_name), [], undefined)).toEqual(uv_project);
      }
    });
  });
});

function showJson(path: string, { env }: Expected) {
  const cwd = path.endsWith('.toml') ? dirname(path) : path;
  const { stdout, stderr, exitCode } = show(path, { json: true, cwd, env });
  const { stacks } = JSON.parse(stdout) as { stacks: { layers: Facts[] }[] };
  expect(stacks).toHaveLength(1);
  const layers = stacks[0]?.layers ?? [];
  return { layers, stderr, exitCode, definitions: layers.map(({ definition }) => String(definition)) };
}

/** What `show --json` calls otherwise, or has for every kind. */
function comparable(layer: Facts): Facts {
  return pick(layer, ['install_target', 'state', 'runtime', 'frameworks', 'dependencies', ...MODULES]);
}

function shown(layer: ExpectedLayer): Facts {
  return {
    install_target: layer.install_target_unlocked,
    state: layer.needs_lock ? 'stale' : 'valid',
    runtime: layer.runtime ?? null,
    frameworks: layer.frameworks ?? [],
    dependencies: layer.dependencies ?? [],
    launch_module: layer.launch_module ?? null,
    support_modules: layer.support_modules ?? [],
  };
}

const MODULES = ['launch_module', 'support_modules'];

function withoutPlaces(facts: Facts): Facts {
  const moved = JSON.stringify(pick(facts, MODULES), (key, value: unknown) =>
    key === 'path' ? basename(String(value)) : value,
  );
  return { ...facts, ...(JSON.parse(moved) as Facts) };
}

function expectOnlyWarnings(stderr: string, { warnings }: Expected): void {
  expect(stderr.replace(/^(?:warning: | {2}).*\n/gm, '')).toBe('');
  if (warnings.length) expect(stderr).not.toBe('');
}

function expectSameItems(layers: readonly Layer[], expected: Expected): void {
  for (const {
    env_name,
    lock_input,
    other_inputs,
    version_inputs,
    launch_module,
    support_modules,
  } of expected.layers) {
    const layer = layerOf(layers, env_name);
    const modules = launch_module ? [launch_module, ...(support_modules ?? [])] : [];
    expect(hashedRequirements(layer).sort(compareCodePoints)).toEqual(lock_input);
    expect(otherInputs(layer)).toEqual(other_inputs);
    expect(versionInputs(layer, modules)).toEqual(version_inputs);
  }
}

function layerOf(layers: readonly Layer[], envName: string): Layer {
  const layer = layers.find((each) => each.envName === envName);
  if (!layer) throw new Error(`no layer ${envName}`);
  return layer;
}

function expectedOf({ layers }: Expected, envName: string): ExpectedLayer {
  const layer = layers.find(({ env_name }) => env_name === envName);
  if (!layer) throw new Error(`no layer ${envName}`);
  return layer;
}

function pick(facts: Facts, keys: readonly string[]): Facts {
  return Object.fromEntries(keys.map((key) => [key, facts[key]]));
}
