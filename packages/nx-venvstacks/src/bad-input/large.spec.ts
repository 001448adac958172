import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { LARGE_INPUTS } from '../testing/large-inputs';

/** Compiles what it loads: another process knows nothing of Jest. */
const LOADER = `
  const { readFileSync } = require('node:fs');
  const { transpileModule } = require('typescript');
  const compilerOptions = { module: 'commonjs', target: 'es2022', esModuleInterop: true };
  require.extensions['.ts'] = (module, file) =>
    module._compile(transpileModule(readFileSync(file, 'utf8'), { compilerOptions, fileName: file }).outputText, file);
`;

const RUN = `
  const { LARGE_INPUTS } = require(${JSON.stringify(join(__dirname, '../testing/large-inputs.ts'))});
  for (const [name, read] of Object.entries(LARGE_INPUTS)) {
    read();
    console.log(name);
  }
`;

it('a megabyte of anything is read or refused, in bounded time and memory', () => {
  // Apart, since nothing could stop an expression that goes on and on. All of it takes seconds.
  const { stdout, stderr } = spawnSync(process.execPath, ['--max-old-space-size=1024', '-e', LOADER + RUN], {
    encoding: 'utf8',
    timeout: 240_000,
    killSignal: 'SIGKILL',
  });
  expect(stderr).toBe('');
  expect(stdout.trimEnd().split('\n')).toEqual(Object.keys(LARGE_INPUTS));
}, 300_000);
