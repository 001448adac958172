import { compareCodePoints, formatSpecifiers, isSpecifier, normalizeVersion, satisfiesSpecifier } from './specifier';

describe('a version specifier', () => {
  it.each(['>=3.10', '==1.*', '!=1.0.*', '~=1.4.2', '<2rc1', '===whatever', '==1+local.1', '>1!2', '>= v1.0-1'])(
    'may be %s',
    (text) => {
      expect(isSpecifier(text)).toBe(true);
    },
  );

  it.each(['', '1.0', '>=1.*', '~=1', '>1+local', '=>1', '>=1,<2', '==x', '>=1.0 beta gamma'])(
    'may not be %p',
    (text) => {
      expect(isSpecifier(text)).toBe(false);
    },
  );

  it.each([
    ['3.12.11', '>=3.12', true],
    ['3.12.0rc1', '>=3.12', false],
    ['3.12.0rc1', '>=3.12rc1', true],
    // PEP 440, "Exclusive ordered comparison"
    ['1.7rc1', '<1.7', false],
    ['1.7rc1', '<1.7.1', true],
    ['1.7rc1', '<1.7rc2', true],
    ['1.7.post1', '>1.7', false],
    ['1.7.post2', '>1.7.post1', true],
    ['1.7+local', '>1.7', false],
    ['1.7.1', '>1.7', true],
    ['1.7+local', '==1.7', true],
    ['1.7', '==1.7.0', true],
    ['1.7.5', '~=1.7.2', true],
    ['1.8', '~=1.7.2', false],
    ['1.8', '!=1.7.*', true],
    ['1!1.0', '>2', true],
    ['Any-Thing', '===any-thing', true],
    ['any thing', '>=1', false],
    ['1.0', '===1', false],
  ])('%s against %s: %s', (version, specifier, expected) => {
    expect(satisfiesSpecifier(version, specifier)).toBe(expected);
  });

  it('is printed without spaces, in code-point order, of two that mean the same the first', () => {
    expect(formatSpecifiers(['>= 1.0', '<2', '>=1', '!=1.5'])).toBe('!=1.5,<2,>=1');
    expect(formatSpecifiers(['==1.0.0', '==1', '==1.*'])).toBe('==1,==1.*');
    expect(formatSpecifiers([])).toBe('');
  });
});

describe('a version', () => {
  it.each([
    ['1.0.0RC1', '1.0.0rc1'],
    ['v1.0', '1.0'],
    ['1.0-alpha.1', '1.0a1'],
    ['1.0-r4', '1.0.post4'],
    ['1.0dev', '1.0.dev0'],
    ['1.0+Ubuntu-1_2', '1.0+ubuntu.1.2'],
    ['0!1.0', '1.0'],
  ])('%s is %s in its normal form', (text, expected) => {
    expect(normalizeVersion(text)).toBe(expected);
  });

  it.each(['', 'latest', '1.0.x', '1..0'])('%p is none', (text) => {
    expect(normalizeVersion(text)).toBeUndefined();
  });
});

describe('order by code point', () => {
  it('differs from the order by UTF-16 unit beyond the basic plane', () => {
    const names = ['\u{1F600}', '\uFF5E', 'b', 'B', 'ab', 'a', '_'];
    expect([...names].sort(compareCodePoints)).toEqual(['B', '_', 'a', 'ab', 'b', '\uFF5E', '\u{1F600}']);
    expect(compareCodePoints('same', 'same')).toBe(0);
  });
});
