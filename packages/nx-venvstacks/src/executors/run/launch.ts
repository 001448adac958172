import { runnerOf } from './run';

/** Runs an application's launch module, as it is run where it is deployed. */
const launchExecutor = runnerOf(({ launchModule, name }) => ['-m', launchModule?.name ?? name]);

export default launchExecutor;
