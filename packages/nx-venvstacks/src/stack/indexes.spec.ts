import { framework, lines, readStackText, RUNTIME } from '../testing/stack';

const UV = ['cpu', 'gpu', 'mirror']
  .map((name) => lines('[[tool.uv.index]]', `name = "${name}"`, `url = "https://${name}.invalid/simple/"`))
  .join('');

const indexesOf = (text: string, envName: string) =>
  Object.fromEntries(readStackText(text + UV).layer(envName).packageIndexes);
const problemsOf = (text: string) => readStackText(text + UV).problems;

const CPU = framework('c', 'runtime = "py312"', 'package_indexes = { Torch_Vision = "cpu" }');
const GPU = framework('g', 'runtime = "py312"', 'package_indexes = { "torch.vision" = "gpu", numpy = "mirror" }');

describe('package indexes', () => {
  it('are inherited, by normalised names', () => {
    expect(indexesOf(RUNTIME + GPU + framework('top', 'frameworks = ["g"]'), 'framework-top')).toEqual({
      'torch-vision': 'gpu',
      numpy: 'mirror',
    });
  });

  it('may not be chosen twice in one table', () => {
    const twice = 'package_indexes = { torch-vision = "cpu", Torch_Vision = "cpu" }';
    expect(problemsOf(`${RUNTIME}${twice}\n`)).toBe(
      'venvstacks.toml:5:58: runtime py312: package_indexes: multiple sources for torch-vision (names are compared in normalised form)',
    );
  });

  it('must be known', () => {
    const fields = [
      'package_indexes = { torch = "cpi" }',
      'priority_indexes = ["gpu", "miror"]',
      'index_overrides = { x = "gpu" }',
    ];
    expect(problemsOf(RUNTIME + lines(...fields))).toBe(
      [
        "venvstacks.toml:5:29: runtime py312: package_indexes: py312 references an unknown package index 'cpi' for 'torch'",
        "  Did you mean 'cpu' or 'gpu'?",
        "venvstacks.toml:6:28: runtime py312: priority_indexes: py312 references an unknown package index 'miror' in priority_indexes",
        "  Did you mean 'mirror'?",
        "venvstacks.toml:7:25: runtime py312: index_overrides: py312 references an unknown package index 'x' in index_overrides",
        "  Known: 'cpu', 'gpu', 'mirror'.",
      ].join('\n'),
    );
  });

  it('of lower layers may not conflict: the way out is shown', () => {
    expect(problemsOf(RUNTIME + CPU + GPU + framework('top', 'frameworks = ["g", "c"]'))).toBe(
      [
        "venvstacks.toml:15:1: framework top: index_overrides: inconsistent package index for torch-vision: 'cpu' in framework-c, 'gpu' here",
        '  To accept that, write index_overrides = { cpu = "gpu" }.',
      ].join('\n'),
    );
  });

  it('of lower layers may conflict where index_overrides says so: the first in the linearisation is used', () => {
    const top = framework('top', 'frameworks = ["g", "c"]', 'index_overrides = { cpu = "gpu" }');
    expect(indexesOf(RUNTIME + CPU + GPU + top, 'framework-top')).toEqual({ 'torch-vision': 'gpu', numpy: 'mirror' });
  });

  it('are overridden in one direction only', () => {
    const top = framework('top', 'frameworks = ["g", "c"]', 'index_overrides = { gpu = "cpu" }');
    expect(problemsOf(RUNTIME + CPU + GPU + top)).toContain("'cpu' in framework-c, 'gpu' here");
  });

  it("are a layer's own before those below it", () => {
    const own = framework(
      'top',
      'frameworks = ["c"]',
      'package_indexes = { torch-vision = "gpu" }',
      'index_overrides = { cpu = "gpu" }',
    );
    expect(indexesOf(RUNTIME + CPU + own, 'framework-top')).toEqual({ 'torch-vision': 'gpu' });
    expect(problemsOf(RUNTIME + CPU + own.replace(/index_overrides.*\n/, ''))).toContain('inconsistent package index');
  });

  it('have overrides that the next layer up must repeat', () => {
    const top = framework('top', 'frameworks = ["g", "c"]', 'index_overrides = { cpu = "gpu" }');
    const above = framework('above', 'frameworks = ["top"]');
    expect(problemsOf(RUNTIME + CPU + GPU + top + above)).toMatch(/framework above: index_overrides: inconsistent/);
    expect(problemsOf(`${RUNTIME}${CPU}${GPU}${top}${above}index_overrides = { cpu = "gpu" }\n`)).toBe('');
  });

  it('to try first are not inherited', () => {
    const { layer } = readStackText(
      `${RUNTIME}priority_indexes = ["gpu", "cpu"]\n${framework('top', 'runtime = "py312"')}${UV}`,
    );
    expect(layer('py312').priorityIndexes).toEqual(['gpu', 'cpu']);
    expect(layer('framework-top').priorityIndexes).toEqual([]);
  });
});
