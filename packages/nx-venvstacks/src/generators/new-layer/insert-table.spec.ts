import { insertTable } from './insert-table';
import * as outline from './toml-outline';

const TEXT = '[[runtimes]]\nname = "py"\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';
const TABLE = { name: 'tools', runtime: 'py', requirements: [] };

describe('a table in a wrong place', () => {
  it.each([
    ['among the keys of another', TEXT.indexOf('requirements')],
    ['in the middle of a text', TEXT.indexOf('py"')],
  ])('is refused, with what to add by hand: %s', (_, position) => {
    // No text is known whose outline is wrong: the fault is made here.
    const right = outline.readOutline(TEXT);
    const placeFor = (kind: Parameters<typeof right.placeFor>[0]) => ({ ...right.placeFor(kind), position });
    const spy = jest.spyOn(outline, 'readOutline').mockReturnValue({ ...right, placeFor });
    try {
      expect(() => insertTable(TEXT, 'framework', TABLE)).toThrow(
        'the file is written in a way that no table can be added to',
      );
    } finally {
      spy.mockRestore();
    }
  });
});
