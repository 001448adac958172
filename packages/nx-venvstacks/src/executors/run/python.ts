import { runnerOf } from './run';

/** Runs a layer's Python with whatever arguments. */
const pythonExecutor = runnerOf(() => []);

export default pythonExecutor;
