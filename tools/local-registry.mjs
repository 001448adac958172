// A package registry of this machine's own, with the plugin in it: to try what a user gets, before it is published.
//
//   npm run build
//   node tools/local-registry.mjs            publishes packages/nx-venvstacks
//   node tools/local-registry.mjs file.tgz   publishes a packed plugin
//
// It is verdaccio, on a free port of the loopback address. Every other package comes from the registry that npm is
// configured for, through it: address, certificates and proxy are read from npm at run time, and stand in no file. For a
// registry that wants a login set NPM_TOKEN. Nothing of npm's configuration is changed: a shell uses this registry by
// `npm_config_registry`, as printed.
//
// Ctrl-C (or SIGTERM, or the end of the process that forked it) stops it and removes all that it stored. To a process
// that forked it, it sends `{ registry: address }` once the plugin is published.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runServer } from 'verdaccio';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PLUGIN = join(ROOT, 'packages', 'nx-venvstacks');
const run = promisify(execFile);
const isWindows = process.platform === 'win32';
const npm = (args) => run(isWindows ? 'npm.cmd' : 'npm', args, { cwd: ROOT, shell: isWindows });

/** What npm is configured to, without what is not set. */
async function npmConfig(...keys) {
  const { stdout } = await npm(['config', 'get', ...keys]);
  const pairs = stdout
    .split(/\r?\n/)
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  return Object.fromEntries(pairs.filter(([key, value]) => keys.includes(key) && value !== 'null' && value !== ''));
}

const what = resolve(process.argv[2] ?? PLUGIN);
if (!existsSync(what === PLUGIN ? join(PLUGIN, 'dist') : what)) {
  console.error(what === PLUGIN ? 'There is nothing to publish yet: npm run build' : `There is no ${what}.`);
  process.exit(1);
}

const {
  registry,
  cafile,
  'strict-ssl': strictSsl,
  proxy,
  'https-proxy': httpsProxy,
} = await npmConfig('registry', 'cafile', 'strict-ssl', 'proxy', 'https-proxy');
const storage = mkdtempSync(join(tmpdir(), 'nx-venvstacks-registry-'));
const server = await runServer({
  self_path: storage,
  storage: join(storage, 'packages'),
  // Nobody can have an account: who may reach this address may publish the plugin, and nothing else.
  auth: { htpasswd: { file: join(storage, 'htpasswd'), max_users: -1 } },
  web: { enable: false },
  uplinks: {
    upstream: {
      url: registry,
      cache: false,
      timeout: '60s',
      max_fails: 100,
      strict_ssl: strictSsl !== 'false',
      ...(cafile ? { ca: readFileSync(cafile, 'utf8') } : {}),
      ...(proxy ? { http_proxy: proxy } : {}),
      ...(httpsProxy ? { https_proxy: httpsProxy } : {}),
      ...(process.env.NPM_TOKEN ? { auth: { type: 'bearer', token_env: 'NPM_TOKEN' } } : {}),
    },
  },
  packages: {
    'nx-venvstacks': { access: '$all', publish: '$all' },
    '**': { access: '$all', proxy: 'upstream' },
  },
  publish: { allow_offline: true },
  max_body_size: '50mb',
  log: { type: 'stdout', format: 'pretty', level: 'fatal' },
});

let stopped = false;
function stop() {
  if (stopped) return;
  stopped = true;
  server.close();
  server.closeAllConnections();
  rmSync(storage, { recursive: true, force: true, maxRetries: 3 });
  process.exit();
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
process.on('disconnect', stop);

await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${server.address().port}/`;
try {
  // npm refuses to publish without a login; this registry takes any.
  const login = `--${address.slice('http:'.length)}:_authToken=anybody`;
  await npm(['publish', what, '--ignore-scripts', `--registry=${address}`, login]);
} catch (error) {
  console.error(error.stderr ?? error.message);
  process.exitCode = 1;
  stop();
}
console.log(`nx-venvstacks is at ${address} until Ctrl-C. In a shell of an Nx workspace:

  export npm_config_registry=${address}
  npx nx add nx-venvstacks`);
process.send?.({ registry: address });
