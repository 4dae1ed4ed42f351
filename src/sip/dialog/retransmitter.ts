import type { EffectsOf, Instance, MachineHost } from '../../machine/index.js';
import type { SipResponse } from '../message/index.js';
import type { ServerRequest } from '../transaction/incoming-request.js';
import type { SipTimers } from '../transaction/timers.js';
import { responseRetransmission } from './response-retransmission.machine.js';

export interface RetransmitterOptions {
  readonly host: MachineHost;
  readonly server: ServerRequest;
  readonly response: SipResponse;
  readonly timers: SipTimers;
  /** 64*T1 have passed without an acknowledgement: after a 2xx send BYE, after a reliable 1xx a 504. */
  readonly onUnacknowledged: () => void;
}

/** Sends a response at once and again until it is acknowledged. SIP-53, SIP-56. */
export class Retransmitter {
  readonly #options: RetransmitterOptions;
  readonly #machine: Instance<typeof responseRetransmission>;

  constructor(options: RetransmitterOptions) {
    const { host, server, response, timers } = options;
    this.#options = options;
    const { callId, cseq, topVia } = server.message;
    this.#machine = host.create(responseRetransmission, {
      id: `response:${callId}:${cseq.sequence}:${topVia.branch ?? ''}:${response.header('RSeq') ?? response.status}`,
      // RFC 3261 13.3.1.4 caps at T2, RFC 3262 3 does not.
      input: { t1Ms: timers.t1Ms, intervalMaxMs: response.status < 200 ? undefined : timers.t2Ms },
      owner: this,
      effects,
    });
  }

  /** Still neither acknowledged, nor given up, nor stopped. */
  get isPending(): boolean {
    return !this.#machine.done;
  }

  /** The ACK, or the PRACK, has come. */
  acknowledge(): void {
    this.#machine.send({ type: 'sip.acknowledgement' });
  }

  stop(): void {
    this.#machine.send({ type: 'tu.stop' });
  }

  /** For the machine's effects. */
  send(): void {
    this.#options.server.respond(this.#options.response);
  }

  /** For the machine's effects. */
  giveUp(): void {
    this.#options.onUnacknowledged();
  }
}

const effects: EffectsOf<typeof responseRetransmission, Retransmitter> = {
  sendResponse: (_, retransmitter) => retransmitter.send(),
  reportUnacknowledged: (_, retransmitter) => retransmitter.giveUp(),
};
