/**
 * What is used of Nx while it runs. `@nx/devkit` hands on these very functions from this very path, and as it works with
 * the Nx before and after its own, so does the path. Taken from Nx itself they are always those of the Nx that runs: a
 * package manager would install the newest `@nx/devkit` beside an older Nx, refuse to, or install none.
 */
export {
  cacheDir,
  detectPackageManager,
  getProjects,
  readCachedProjectGraph,
  readNxJson,
  workspaceRoot,
} from 'nx/src/devkit-exports';
