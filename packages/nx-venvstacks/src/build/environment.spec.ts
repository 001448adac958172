import { makeFolder } from '../testing/folder';
import { environmentOf, pythonVersionIn } from './environment';

it.each(['3.12.7', '3.15.0rc1'])('an environment knows that its Python is %s', (version) => {
  const files = {
    'bin/python': '',
    'Scripts/python.exe': '',
    'pyvenv.cfg': `home = /bin\nversion_info = ${version}\n`,
  };
  const projectRoot = makeFolder(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`.venv/${path}`, text])),
  );
  const python = { implementation: 'cpython', version, minor: version.slice(0, 4) } as const;
  expect(pythonVersionIn(environmentOf({ projectRoot, python }))).toBe(version);
});
