import fc from 'fast-check';
import { formatRequirement, parseRequirement } from './requirement';
import { Pep508SyntaxError } from './scanner';

const normal = (text: string) => formatRequirement(parseRequirement(text));

function failure(text: string): Pep508SyntaxError {
  try {
    parseRequirement(text);
  } catch (error) {
    if (error instanceof Pep508SyntaxError) return error;
  }
  throw new Error(`'${text}' was accepted`);
}

describe('a requirement', () => {
  it.each([
    ['six>=1.16 , <2', 'six<2,>=1.16'],
    ['  numpy  ', 'numpy'],
    ['a[z, b ,Y,b]', 'a[Y,b,z]'],
    ['a[]', 'a'],
    ['a (>=1, <2)', 'a<2,>=1'],
    ['a>=1.0,>=1', 'a>=1'],
    ['a~=1.0,~=1.0.0', 'a~=1.0,~=1.0.0'],
    ['a===any+thing', 'a===any+thing'],
    ['a==1.0.*,!=1.0.5', 'a!=1.0.5,==1.0.*'],
    ['a>=1,', 'a>=1'],
    ["a>=1;os_name=='nt'", 'a>=1; os_name == "nt"'],
    [
      "a @ https://x.invalid/a.whl#sha256=0 ; os_name == 'nt'",
      'a @ https://x.invalid/a.whl#sha256=0 ; os_name == "nt"',
    ],
  ])('%s is printed as %s', (text, expected) => {
    expect(normal(text)).toBe(expected);
  });

  it('keeps the name as written and has one for comparing', () => {
    expect(parseRequirement('Torch_.Vision>1')).toMatchObject({
      name: 'Torch_.Vision',
      normalizedName: 'torch-vision',
      specifiers: '>1',
    });
  });

  it('may be called like a word of markers', () => {
    expect(normal("in; os_name in 'nt'")).toBe('in; os_name in "nt"');
  });

  it.each([
    ['a b', 2, 'expected a version specifier, a semicolon before a marker or the end'],
    ['a>=1 <2', 5, 'expected a comma between version specifiers, a semicolon before a marker or the end'],
    ['>=1', 0, 'expected a package name at the start'],
    ['a[b', 3, "expected ']' after the extras"],
    ['a[b,]', 4, 'expected the name of an extra after the comma'],
    ['a @ ', 4, 'expected a URL after @'],
    ['a @ https://x.invalid/a.whl x', 28, 'expected a space and a semicolon after the URL or the end'],
    ['a (>=1', 6, "expected ')' after the version specifiers"],
    ['a>=1.*', 4, "'.*' goes with == or !=, and with a version that is no pre-, post-, development or local release"],
    ['a>=1+local', 4, 'a local version goes with == or !='],
    ['a; os_name', 10, 'expected a comparison: <=, <, !=, ==, >=, >, ~=, ===, in or not in'],
    ["a; os_name == 'nt' x", 19, 'expected the end of the requirement'],
    ["a; (os_name == 'nt'", 19, "expected ')' after the marker"],
  ])('%s is refused at %i: %s', (text, position, message) => {
    expect(failure(text)).toMatchObject({ source: text, position, message });
  });

  it('is printed in a form that parses to the same form', () => {
    const requirement = fc
      .record({
        name: fc.constantFrom('a', 'A_b', 'x.y-z', 'in', 'or'),
        extras: fc.subarray(['b', 'C', 'd_e']),
        specifiers: fc.uniqueArray(fc.constantFrom('>=1', '<2.0', '!=1.5.*', '~=1.4', '==1.0', '===x', '> 1!2rc1')),
        marker: fc.constantFrom(
          '',
          "; os_name=='nt'",
          '; (extra == "X_y")',
          "; 'a' in os_name and (os_name=='b' or os_name=='c')",
        ),
      })
      .map(
        ({ name, extras, specifiers, marker }) => `${name} [${extras.join(' ,')}] ${specifiers.join(' , ')} ${marker}`,
      );
    fc.assert(
      fc.property(requirement, (text) => {
        expect(normal(normal(text))).toBe(normal(text));
      }),
    );
  });
});
