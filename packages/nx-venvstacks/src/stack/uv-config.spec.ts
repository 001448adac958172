import { lines, readLayerTexts, readStackText, RUNTIME, RUNTIME_LAYER } from '../testing/stack';
import { parseCutoff } from './uv-config';

const CUTOFF_HINT =
  'Write a time as in "2026-03-01T00:00:00Z" or a date as in "2026-03-01". A duration would change locks by itself.';

const inline = (...uv: string[]) => readStackText(RUNTIME + lines('[tool.uv]', ...uv));

describe('the configuration of uv', () => {
  it('is the [tool.uv] of a venvstacks.toml', () => {
    const read = inline(
      'exclude-newer = "2026-03-01T00:00:00Z"',
      'override-dependencies = ["pillow>=11"]',
      'sources = { Torch_Vision = { index = "cpu" } }',
      'index = [{ name = "cpu", url = "https://cpu.invalid", explicit = true }, { url = "wheels", default = true }]',
    );
    expect(read.problems).toBe('');
    const { uv } = read.layer('py312');
    expect(uv).toMatchObject({
      file: `${read.folder}/venvstacks.toml`,
      folder: read.folder,
      cutoff: '2026-03-01T00:00:00Z',
      indexes: [
        { name: 'cpu', explicit: true, isDefault: false },
        { name: undefined, explicit: false, isDefault: true },
      ],
      settings: { 'override-dependencies': ['pillow>=11'] },
    });
    expect([...uv.sources]).toEqual([['torch-vision', 'cpu']]);
  });

  it('is else the venvstacks.uv.toml beside it', () => {
    const config = { 'venvstacks.uv.toml': 'exclude-newer = "2026-03-01T00:00:00Z"\n' };
    const read = readStackText(RUNTIME, config);
    expect(read.layer('py312').uv).toMatchObject({
      file: `${read.folder}/venvstacks.uv.toml`,
      cutoff: '2026-03-01T00:00:00Z',
    });
    expect(readStackText(`${RUNTIME}[tool.uv]\n`, config).layer('py312').uv.cutoff).toBeUndefined();
    expect(readStackText(RUNTIME).layer('py312').uv).toMatchObject({ file: undefined, cutoff: undefined, indexes: [] });
  });

  it('is for layer.toml files the venvstacks.uv.toml of the workspace, not one beside them', () => {
    const read = readLayerTexts({
      'layers/py/layer.toml': RUNTIME_LAYER,
      'layers/py/venvstacks.uv.toml': 'exclude-newer = "2020-01-01T00:00:00Z"\n',
      'venvstacks.uv.toml': 'exclude-newer = "2026-03-01T00:00:00Z"\n',
    });
    expect(read.layer('py').uv).toMatchObject({ folder: read.folder, cutoff: '2026-03-01T00:00:00Z' });
  });

  it('says nothing of what is downloaded and run on a machine', () => {
    const read = inline('cache-dir = "./cache"', 'python-install-mirror = "https://a.invalid"', 'prerelease = "allow"');
    expect(read.problems).toBe('');
    expect(read.warnings).toBe(
      [
        "6:13: tool.uv.cache-dir: 'cache-dir' has no effect here",
        "7:25: tool.uv.python-install-mirror: 'python-install-mirror' has no effect here",
      ]
        .map(
          (line) => `venvstacks.toml:${line}\n  What runs on a machine is for its owner to say: use a variable of uv.`,
        )
        .join('\n'),
    );
    expect(read.layer('py312').uv.settings).toEqual({ prerelease: 'allow' });
  });

  it.each([
    [
      'exclude-newer = "7 days"',
      `6:17: tool.uv.exclude-newer: '7 days' is neither a date nor an absolute time\n  ${CUTOFF_HINT}`,
    ],
    ['exclude-newer = 2026-03-01', `6:17: tool.uv.exclude-newer: must be a string, not a date\n  ${CUTOFF_HINT}`],
    ['index = { name = "a" }', '6:9: tool.uv.index: must be an array of tables, written [[index]], not a table'],
    ['index = [{ name = "a" }]', '6:10: tool.uv.index: an index needs a url'],
    ['index = [{ name = 1, url = "u" }]', '6:19: tool.uv.index: must be a string, not a number'],
    [
      'index = [{ name = "a", url = "u" }, { name = "a", url = "v" }]',
      "6:46: tool.uv.index: duplicate index name 'a'\n  Give each index a name of its own.",
    ],
    ['sources = []', '6:11: tool.uv.sources: must be a table, not an array'],
    [
      'sources = { torch = { git = "https://x.invalid" } }',
      [
        '6:21: tool.uv.sources: the source of \'torch\' must be an index, as in { index = "name" }',
        '  Packages come from indexes as wheels; nothing is built from other sources.',
      ].join('\n'),
    ],
    [
      'sources = { torch = { index = "cpi" } }\nindex = [{ name = "cpu", url = "u" }]',
      "6:21: tool.uv.sources: unknown package index 'cpi' for 'torch'\n  Did you mean 'cpu'?",
    ],
    [
      'sources = { a_b = { index = "cpu" }, A-B = { index = "cpu" } }\nindex = [{ name = "cpu", url = "u" }]',
      '6:44: tool.uv.sources: multiple sources for a-b (names are compared in normalised form)',
    ],
  ])('is checked: %s', (text, expected) => {
    expect(inline(text).problems).toBe(`venvstacks.toml:${expected}`);
  });

  it('is checked in its own file, too, and named by it', () => {
    const { problems } = readStackText(RUNTIME, { 'venvstacks.uv.toml': '\nexclude-newer = "P7D"\n' });
    expect(problems).toBe(
      `venvstacks.uv.toml:2:17: exclude-newer: 'P7D' is neither a date nor an absolute time\n  ${CUTOFF_HINT}`,
    );
  });
});

describe('a cutoff', () => {
  it.each([
    ['2026-03-01', '2026-03-02T00:00:00Z'],
    ['2025-12-31', '2026-01-01T00:00:00Z'],
    ['2024-02-28', '2024-02-29T00:00:00Z'],
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z'],
    ['2026-03-01t12:00:00.25z', '2026-03-01t12:00:00.25z'],
    ['2026-03-01 12:00:00-05:30', '2026-03-01 12:00:00-05:30'],
  ])('%s is %s: a date is taken to its end, in UTC', (text, expected) => {
    expect(parseCutoff(text)).toBe(expected);
  });

  it.each([
    '',
    '1 week',
    'P7D',
    '2026-02-30',
    '2026-13-01',
    '2026-04-31T00:00:00Z',
    '2026-03-01T12:00:00',
    7,
    undefined,
  ])('is not %j', (value) => {
    expect(parseCutoff(value)).toBeUndefined();
  });
});

describe('cutoffs of single packages', () => {
  it('are absolute, a date is the end of that day in UTC, and false takes a package out', () => {
    const { layer } = inline('exclude-newer-package = { six = "2026-03-01", attrs = false }');
    expect(layer('py312').uv.settings).toEqual({
      'exclude-newer-package': { six: '2026-03-02T00:00:00Z', attrs: false },
    });
  });

  it('that are durations would change locks by themselves', () => {
    expect(inline('exclude-newer-package = { six = "7 days" }').problems).toBe(
      `venvstacks.toml:6:33: tool.uv.exclude-newer-package: '7 days' is neither a date nor an absolute time\n  ${CUTOFF_HINT}`,
    );
  });
});
