/** Hold and resume of one call: performs what `hold.machine.ts` decides. TS 24.610 4.5.2.1; RFC 3261 14.1; CALL-50. */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { SipResponse } from '../../sip/index.js';
import type { CallDialog } from './call-dialog.js';
import type { CallMedia } from './call-media.js';
import { hold } from './hold.machine.js';
import type { RequestOutcome } from './ue.js';
import type { UserAgent } from './user-agent.js';

export interface CallHoldOptions {
  readonly callId: string;
  /** While both sides talk, else undefined. */
  readonly dialog: () => CallDialog | undefined;
  /** The caller owns the Call-ID, and waits longer after offers have crossed (RFC 3261 14.1). */
  readonly isCaller: boolean;
  /** The call is over there, or cannot go on; one plain sentence why, and its clause. */
  readonly onLost: (text: string, clause: string) => void;
}

type Waiter = (outcome: RequestOutcome) => void;

/** Answers to a request within a dialog after which the dialog is gone: RFC 3261 12.2.1.2, 14.1; SIP-54. */
const lostStatuses: ReadonlySet<number> = new Set([408, 481]);

export class CallHold {
  readonly #agent: UserAgent;
  readonly #options: CallHoldOptions;
  /** Made when it is used for the first time: most calls end without. */
  #machine: Instance<typeof hold> | undefined;
  readonly #waiters: Record<'hold' | 'resume', Waiter[]> = { hold: [], resume: [] };

  constructor(agent: UserAgent, options: CallHoldOptions) {
    this.#agent = agent;
    this.#options = options;
  }

  hold(done: Waiter): void {
    this.#ask('hold', done);
  }

  resume(done: Waiter): void {
    this.#ask('resume', done);
  }

  /** The call is over. */
  end(): void {
    this.#machine?.send({ type: 'call.ended' });
    for (const holding of [true, false]) {
      this.#tell(holding, { success: false, status: undefined, reason: 'the call is over', clause: undefined });
    }
  }

  /** For the machine, as all that follows. */
  sendOffer(holding: boolean): void {
    const dialog = this.#options.dialog();
    const offer = dialog?.canOffer ? dialog.media.makeHoldOffer(holding) : undefined;
    // RFC 3261 14.1: no re-INVITE while another INVITE or offer is under way; it would only be refused.
    if (offer === undefined) this.#machine?.send({ type: 'call.offerPending', retryMs: this.#glareMs() });
    else dialog!.reinvite(offer, (status, response) => this.#onEnd(holding, dialog!.media, status, response));
  }

  reportDone(holding: boolean): void {
    const { name } = this.#agent;
    const reason = holding ? `${name} holds the other side` : `${name} has resumed the call`;
    this.#tell(holding, { success: true, status: 200, reason, clause: undefined });
  }

  reportFailure(holding: boolean, status: number): void {
    const { name } = this.#agent;
    const what = holding ? 'hold the other side' : 'resume the call';
    const why = status === 491 ? 'the offers of both sides crossed each time' : `its re-INVITE ended with ${status}`;
    this.#tell(holding, {
      success: false,
      status,
      reason: `${name} could not ${what}: ${why}`,
      clause: 'RFC 3261 §14.1',
    });
  }

  reportBusy(holding: boolean): void {
    const reason = `${this.#agent.name} waits for the answer to its ${holding ? 'resume' : 'hold'}`;
    this.#tell(holding, { success: false, status: undefined, reason, clause: 'RFC 3261 §14.1' });
  }

  #ask(which: 'hold' | 'resume', done: Waiter): void {
    if (this.#options.dialog() === undefined) {
      const reason = `${this.#agent.name} is not talking in this call`;
      done({ success: false, status: undefined, reason, clause: undefined });
      return;
    }
    this.#waiters[which].push(done);
    this.#machine ??= this.#agent.host.create(hold, {
      id: `hold:${this.#options.callId}`,
      input: undefined,
      owner: this,
      effects,
    });
    this.#machine.send({ type: `ue.${which}` });
  }

  #onEnd(holding: boolean, media: CallMedia, status: number, response: SipResponse | undefined): void {
    if (this.#machine === undefined || this.#machine.done) return;
    const { onLost } = this.#options;
    if (response !== undefined && status < 300) {
      if (media.takeHoldAnswer(holding, response)) this.#machine.send({ type: 'sip.accepted' });
      else onLost('the answer to its re-INVITE has no audio that it can use', 'RFC 3264 §8');
      return;
    }
    media.dropOffer();
    if (status === 491) this.#machine.send({ type: 'sip.glare', retryMs: this.#glareMs() });
    else this.#machine.send({ type: 'sip.refused', status });
    if (lostStatuses.has(status)) onLost(`its re-INVITE ended with ${status}`, 'RFC 3261 §14.1');
  }

  /** RFC 3261 14.1: 2.1 to 4 s for the owner of the Call-ID, else 0 to 2 s, in steps of 10 ms. */
  #glareMs(): number {
    const [least, steps] = this.#options.isCaller ? [2100, 191] : [0, 201];
    return least + 10 * Math.floor(this.#agent.random.fraction() * steps);
  }

  #tell(holding: boolean, outcome: RequestOutcome): void {
    const which = holding ? 'hold' : 'resume';
    const waiters = this.#waiters[which];
    this.#waiters[which] = [];
    for (const waiter of waiters) waiter(outcome);
  }
}

const effects: EffectsOf<typeof hold, CallHold> = {
  sendOffer: ({ holding }, owner) => owner.sendOffer(holding),
  reportDone: ({ holding }, owner) => owner.reportDone(holding),
  reportFailure: ({ holding, status }, owner) => owner.reportFailure(holding, status),
  reportBusy: ({ holding }, owner) => owner.reportBusy(holding),
};
