// The stacks that are measured: layers as plain data, and the files that declare them.

/** Layers of a block: each block is a runtime with the frameworks and applications on it. */
const BLOCK = 50;
const FRAMEWORKS = 9;

/** Cutoff of what is resolved from the real index: the same packages next year. */
export const CUTOFF = '2026-03-01T00:00:00Z';

/** What the README's example is like: real packages, some of them large. PySide6 is not for older systems. */
export const REAL_STACK = [
  runtime('cpython-3.12', ['numpy']),
  framework('scientific', ['cpython-3.12'], ['matplotlib', 'scikit-learn']),
  framework('gui', ['cpython-3.12'], ['PySide6']),
  application('plots', ['scientific'], ['matplotlib']),
  application('explorer', ['scientific', 'gui'], ['scikit-learn', 'PySide6']),
].map((layer) => ({ ...layer, linuxTarget: 'glibc@2.39' }));

/**
 * A stack of any size against the index of `releasesFor`: blocks of a runtime, nine frameworks three deep, and forty
 * applications on one or two of them. Every layer requires a package of its own and one that others require, too.
 */
export function generateStack(size) {
  return Array.from({ length: size }, (_, n) => generateLayer(n));
}

function generateLayer(n) {
  const [block, place] = [Math.floor(n / BLOCK), n % BLOCK];
  const name = (index) => `b${block}-${index}`;
  const requirements = [`own-${n}`, `common-${n % 20}>=1`];
  if (place === 0) return runtime(name(0), requirements);
  if (place > FRAMEWORKS) {
    const lower = 1 + (place % FRAMEWORKS);
    // Every second one stands on two of the same tier, whose orders agree.
    const beside = lower % 3 === 0 ? lower - 1 : lower + 1;
    const on = place % 2 ? [name(lower)] : [name(Math.min(lower, beside)), name(Math.max(lower, beside))];
    return application(name(place), on, requirements, place % 5 === 0 ? ['helpers'] : []);
  }
  const tier = Math.floor((place - 1) / 3);
  return framework(name(place), [tier === 0 ? name(0) : name(place - 3)], requirements);
}

function runtime(name, requirements) {
  return { kind: 'runtime', name, lower: [], requirements, supportModules: [] };
}

/** On a runtime where it names one, else on frameworks. */
function framework(name, lower, requirements) {
  return { kind: 'framework', name, lower, requirements, supportModules: [] };
}

function application(name, lower, requirements, supportModules = []) {
  return { kind: 'application', name, lower, requirements, supportModules };
}

/** Each layer's folder, with forward slashes. */
export const folderOf = ({ name }) => `layers/${name}`;

/** An application's launch module, as its definition file names it. */
export const moduleOf = ({ name }) => `${name.replaceAll('-', '_')}.py`;

/** The stack as a `layer.toml` for each layer: path → text. */
export function layerFiles(layers) {
  const kinds = kindsOf(layers);
  const files = layers.flatMap((layer) => {
    const folder = folderOf(layer);
    const text = `[${layer.kind}]\n${fieldsOf(layer, kinds, '')}`;
    return [[`${folder}/layer.toml`, text], ...sourcesOf(layer, `${folder}/`)];
  });
  return Object.fromEntries(files);
}

/** The same stack as one `venvstacks.toml`, which venvstacks reads, too: path → text. */
export function stackFiles(layers) {
  const kinds = kindsOf(layers);
  const tables = layers.map(
    (layer) => `[[${layer.kind}s]]\nname = "${layer.name}"\n${fieldsOf(layer, kinds, `${layer.name}/`)}`,
  );
  const sources = layers.flatMap((layer) => sourcesOf(layer, `${layer.name}/`));
  return { 'venvstacks.toml': tables.join('\n'), ...Object.fromEntries(sources) };
}

const kindsOf = (layers) => new Map(layers.map(({ name, kind }) => [name, kind]));

function fieldsOf(layer, kinds, modules) {
  const { kind, lower, requirements, supportModules, linuxTarget } = layer;
  const list = (texts) => `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
  const standsOn = kinds.get(lower[0]) === 'runtime' ? `runtime = "${lower[0]}"` : `frameworks = ${list(lower)}`;
  return [
    ...(kind === 'runtime' ? ['python_implementation = "cpython@3.12.7"'] : [standsOn]),
    `requirements = ${list(requirements)}`,
    ...(linuxTarget ? [`linux_target = "${linuxTarget}"`] : []),
    ...(kind === 'application' ? [`launch_module = "${modules}${moduleOf(layer)}"`, 'versioned = true'] : []),
    ...(supportModules.length ? [`support_modules = ${list(supportModules.map((path) => modules + path))}`] : []),
    '',
  ].join('\n');
}

function sourcesOf(layer, folder) {
  if (layer.kind !== 'application') return [];
  const packages = layer.supportModules.flatMap((name) =>
    ['__init__', 'reading', 'writing'].map((file) => [`${folder}${name}/${file}.py`, source(`${name}.${file}`)]),
  );
  return [[`${folder}${moduleOf(layer)}`, source(layer.name)], ...packages];
}

/** Some lines of Python, as long as a small module is. */
function source(name) {
  const body = Array.from({ length: 40 }, (_, line) => `def step_${line}():\n    return "${name} ${line}"\n`);
  return `"""${name}"""\n\n${body.join('\n')}`;
}

/** What an index must offer for the generated stack of a size: each package in two versions. */
export function releasesFor(size) {
  const names = [
    ...Array.from({ length: size }, (_, n) => [`own-${n}`, [`common-${n % 20}`]]),
    ...Array.from({ length: 20 }, (_, n) => [`common-${n}`, []]),
  ];
  return names.flatMap(([name, requires]) => ['1.0', '1.1'].map((version) => ({ name, version, requires })));
}
