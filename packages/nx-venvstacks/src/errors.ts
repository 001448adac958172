/** What kind of failure it was: for tests and other programs; people read the message. */
export type ErrorCode =
  /** A definition file is broken; `problems` lists what is wrong. */
  | 'definition'
  /** A lock no longer answers to its inputs. */
  | 'stale'
  /** A lower layer must be locked first. */
  | 'lower-stale'
  /** The files of a layer cannot be trusted or read as they are. */
  | 'damaged'
  /** Inputs moved between the building of the graph and the run. */
  | 'inputs-changed'
  /** Another process is at the same layer. */
  | 'busy'
  /** No set of packages satisfies the requirements. */
  | 'resolution'
  /** Packages without wheels for some platform. */
  | 'wheels'
  /** uv is missing, too old or broken. */
  | 'uv'
  /** git's history is needed and is not there. */
  | 'history'
  /** The target's configuration cannot work. */
  | 'configuration';

/**
 * An error that is for the user: its message says what is wrong, `hint` what to do about it. Anything else that is
 * thrown is a defect of ours.
 */
export class VenvstacksError extends Error {
  readonly code: ErrorCode;
  /** Environment name of the layer it is about. */
  readonly layer: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, about: { layer?: string; hint?: string; cause?: unknown } = {}) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.name = 'VenvstacksError';
    this.code = code;
    this.layer = about.layer;
    this.hint = about.hint;
  }

  /** The whole text for a terminal: layer, message, hint. */
  get report(): string {
    const subject = this.layer === undefined ? '' : `${this.layer}: `;
    return subject + this.message + (this.hint === undefined ? '' : `\n  ${this.hint.replaceAll('\n', '\n  ')}`);
  }
}
