/** What is known of a command of Nx to a plugin that runs elsewhere. */
export interface Command {
  readonly workspaceRoot: string;
  /** `process.argv` */
  readonly argv: readonly string[];
  /** When its tasks were started, in milliseconds. */
  readonly startTime: number;
}
