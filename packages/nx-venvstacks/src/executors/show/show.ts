import { executorOf } from '../task';
import { showTask } from './work';

/** Shows one layer in a process of its own. */
const showExecutor = executorOf('show', showTask);

export default showExecutor;
