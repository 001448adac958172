import { batchOf } from '../batch';
import { buildTask } from './work';

/** Builds layers in one process, lower ones first. */
const buildBatch = batchOf('build', buildTask, { lowerFirst: true });

export default buildBatch;
