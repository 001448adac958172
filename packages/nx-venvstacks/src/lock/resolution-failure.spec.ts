import { LockedStack, STACK } from '../testing/locked-stack';
import { askedIndexes, resolutionFailure } from './resolution-failure';

const layerWith = (...uv: readonly string[]) =>
  new LockedStack({ 'venvstacks.toml': `${STACK}${['[tool.uv]', ...uv].join('\n')}\n` }).layer('framework-tools');

const COMPANY = '[[tool.uv.index]]\nname = "company"\nurl = "https://me:secret@company.invalid/simple"';

describe('the places that were asked', () => {
  it.each<[string, readonly string[], NodeJS.ProcessEnv, string]>([
    ['none is declared', [], {}, 'PyPI'],
    ['one is declared', [COMPANY], {}, 'company (https://company.invalid/simple), PyPI'],
    ['one is the default', [COMPANY, 'default = true'], {}, 'company (https://company.invalid/simple)'],
    ['one is asked for no package of the layer', [COMPANY, 'explicit = true'], {}, 'PyPI'],
    [
      'there are settings and variables',
      ['index-url = "https://me:a@a.invalid"', 'find-links = ["./wheels", "https://b.invalid"]'],
      { UV_INDEX: 'c=https://me:sec/ret@c.invalid https://d.invalid', UV_FIND_LINKS: '' },
      'index-url (https://a.invalid), find-links (./wheels https://b.invalid), UV_INDEX (c=https://c.invalid https://d.invalid)',
    ],
    [
      'a variable is the default',
      [COMPANY],
      { UV_DEFAULT_INDEX: 'https://m.invalid' },
      'company (https://company.invalid/simple), UV_DEFAULT_INDEX (https://m.invalid)',
    ],
    ['there are only folders', ['no-index = true', 'find-links = ["./wheels"]', COMPANY], {}, 'find-links (./wheels)'],
    [
      'a variable rules indexes out',
      ['find-links = ["./wheels"]', COMPANY],
      { UV_NO_INDEX: '1' },
      'find-links (./wheels)',
    ],
  ])('are named where %s', (_, uv, env, expected) => {
    expect(askedIndexes(layerWith(...uv), env)).toBe(expected);
  });
});

describe('a failure to resolve', () => {
  const said = (stderr: string) =>
    resolutionFailure(
      layerWith(COMPANY),
      [{ name: 'numpy', version: '2.1.0', marker: '', layer: 'cpython-3.12' }],
      { code: 1, stdout: '', stderr },
      {},
    ).report;

  it('has uv’s words, which lower layer holds what is in the way, and where was looked', () => {
    expect(said('error: Because numpy==2.1.0 and there are no versions of x>1, …\n')).toBe(
      `framework-tools: uv could not resolve the layer's requirements:
    error: Because numpy==2.1.0 and there are no versions of x>1, …
  Lower layers hold versions that are in the way:
    numpy==2.1.0 is locked by cpython-3.12
  Asked: company (https://company.invalid/simple), PyPI. If that has the package, a page to log in may have answered: it looks like an index without packages.`,
    );
  });

  it('that has to do with no index does not speak of one', () => {
    expect(said('error: Because a==1 depends on b>2, …\n')).toBe(
      "framework-tools: uv could not resolve the layer's requirements:\n    error: Because a==1 depends on b>2, …",
    );
  });
});
