import { batchOf } from '../batch';
import { showTask } from './work';

/** Shows layers in one process. */
const showBatch = batchOf(showTask, { lowerFirst: false });

export default showBatch;
