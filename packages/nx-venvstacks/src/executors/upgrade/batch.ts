import { batchOf } from '../batch';
import { upgradeTask } from './work';

/** Upgrades layers in one process: lower ones first, as many side by side as there are cores. */
const upgradeBatch = batchOf('upgrade', upgradeTask, { lowerFirst: true });

export default upgradeBatch;
