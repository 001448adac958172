import { batchOf } from '../batch';
import { lockCheckTask } from './work';

/** Checks layers in one process: files, and git's history, are read once for all. */
const lockCheckBatch = batchOf('lock-check', lockCheckTask, { lowerFirst: false });

export default lockCheckBatch;
