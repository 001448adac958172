import { executorOf } from '../task';
import { lockCheckTask } from './work';

/** Checks one layer in a process of its own. */
const lockCheckExecutor = executorOf('lock-check', lockCheckTask);

export default lockCheckExecutor;
