/** Why a step failed, as the verdict's sentence and explanation are made of it. */
import type { CompiledPattern } from '../../selection/index.js';
import type { LoggedMessage } from './message-log.js';

/** The message that was expected, to look for what came nearest to it. */
export interface Wanted {
  readonly pattern: CompiledPattern;
  readonly from: readonly string[] | undefined;
  readonly to: readonly string[] | undefined;
  /** Position in the message log from which on messages count. */
  readonly since: number;
}

export interface Failure {
  /** `ue1 could not register` */
  readonly subject: string;
  /** What the runner or the acting node itself knows. A cause that a node named goes before it, unless `isPlain`. */
  readonly reason: string;
  readonly clause?: string | undefined;
  /** The reason says it all: causes that nodes named go to the explanation. */
  readonly isPlain?: boolean | undefined;
  /** Id of the rule behind the expectation. */
  readonly rule?: string | undefined;
  /** What was expected, with how long and from when on. */
  readonly expected?: readonly string[] | undefined;
  readonly wanted?: Wanted | undefined;
  /** Messages that came and belong to it. */
  readonly met?: readonly LoggedMessage[] | undefined;
  /** Whose machines tell something about it. */
  readonly nodes?: readonly string[] | undefined;
  /** Id of the machine that it is about; all of the nodes' where absent. */
  readonly machine?: string | undefined;
  /** Further lines for the explanation: label and text. */
  readonly notes?: readonly (readonly [string, string])[] | undefined;
}

/** A failure that says its reason itself and has nothing behind it. */
export function plainFailure(subject: string, reason: string): Failure {
  return { subject, reason, isPlain: true };
}

/** `undefined`: it went well. */
export type StepEnd = (failure?: Failure) => void;
