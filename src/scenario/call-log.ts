/** The calls of a run, matched between the caller's outcome and the callee's. */
import type { CallOutcome, UeNode } from '../ims/ue/ue.js';
import type { CallTiming } from './verdict.js';

export interface LoggedCall {
  readonly as: string;
  readonly from: string;
  readonly to: string;
  outcome: CallOutcome | undefined;
  calleeOutcome: CallOutcome | undefined;
  /** Called once the caller's outcome is there. */
  onEnded: (() => void) | undefined;
}

export class CallLog {
  readonly #calls: LoggedCall[] = [];
  /** UEs whose incoming calls are listened to; one that was started again is another object. */
  readonly #listened = new WeakSet<UeNode>();

  /** @param callee the UE that is called, where the topology has it */
  begin(as: string, from: string, to: string, callee: UeNode | undefined): LoggedCall {
    const call: LoggedCall = { as, from, to, outcome: undefined, calleeOutcome: undefined, onEnded: undefined };
    this.#calls.push(call);
    if (callee !== undefined && !this.#listened.has(callee)) {
      this.#listened.add(callee);
      callee.onIncomingCallEnded((outcome) => this.#calleeEnded(callee.name, outcome));
    }
    return call;
  }

  named(as: string): LoggedCall | undefined {
    return this.#calls.findLast((call) => call.as === as);
  }

  timings(): readonly CallTiming[] {
    return this.#calls.map(({ as, from, to, outcome, calleeOutcome }) => ({
      as,
      from,
      to,
      ringingAfterMs: outcome?.ringingAfterMs,
      answeredAfterMs: outcome?.answeredAfterMs,
      media: [
        ...(outcome?.media === undefined ? [] : [{ at: from, report: outcome.media }]),
        ...(calleeOutcome?.media === undefined ? [] : [{ at: to, report: calleeOutcome.media }]),
      ],
    }));
  }

  #calleeEnded(callee: string, outcome: CallOutcome): void {
    const call = this.#calls.find(({ to, calleeOutcome }) => to === callee && calleeOutcome === undefined);
    if (call !== undefined) call.calleeOutcome = outcome;
  }
}
