/** The calls of a run: what both ends say of each, and the states that the caller went through. */
import type { CallHandle, CallOutcome, CallState, UeNode } from '../../ims/ue/ue.js';
import type { CallTiming } from './verdict.js';

export interface CallStateEntry {
  /** 0, 1, 2 … over all calls. */
  readonly position: number;
  readonly time: number;
  readonly state: CallState;
}

export interface LoggedCall {
  readonly as: string;
  readonly from: string;
  readonly to: string;
  /** Name of the UE that is called, where the topology has it. */
  readonly callee: string | undefined;
  /** As the caller sees it; the last is how it is. Never empty. */
  readonly states: readonly CallStateEntry[];
  handle: CallHandle | undefined;
  outcome: CallOutcome | undefined;
}

interface GrowingCall extends LoggedCall {
  readonly states: CallStateEntry[];
}

export class CallLog {
  readonly #calls: GrowingCall[] = [];
  /** The callee's end and what it said at last, by Call-ID: both ends of a call have the same one. */
  readonly #callees = new Map<string, CallHandle>();
  readonly #calleeOutcomes = new Map<string, CallOutcome>();
  /** UEs whose incoming calls are listened to; one that was started again is another object. */
  readonly #listened = new WeakSet<UeNode>();
  #count = 0;

  constructor(
    private readonly now: () => number,
    private readonly changed: () => void,
  ) {}

  /** Before the call is made. @param ue the one that is called */
  begin(as: string, from: string, to: string, ue: UeNode | undefined): LoggedCall {
    const call: GrowingCall = { as, from, to, callee: ue?.name, states: [], handle: undefined, outcome: undefined };
    this.#calls.push(call);
    this.#enter(call, 'setup');
    if (ue !== undefined) this.#listenTo(ue);
    return call;
  }

  /** The caller's end is there. */
  attach(call: LoggedCall, handle: CallHandle | undefined): void {
    call.handle = handle;
    handle?.onState((state) => {
      // How it ended is the outcome's to say.
      if (state !== 'released' && state !== 'failed') this.#enter(call as GrowingCall, state);
    });
  }

  end(call: LoggedCall, outcome: CallOutcome): void {
    call.outcome = outcome;
    this.#enter(call as GrowingCall, endOf(outcome));
  }

  /** The last of that name. */
  named(as: string): LoggedCall | undefined {
    return this.#calls.findLast((call) => call.as === as);
  }

  get names(): readonly string[] {
    return [...new Set(this.#calls.map(({ as }) => as))];
  }

  /** Undefined until the call has arrived there, and where the topology has no such UE. */
  calleeEnd({ handle, outcome }: LoggedCall): CallHandle | undefined {
    const callId = handle?.callId ?? outcome?.callId;
    return callId === undefined ? undefined : this.#callees.get(callId);
  }

  /** The callee's state while it is not done with a call that has ended for the caller. */
  calleeLag(call: LoggedCall): CallState | undefined {
    const state = this.calleeEnd(call)?.state;
    return state === 'released' || state === 'failed' ? undefined : state;
  }

  /** Position of the next state. */
  get position(): number {
    return this.#count;
  }

  timings(): readonly CallTiming[] {
    return this.#calls.map((call) => {
      const { as, from, to, callee, outcome } = call;
      const calleeMedia = outcome?.callId === undefined ? undefined : this.#calleeOutcomes.get(outcome.callId)?.media;
      return {
        as,
        from,
        to,
        callee,
        ended: outcome !== undefined,
        ringingAfterMs: outcome?.ringingAfterMs,
        answeredAfterMs: outcome?.answeredAfterMs,
        media: [
          ...(outcome?.media === undefined ? [] : [{ at: from, report: outcome.media }]),
          ...(calleeMedia === undefined ? [] : [{ at: callee ?? to, report: calleeMedia }]),
        ],
      };
    });
  }

  #enter(call: GrowingCall, state: CallState): void {
    call.states.push({ position: this.#count, time: this.now(), state });
    this.#count += 1;
    this.changed();
  }

  #listenTo(ue: UeNode): void {
    if (this.#listened.has(ue)) return;
    this.#listened.add(ue);
    ue.onIncomingCall((handle) => {
      this.#callees.set(handle.callId, handle);
      handle.onState(() => this.changed());
      this.changed();
    });
    ue.onIncomingCallEnded((outcome) => {
      if (outcome.callId !== undefined) this.#calleeOutcomes.set(outcome.callId, outcome);
    });
  }
}

/** A call that was answered and then broke has failed. */
export function endOf({ state, success }: CallOutcome): 'released' | 'failed' {
  return state === 'released' && success ? 'released' : 'failed';
}
