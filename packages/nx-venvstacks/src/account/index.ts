export { postTasksExecution, preTasksExecution } from './hooks';
