import { basename, dirname } from 'node:path';
import { lines, readLayerTexts, readStackText, RUNTIME, RUNTIME_LAYER } from '../testing/stack';

const APPLICATION = lines('[application]', 'frameworks = ["base"]', 'launch_module = "app.py"', 'requirements = []');
const BROKEN = lines('[framework]', 'runtime = "py"', 'requirements = [');

const brokenNames = ({ stack }: ReturnType<typeof readStackText>) =>
  stack.broken.map(({ kind, name, envName }) => ({ kind, name, envName }));

describe('a file that does not parse', () => {
  it('still tells its layers by their names', () => {
    const read = readStackText(
      lines(
        '[[runtimes]]',
        "name = 'größe' # the first",
        '[[frameworks]]',
        'name = "web"',
        'requirements = [',
        '[[tool.uv.index]]',
        'name = "cpu"',
        '[[applications]]',
        'name = "tool"',
        'name = "tool"',
        'name = "no/name"',
      ),
    );
    expect(brokenNames(read)).toEqual([
      { kind: 'runtime', name: 'größe', envName: 'größe' },
      { kind: 'framework', name: 'web', envName: 'framework-web' },
      { kind: 'application', name: 'tool', envName: 'app-tool' },
    ]);
    expect(read.stack.broken.map(({ lockFolder }) => lockFolder.slice(read.folder.length))).toEqual([
      '/requirements/größe',
      '/requirements/framework-web',
      '/requirements/app-tool',
    ]);
    for (const { problems } of read.stack.broken) expect(problems).toEqual(read.stack.problems);
  });

  it('tells them where it is not UTF-8, too', () => {
    const read = readStackText(Buffer.from('[[runtimes]]\nname = "café"\n', 'latin1'));
    expect(brokenNames(read)).toEqual([{ kind: 'runtime', name: 'café', envName: 'café' }]);
  });

  it('tells them by their lock folders where its text says nothing', () => {
    const read = readStackText('???', {
      'requirements/framework-my.fw/pylock.framework-my_fw.toml': '',
      'requirements/py312/pylock.py312.toml': '',
      'requirements/other/notes.txt': '',
    });
    expect(brokenNames(read)).toEqual([
      { kind: undefined, name: 'my.fw', envName: 'framework-my.fw' },
      { kind: undefined, name: 'py312', envName: 'py312' },
    ]);
    expect(read.stack.broken[0]?.projectRoot).toBe(`${read.folder}/requirements/framework-my.fw`);
  });

  it('tells none where nothing is known of it', () => {
    expect(readStackText('???').stack.broken).toEqual([]);
  });

  it('is called like its folder if it is a layer.toml without a name', () => {
    expect(brokenNames(readLayerTexts({ 'layers/base/layer.toml': BROKEN }))).toEqual([
      { kind: 'framework', name: 'base', envName: 'framework-base' },
    ]);
    expect(brokenNames(readLayerTexts({ 'layers/base/layer.toml': '???' }))).toEqual([
      { kind: undefined, name: 'base', envName: 'base' },
    ]);
  });
});

describe('a broken layer.toml', () => {
  const files = {
    'py/layer.toml': RUNTIME_LAYER,
    'app/layer.toml': APPLICATION,
    'app/app.py': '',
    'other/layer.toml': lines('[framework]', 'runtime = "py"', 'requirements = []'),
  };

  it.each([
    ['does not parse', BROKEN, 'base/layer.toml:4:1: TOML syntax: invalid value'],
    [
      'has a bad field',
      lines('[framework]', 'runtime = "py"', 'requirement = []'),
      "base/layer.toml:3:1: framework base: requirement: unknown field\n  Did you mean 'requirements'?",
    ],
    [
      'cannot be linked',
      lines('[framework]', 'runtime = "pie"', 'requirements = []'),
      "base/layer.toml:2:11: framework base: runtime: unknown runtime 'pie' in framework 'base'\n  Did you mean 'py'?",
    ],
    [
      'has a bad target',
      lines('[framework]', 'runtime = "py"', 'requirements = []', 'package_indexes = { a = "b" }'),
      [
        "base/layer.toml:4:25: framework base: package_indexes: framework-base references an unknown package index 'b' for 'a'",
        '  Declare it as [[tool.uv.index]], or as [[index]] in venvstacks.uv.toml.',
      ].join('\n'),
    ],
  ])('that %s breaks the layers on it, without blaming them, and leaves others sound', (_, base, expected) => {
    const { stack, problems } = readLayerTexts({ ...files, 'base/layer.toml': base });
    expect(problems).toBe(expected);
    expect(stack.layers.map(({ envName }) => envName)).toEqual(['py', 'framework-other']);
    expect(stack.broken.map(({ envName }) => envName).sort()).toEqual(['app-app', 'framework-base']);
    for (const broken of stack.broken) expect(broken.problems).toEqual(stack.problems);
  });

  it('is the only one that the layers on it report, whatever else is broken', () => {
    const { stack } = readLayerTexts({ ...files, 'base/layer.toml': BROKEN, 'far/layer.toml': '[[' });
    const [app] = stack.broken.filter(({ envName }) => envName === 'app-app');
    expect(app?.problems.map(({ file }) => basename(dirname(file)))).toEqual(['base']);
  });

  it('does not hide what is wrong in the layers on it', () => {
    const { problems } = readLayerTexts({
      ...files,
      'base/layer.toml': BROKEN,
      'app/layer.toml': APPLICATION.replace('"base"', '"base", "bose"'),
    });
    expect(problems).toBe(
      [
        "app/layer.toml:2:23: application app: frameworks: unknown framework 'bose'",
        "  Did you mean 'base'?",
        'base/layer.toml:4:1: TOML syntax: invalid value',
      ].join('\n'),
    );
  });
});

describe('a problem in a venvstacks.toml', () => {
  it('breaks all of its layers, as venvstacks would load none', () => {
    const { stack } = readStackText(`${RUNTIME}${RUNTIME.replace('py312', 'other')}oops = 1\n`);
    expect(stack.layers).toEqual([]);
    expect(stack.broken.map(({ envName }) => envName)).toEqual(['py312', 'other']);
  });
});

describe('a broken venvstacks.uv.toml', () => {
  it('breaks every layer that it configures', () => {
    const { stack, problems } = readLayerTexts({ 'py/layer.toml': RUNTIME_LAYER, 'venvstacks.uv.toml': '[[index]\n' });
    expect(problems).toBe('venvstacks.uv.toml:1:9: TOML syntax: expected end of table array declaration');
    expect(stack.layers).toEqual([]);
    expect(stack.broken).toMatchObject([{ envName: 'py', problems: stack.problems }]);
  });
});
