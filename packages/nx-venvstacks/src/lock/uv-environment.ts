import { resolve, win32 } from 'node:path';
import { VenvstacksError } from '../errors';
import { parseCutoff, type Layer } from '../stack';
import { fileUrl } from './uv-project';

/** Variables of uv's that change what a resolution gives: part of a lock's inputs. */
export const RESOLUTION_VARIABLES = [
  'UV_INDEX',
  'UV_DEFAULT_INDEX',
  'UV_INDEX_URL',
  'UV_EXTRA_INDEX_URL',
  'UV_FIND_LINKS',
  'UV_NO_INDEX',
  'UV_INDEX_STRATEGY',
] as const;

/** Those of them that say where packages are. */
export const PLACE_VARIABLES = [
  'UV_INDEX',
  'UV_DEFAULT_INDEX',
  'UV_INDEX_URL',
  'UV_EXTRA_INDEX_URL',
  'UV_FIND_LINKS',
] as const;

/** The variable that overrides the configured cutoff. */
export const CUTOFF_VARIABLE = 'UV_EXCLUDE_NEWER';

const FOLDER_VARIABLES = ['UV_CACHE_DIR', 'UV_CREDENTIALS_DIR', 'UV_PYTHON_INSTALL_DIR'];

/** Variables of uv's that concern credentials, network and cache: honoured, and no input of a lock. */
const PASSED_ON =
  /^UV_(?:INDEX_.+_(?:USERNAME|PASSWORD)|CACHE_DIR|NO_CACHE|OFFLINE|KEYRING_PROVIDER|CREDENTIALS_DIR|NATIVE_TLS|SYSTEM_CERTS|INSECURE_HOST|HTTP_.+|REQUEST_TIMEOUT|CONCURRENT_.+|LOCK_TIMEOUT|PYTHON_INSTALL_DIR|PYTHON_INSTALL_MIRROR|PYPY_INSTALL_MIRROR)$/;

/**
 * The environment for uv: the machine's and the user's own configuration must not reach a lock.
 *
 * @param configFolder an empty folder where uv looks for the user's configuration
 * @param folder where relative paths in variables start: uv runs elsewhere
 */
export function uvEnvironment(env: NodeJS.ProcessEnv, configFolder: string, folder: string): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([written]) => {
    // On Windows `Uv_Index` is that variable, too. Elsewhere it is none of uv's, and does no harm.
    const name = written.toUpperCase();
    if (['VIRTUAL_ENV', 'CONDA_PREFIX', 'PYTHONPATH', 'PYTHONHOME'].includes(name)) return false;
    if (!name.startsWith('UV_')) return true;
    return PASSED_ON.test(name) || (RESOLUTION_VARIABLES as readonly string[]).includes(name);
  });
  const located = kept.map(([name, value = '']) => [name, locate(name.toUpperCase(), value, folder)]);
  return {
    ...(Object.fromEntries(located) as NodeJS.ProcessEnv),
    XDG_CONFIG_HOME: configFolder,
    XDG_CONFIG_DIRS: configFolder,
    APPDATA: configFolder,
    UV_NO_SYSTEM_CONFIG: '1',
    UV_NO_PROGRESS: '1',
    NO_COLOR: '1',
  };
}

function locate(name: string, value: string, folder: string): string {
  // uv runs in a folder that is gone afterwards, and what it had kept there.
  if (FOLDER_VARIABLES.includes(name)) return value === '' || win32.isAbsolute(value) ? value : resolve(folder, value);
  return (PLACE_VARIABLES as readonly string[]).includes(name) ? locatePlaces(value, folder) : value;
}

/** Addresses, each perhaps with the name of an index before it: those that are relative paths become whole URLs. */
function locatePlaces(value: string, folder: string): string {
  return value.replace(
    /(^|[\s,]|=)(\.{1,2}(?:[/\\][^\s,]*)?)(?=$|[\s,])/g,
    (_, before: string, path: string) => before + fileUrl(folder, path),
  );
}

/** The cutoff in effect: the environment's, else the configuration's. @throws {VenvstacksError} `configuration` */
export function effectiveCutoff(layer: Layer, env: NodeJS.ProcessEnv): string | undefined {
  const value = env[CUTOFF_VARIABLE];
  if (value === undefined || value === '') return layer.uv.cutoff;
  const cutoff = parseCutoff(value);
  if (cutoff === undefined) {
    throw new VenvstacksError(
      'configuration',
      `the variable ${CUTOFF_VARIABLE} is '${value}', neither a date nor an absolute time`,
      {
        layer: layer.envName,
        hint: 'Set it to a time as in 2026-03-01T00:00:00Z or a date as in 2026-03-01. A duration would change locks by itself.',
      },
    );
  }
  return cutoff;
}
