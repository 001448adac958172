import { executorOf } from '../task';
import { lockTask } from './work';

/** Locks one layer in a process of its own. */
const lockExecutor = executorOf('lock', lockTask);

export default lockExecutor;
