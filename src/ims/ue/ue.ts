/** The UE as a scenario drives it. */
import type { MediaReport } from '../../media/index.js';
import type { NetworkNode } from '../../node/node.js';
import type { AnswerBehaviour, UeConfig } from './config.js';

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

/** `held`: answered, and one side or both have put the other on hold. */
export type CallState = 'setup' | 'ringing' | 'talking' | 'held' | 'released' | 'failed';

/** How a request within a call ended. */
export interface RequestOutcome {
  readonly success: boolean;
  /** Final SIP status; undefined where none came, or nothing was sent. */
  readonly status: number | undefined;
  /** One plain sentence. */
  readonly reason: string;
  readonly clause: string | undefined;
}

/** One end of a call. What is not possible in its state answers false, or a failed outcome, and does nothing. */
export interface CallHandle {
  /** The same at both ends. */
  readonly callId: string;
  readonly state: CallState;
  /** Called at each change of `state`, when it has changed. */
  onState(listener: (state: CallState) => void): void;
  /** The callee picks up. Possible while it rings. */
  answer(): boolean;
  /** The callee refuses with a status of 300 to 699. Possible before the answer. */
  reject(status: number): boolean;
  /** The caller gives up: CANCEL. Possible before the answer. */
  cancel(): boolean;
  /** Ends the call, whatever its state: CANCEL, 480 or BYE. */
  hangUp(): boolean;
  /** Puts the other side on hold; `done` once. TS 24.610 4.5.2.1. */
  hold(done: (outcome: RequestOutcome) => void): void;
  /** Ends the own hold; `done` once. */
  resume(done: (outcome: RequestOutcome) => void): void;
  /** What has flowed until now. Undefined: nothing ever has. */
  media(): MediaReport | undefined;
}

/** How a pager message ended (RFC 3428). */
export interface MessageOutcome {
  readonly success: boolean;
  /** Final SIP status; undefined where none came. */
  readonly status: number | undefined;
  /** One plain sentence. */
  readonly reason: string;
  readonly clause: string | undefined;
}

export interface ReceivedMessage {
  /** The asserted identity of who sent it, else From. */
  readonly from: string;
  readonly text: string;
}

export interface RegisterOptions {
  /** Seconds to ask for, now and at each refresh; as before where absent, the profile's at first. */
  readonly expires?: number | undefined;
}

export interface DeregisterOptions {
  /** `all`: every contact of the user, whoever has bound it (Contact: *); the own ones where absent. */
  readonly contacts?: 'all' | undefined;
}

export interface CallOptions {
  /** Talk time; undefined: until somebody hangs up. */
  readonly holdForMs: number | undefined;
}

export interface UeNode extends NetworkNode {
  /** Registers, or refreshes the registration; `done` once, with the final outcome. */
  register(done: (outcome: RegistrationOutcome) => void, options?: RegisterOptions): void;
  /** Refreshes the registration now (TS 24.229 5.1.1.4.1). Fails where there is none. */
  reregister(done: (outcome: RegistrationOutcome) => void, options?: RegisterOptions): void;
  deregister(done: (outcome: RegistrationOutcome) => void, options?: DeregisterOptions): void;
  /** Called with the outcome of each attempt to register, of refreshes and of those that the UE begins by itself too. */
  onRegistration(listener: (outcome: RegistrationOutcome) => void): void;
  /** The network has granted a registration that the UE has not seen end. */
  readonly isRegistered: boolean;
  /** Contacts of the user that the last 200 to a REGISTER has listed, those of others too; 0 while not registered. */
  readonly contactCount: number;
  /** Calls `target` (SIP or tel URI), talks, hangs up; `done` once at the end. Undefined: `done` has said why not. */
  call(target: string, options: CallOptions, done: (outcome: CallOutcome) => void): CallHandle | undefined;
  /** Called with each call that comes and is not refused at once. */
  onIncomingCall(listener: (call: CallHandle) => void): void;
  /** Called with the outcome of each call that this UE received, when it ends. */
  onIncomingCallEnded(listener: (outcome: CallOutcome) => void): void;
  /** The next call that comes is treated like this, whatever the profile says. */
  answerNextCall(behaviour: AnswerBehaviour): void;
  /** Sends a pager message (RFC 3428) to a SIP or tel URI; `done` once. */
  message(target: string, text: string, done: (outcome: MessageOutcome) => void): void;
  onIncomingMessage(listener: (message: ReceivedMessage) => void): void;
  /** What the profile says from now on; sockets, identities, SIM and security stay as they were when the UE was made. */
  reconfigure(config: UeConfig): void;
  /** The default public identity after registration, else the configured one. */
  readonly publicIdentity: string;
}
