import { executorOf } from '../task';
import { upgradeTask } from './work';

/** Upgrades one layer in a process of its own. */
const upgradeExecutor = executorOf('upgrade', upgradeTask);

export default upgradeExecutor;
