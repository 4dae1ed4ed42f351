/** The UE as a scenario drives it. */
import type { MediaReport } from '../../media/index.js';
import type { NetworkNode } from '../../node/node.js';

export interface RegistrationOutcome {
  readonly success: boolean;
  /** Final SIP status, undefined after a time-out or a failed challenge. */
  readonly status: number | undefined;
  /** Granted seconds. */
  readonly expires: number | undefined;
  /** One plain sentence, as it goes into the verdict. */
  readonly reason: string;
  readonly clause: string | undefined;
}

export interface CallOutcome {
  /** The same at both ends; absent where no INVITE was sent. */
  readonly callId?: string;
  readonly success: boolean;
  readonly state: 'released' | 'failed';
  readonly status: number | undefined;
  readonly reason: string;
  readonly clause: string | undefined;
  /** From INVITE to 180 and to 200, ms, where they came. */
  readonly ringingAfterMs: number | undefined;
  readonly answeredAfterMs: number | undefined;
  readonly media: MediaReport | undefined;
}

export interface UeNode extends NetworkNode {
  /** Registers; `done` once, with the final outcome. */
  register(done: (outcome: RegistrationOutcome) => void): void;
  deregister(done: (outcome: RegistrationOutcome) => void): void;
  /** Calls `target` (SIP or tel URI), talks for `holdForMs`, hangs up; `done` once at the end. */
  call(target: string, options: { readonly holdForMs: number }, done: (outcome: CallOutcome) => void): void;
  /** Called with the outcome of each call that this UE received, when it ends. */
  onIncomingCallEnded(listener: (outcome: CallOutcome) => void): void;
  /** The default public identity after registration, else the configured one. */
  readonly publicIdentity: string;
}
