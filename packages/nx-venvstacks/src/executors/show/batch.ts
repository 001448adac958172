import { batchOf } from '../batch';
import { showTask } from './work';

/** Shows layers in one process. */
const showBatch = batchOf('show', showTask, { lowerFirst: false });

export default showBatch;
