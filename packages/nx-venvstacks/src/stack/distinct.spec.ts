import { framework, lines, readLayerTexts, readStackText, RUNTIME, RUNTIME_LAYER } from '../testing/stack';

const runtimeCalled = (name: string, ...fields: string[]) =>
  RUNTIME.replace('"py312"', JSON.stringify(name)) + lines(...fields);

describe('the name of a layer', () => {
  it.each(['größe', 'a.b-c_d', 'core app', '.hidden', '3.12'])('may be %j', (name) => {
    const { problems, warnings } = readStackText(runtimeCalled(name));
    expect({ problems, warnings }).toEqual({ problems: '', warnings: '' });
  });

  it.each([
    ['a/b', 'the name is one path segment, the character "/" cannot stand in it'],
    ['..', 'a name that ends with a dot or a space is no file name on Windows'],
    ['a ', 'a name that ends with a dot or a space is no file name on Windows'],
    ['a:b', 'the name is one path segment, the character ":" cannot stand in it'],
    ['a\\b', 'the name is one path segment, the character "\\\\" cannot stand in it'],
    ['a\u0001', 'the name is one path segment, the character "\\u0001" cannot stand in it'],
    ['CON', 'the name is that of a Windows device'],
    [
      'x'.repeat(201),
      'the name has 201 bytes, and files are called after it: 200 are the most that every system can hold',
    ],
    ['lpt1.x', 'the name is that of a Windows device'],
    ['conin$', 'the name is that of a Windows device'],
    ['gru\u0308n', "the name is not in Unicode's normal form NFC, as files are that git on macOS adds"],
  ])('may not be %j', (name, message) => {
    expect(readStackText(runtimeCalled(name)).problems).toBe(`venvstacks.toml:2:8: runtime ${name}: name: ${message}`);
  });

  it('may not be empty', () => {
    expect(readStackText(runtimeCalled('')).problems).toBe(
      'venvstacks.toml:2:8: runtime number 1: name: a name may not be empty',
    );
  });

  it('may not come from a folder whose name is none', () => {
    expect(readLayerTexts({ 'gru\u0308n/layer.toml': RUNTIME_LAYER }).problems).toContain(
      "name: the folder's name is none for a layer: the name is not in Unicode's normal form NFC",
    );
    const named = RUNTIME_LAYER.replace('[runtime]', '[runtime]\nname = "green"');
    expect(readLayerTexts({ 'gru\u0308n/layer.toml': named }).problems).toBe('');
  });

  it('may not begin like the environment of another kind, in any case, if it is a runtime', () => {
    expect(readStackText(runtimeCalled('App-x')).problems).toBe(
      [
        "venvstacks.toml:2:8: runtime App-x: name: the prefix 'App-' is reserved for the environments of applications and frameworks: 'App-x'",
        '  Give the runtime another name.',
      ].join('\n'),
    );
    expect(readStackText(RUNTIME + framework('app-x', 'runtime = "py312"')).problems).toBe('');
  });
});

describe('two layers of a stack', () => {
  it('may have the same name if they are of different kinds', () => {
    expect(readStackText(RUNTIME + framework('py312', 'runtime = "py312"')).problems).toBe('');
  });

  it('of the same kind may not have the same name: the second is the one too many', () => {
    expect(readStackText(RUNTIME + RUNTIME).problems).toBe(
      "venvstacks.toml:6:8: runtime py312: name: runtime names must be distinct: 'py312' is already defined\n  Give one of them another name.",
    );
  });

  it.each(['Py3_1', 'py3.1', 'PY3_1'])('may not differ only as py3_1 and %s do', (name) => {
    const { problems } = readStackText(runtimeCalled('py3_1') + runtimeCalled(name));
    expect(problems).toBe(
      `venvstacks.toml:6:8: runtime ${name}: name: names must be distinct: '${name}' and runtime 'py3_1' differ only in case, or in '.' against '_', and their files would collide\n  Give one of them another name.`,
    );
  });

  it('may not differ only as ß and SS do', () => {
    expect(readStackText(runtimeCalled('maß') + runtimeCalled('MASS')).problems).toContain('names must be distinct');
  });

  it('in files of their own are both in doubt, and each names the other file', () => {
    const { problems, stack } = readLayerTexts({
      'x/py/layer.toml': RUNTIME_LAYER,
      'y/py/layer.toml': RUNTIME_LAYER,
      'z/other/layer.toml': RUNTIME_LAYER,
    });
    expect(problems).toBe(
      [
        "x/py/layer.toml:1:1: runtime py: name: runtime names must be distinct: 'py' is already defined in ../../y/py/layer.toml",
        '  Give one of them another name.',
        "y/py/layer.toml:1:1: runtime py: name: runtime names must be distinct: 'py' is already defined in ../../x/py/layer.toml",
        '  Give one of them another name.',
      ].join('\n'),
    );
    expect(stack.layers.map(({ envName }) => envName)).toEqual(['other']);
    expect(stack.broken.map(({ envName, projectRoot }) => [envName, projectRoot.slice(-4)])).toEqual([
      ['py', 'x/py'],
      ['py', 'y/py'],
    ]);
  });
});

describe("an '@' in a name", () => {
  it('is accepted with a warning', () => {
    const { problems, warnings, stack } = readStackText(runtimeCalled('py@3') + runtimeCalled('py'));
    expect(problems).toBe('');
    expect(stack.layers).toHaveLength(2);
    expect(warnings).toBe(
      "venvstacks.toml:2:8: runtime py@3: name: '@' in a name looks like the number of a deployed name\n  Leave out the '@'.",
    );
  });

  it("is an error where the name could equal another layer's deployed name", () => {
    const versioned = framework('web', 'runtime = "py312"', 'versioned = true');
    const { problems, warnings } = readStackText(RUNTIME + versioned + framework('WEB@12', 'runtime = "py312"'));
    expect(problems).toBe(
      "venvstacks.toml:11:8: framework WEB@12: name: 'framework-WEB@12' could equal the deployed name of framework 'web'\n  Leave out the '@'.",
    );
    expect(warnings).toBe('');
  });

  it('is none where what follows is no number', () => {
    const { problems } = readStackText(runtimeCalled('py', 'versioned = true') + runtimeCalled('py@next'));
    expect(problems).toBe('');
  });
});
