import { framework, lines, readLayerTexts, readStackText, RUNTIME, RUNTIME_LAYER } from '../testing/stack';

const FRAMEWORKS_ON = (...names: string[]) => `frameworks = [${names.map((name) => `"${name}"`).join(', ')}]`;
const layerOn = (...names: string[]) => lines('[framework]', FRAMEWORKS_ON(...names), 'requirements = []');

describe('what a layer stands on', () => {
  it('is linked, linearised, with the runtime last', () => {
    const { layer, problems } = readStackText(
      RUNTIME +
        framework('base', 'runtime = "py312"') +
        framework('left', FRAMEWORKS_ON('base')) +
        framework('right', FRAMEWORKS_ON('base')) +
        framework('top', FRAMEWORKS_ON('right', 'left')),
    );
    expect(problems).toBe('');
    const top = layer('framework-top');
    expect(top.frameworks.map(({ name }) => name)).toEqual(['right', 'left', 'base']);
    expect(top.named.map(({ name }) => name)).toEqual(['right', 'left']);
    expect(top.runtime).toBe(layer('py312'));
    expect(top.python).toEqual({ implementation: 'cpython', version: '3.12.11', minor: '3.12' });
    expect(layer('framework-base')).toMatchObject({ frameworks: [], runtime: { name: 'py312' } });
  });

  it.each([
    [
      'no runtime and no framework',
      [],
      '5:1: framework top: must specify a runtime or at least one framework\n  runtime = "…" or frameworks = ["…"]',
    ],
    [
      'an empty list of frameworks',
      ['frameworks = []'],
      '5:1: framework top: must specify a runtime or at least one framework\n  runtime = "…" or frameworks = ["…"]',
    ],
    [
      'both',
      ['runtime = "py312"', FRAMEWORKS_ON('top')],
      "8:11: framework top: runtime: must specify a runtime or frameworks, not both\n  The runtime is that of the frameworks: remove 'runtime'.",
    ],
    [
      'an unknown runtime',
      ['runtime = "py321"'],
      "8:11: framework top: runtime: unknown runtime 'py321' in framework 'top'\n  Did you mean 'py312'?",
    ],
    [
      "a runtime's name among frameworks",
      [FRAMEWORKS_ON('py312')],
      "8:15: framework top: frameworks: unknown framework 'py312'\n  'py312' is a runtime: write runtime = \"py312\".",
    ],
    [
      'itself',
      [FRAMEWORKS_ON('top')],
      "8:15: framework top: frameworks: unknown framework 'top': a framework cannot stand on itself",
    ],
  ])('may not be %s', (_, fields, expected) => {
    expect(readStackText(RUNTIME + framework('top', ...fields)).problems).toBe(`venvstacks.toml:${expected}`);
  });

  it('gets the nearest known names for an unknown one, nearest first', () => {
    const known = ['sklearn', 'skimage', 'pandas'].map((name) => framework(name, 'runtime = "py312"')).join('');
    expect(readStackText(RUNTIME + known + framework('top', FRAMEWORKS_ON('sklarn'))).problems).toBe(
      "venvstacks.toml:20:15: framework top: frameworks: unknown framework 'sklarn'\n  Did you mean 'sklearn'?",
    );
    expect(readStackText(RUNTIME + known + framework('top', FRAMEWORKS_ON('skimare'))).problems).toMatch(
      /Did you mean 'skimage' or 'sklearn'\?$/,
    );
    expect(readStackText(RUNTIME + known + framework('top', FRAMEWORKS_ON('quux'))).problems).toMatch(
      /Known: 'sklearn', 'skimage', 'pandas'\.$/,
    );
    expect(readStackText(RUNTIME + known + framework('top', FRAMEWORKS_ON('framework-pandas'))).problems).toMatch(
      /Frameworks are named without the prefix: 'pandas'\.$/,
    );
  });

  it('must be declared before it in a venvstacks.toml', () => {
    const text = RUNTIME + framework('top', FRAMEWORKS_ON('base')) + framework('base', 'runtime = "py312"');
    expect(readStackText(text).problems).toBe(
      [
        "venvstacks.toml:8:15: framework top: frameworks: unknown framework 'base'",
        '  It is declared later, in line 10: move it up. A layer can only stand on layers declared before it.',
      ].join('\n'),
    );
  });

  it('names each framework once', () => {
    const text = RUNTIME + framework('base', 'runtime = "py312"') + framework('top', FRAMEWORKS_ON('base', 'base'));
    expect(readStackText(text).problems).toBe(
      "venvstacks.toml:12:23: framework top: frameworks: framework 'base' is listed twice\n  Remove one of the two.",
    );
  });

  it('is one runtime only', () => {
    const text =
      RUNTIME +
      RUNTIME.replace('py312', 'other') +
      framework('a', 'runtime = "py312"') +
      framework('b', 'runtime = "other"') +
      framework('top', FRAMEWORKS_ON('a', 'b'));
    expect(readStackText(text).problems).toBe(
      "venvstacks.toml:20:14: framework top: frameworks: all frameworks must stand on the same runtime: 'a' stands on 'py312', 'b' on 'other'\n  Name only frameworks of one runtime.",
    );
  });
});

