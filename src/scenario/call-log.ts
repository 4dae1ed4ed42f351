/** The calls of a run, matched between the caller's outcome and the callee's. */
import type { CallOutcome, UeNode } from '../ims/ue/ue.js';
import type { CallTiming } from './verdict.js';

export interface LoggedCall {
  readonly as: string;
  readonly from: string;
  readonly to: string;
  outcome: CallOutcome | undefined;
  /** Called once the caller's outcome is there. */
  onEnded: (() => void) | undefined;
}

export class CallLog {
  readonly #calls: LoggedCall[] = [];
  /** What callees said, by Call-ID: both ends of a call have the same one. */
  readonly #calleeOutcomes = new Map<string, CallOutcome>();
  /** UEs whose incoming calls are listened to; one that was started again is another object. */
  readonly #listened = new WeakSet<UeNode>();

  /** @param callee the UE that is called, where the topology has it */
  begin(as: string, from: string, to: string, callee: UeNode | undefined): LoggedCall {
    const call: LoggedCall = { as, from, to, outcome: undefined, onEnded: undefined };
    this.#calls.push(call);
    if (callee !== undefined && !this.#listened.has(callee)) {
      this.#listened.add(callee);
      callee.onIncomingCallEnded((outcome) => {
        if (outcome.callId !== undefined) this.#calleeOutcomes.set(outcome.callId, outcome);
      });
    }
    return call;
  }

  named(as: string): LoggedCall | undefined {
    return this.#calls.findLast((call) => call.as === as);
  }

  timings(): readonly CallTiming[] {
    return this.#calls.map((call) => {
      const { as, from, to, outcome } = call;
      const calleeMedia = this.#calleeOutcome(call)?.media;
      return {
        as,
        from,
        to,
        ended: outcome !== undefined,
        ringingAfterMs: outcome?.ringingAfterMs,
        answeredAfterMs: outcome?.answeredAfterMs,
        media: [
          ...(outcome?.media === undefined ? [] : [{ at: from, report: outcome.media }]),
          ...(calleeMedia === undefined ? [] : [{ at: to, report: calleeMedia }]),
        ],
      };
    });
  }

  #calleeOutcome({ outcome }: LoggedCall): CallOutcome | undefined {
    return outcome?.callId === undefined ? undefined : this.#calleeOutcomes.get(outcome.callId);
  }
}
