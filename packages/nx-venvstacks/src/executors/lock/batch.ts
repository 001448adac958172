import { batchOf } from '../batch';
import { lockTask } from './work';

/** Locks layers in one process: lower ones first, as many side by side as there are cores. */
const lockBatch = batchOf('lock', lockTask, { lowerFirst: true });

export default lockBatch;
