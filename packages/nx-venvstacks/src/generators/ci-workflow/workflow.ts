import type { Installation } from './installation';

/** What a workflow follows from. */
export interface Workflow {
  /** The targets that check locks, as a shell takes them: one, unless the plugin is registered more than once. */
  readonly target: string;
  readonly mainBranch: string;
  readonly installation: Installation;
}

/** What a provider's workflow comes to. */
export interface WorkflowFiles {
  /** Path → text. One that is there already must be the same. */
  readonly files: Readonly<Record<string, string>>;
  readonly nextSteps: readonly string[];
}