describe('a conflict of linearisation', () => {
  const base = framework('base', 'runtime = "py312"') + framework('derived', FRAMEWORKS_ON('base'));

  it('is reported with the order that works', () => {
    expect(readStackText(RUNTIME + base + framework('top', FRAMEWORKS_ON('base', 'derived'))).problems).toBe(
      [
        "venvstacks.toml:16:14: framework top: frameworks: linearization failed: the order of 'base' and 'derived' is in conflict",
        '  This order works: frameworks = ["derived", "base"].',
      ].join('\n'),
    );
    expect(readStackText(RUNTIME + base + framework('top', FRAMEWORKS_ON('derived', 'base'))).problems).toBe('');
  });

  it('is reported with the two that disagree where no order works', () => {
    const text =
      RUNTIME +
      framework('a', 'runtime = "py312"') +
      framework('b', 'runtime = "py312"') +
      framework('c', FRAMEWORKS_ON('a', 'b')) +
      framework('d', FRAMEWORKS_ON('b', 'a')) +
      framework('top', FRAMEWORKS_ON('c', 'd'));
    expect(readStackText(text).problems).toBe(
      [
        "venvstacks.toml:24:14: framework top: frameworks: linearization failed: the order of 'a' and 'b' is in conflict",
        "  No order of them works: 'c' has 'a' before 'b', 'd' has it the other way round.",
      ].join('\n'),
    );
  });
});

describe('layer.toml files', () => {
  it('may stand in any order', () => {
    const { stack, problems } = readLayerTexts({
      'a/layer.toml': layerOn('b'),
      'b/layer.toml': layerOn('c'),
      'c/layer.toml': lines('[framework]', 'runtime = "z"', 'requirements = []'),
      'z/layer.toml': RUNTIME_LAYER,
    });
    expect(problems).toBe('');
    expect(stack.layers.map(({ name }) => name)).toEqual(['z', 'c', 'b', 'a']);
    expect(stack.file).toBeNull();
  });

  it('may not form a cycle; its path is reported, once', () => {
    const { stack, problems } = readLayerTexts({
      'py/layer.toml': RUNTIME_LAYER,
      'a/layer.toml': layerOn('b'),
      'b/layer.toml': layerOn('c'),
      'c/layer.toml': layerOn('a'),
      'd/layer.toml': layerOn('b'),
    });
    expect(problems).toBe(
      'c/layer.toml:2:14: framework c: frameworks: cycle: a -> b -> c -> a\n  Remove one of these references.',
    );
    expect(stack.layers.map(({ name }) => name)).toEqual(['py']);
    expect(stack.broken.map(({ envName }) => envName).sort()).toEqual([
      'framework-a',
      'framework-b',
      'framework-c',
      'framework-d',
    ]);
  });

  it('may not stand on themselves: that is a cycle, too, and reported once', () => {
    expect(readLayerTexts({ 'py/layer.toml': RUNTIME_LAYER, 'a/layer.toml': layerOn('a') }).problems).toBe(
      'a/layer.toml:2:14: framework a: frameworks: cycle: a -> a\n  Remove one of these references.',
    );
  });

  it('find no layer that is declared in a venvstacks.toml', () => {
    const { problems } = readLayerTexts({ 'venvstacks.toml': RUNTIME, 'a/layer.toml': layerOn('py312') });
    expect(problems).toBe("a/layer.toml:2:15: framework a: frameworks: unknown framework 'py312'");
  });
});
