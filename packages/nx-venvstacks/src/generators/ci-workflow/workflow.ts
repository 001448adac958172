import type { Installation } from './installation';
import type { Place } from './place';

/** What a workflow follows from. */
export interface Workflow {
  /** The targets that check locks, as a shell takes them: one, unless the plugin is registered more than once. */
  readonly target: string;
  readonly mainBranch: string;
  readonly installation: Installation;
  readonly place: Place;
}

/** What a provider's workflow comes to. */
export interface WorkflowFiles {
  /** Path, from the root of the repository → text. One that is there already must be the same. */
  readonly files: Readonly<Record<string, string>>;
  readonly nextSteps: readonly string[];
}
