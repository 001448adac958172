import { executorOf } from '../task';
import { buildTask } from './work';

/** Builds one layer in a process of its own. */
const buildExecutor = executorOf('build', buildTask);

export default buildExecutor;
