/** Reliable provisional responses, at the UAS and at the UAC. SIP-56 / RFC 3262. */
import type { Random } from '../../environment/index.js';
import type { MachineHost } from '../../machine/index.js';
import { buildResponse, type SipRequest, type SipResponse } from '../message/index.js';
import type { ReplyParts, ServerRequest } from '../transaction/incoming-request.js';
import type { SipTimers } from '../transaction/timers.js';
import { Retransmitter } from './retransmitter.js';

const RSEQ_FIRST_MAX = 0x7fff_ffff;

export interface ReliableProvisionalsOptions {
  readonly host: MachineHost;
  readonly random: Random;
  /** The INVITE, whose sender supports 100rel. */
  readonly server: ServerRequest;
  readonly timers: SipTimers;
  /** No PRACK for 64*T1: the INVITE is to be refused with a 5xx (RFC 3262 3). */
  readonly onUnacknowledged: () => void;
}

interface Planned {
  readonly status: number;
  readonly parts: ReplyParts;
}

/** The reliable provisional responses of one INVITE: one at a time, each repeated until its PRACK. */
export class ReliableProvisionals {
  readonly #options: ReliableProvisionalsOptions;
  readonly #waiting: Planned[] = [];
  #nextSequence: number;
  #sequence: number | undefined;
  #current: Retransmitter | undefined;

  constructor(options: ReliableProvisionalsOptions) {
    this.#options = options;
    // RFC 3262 3: anywhere from 1 to 2^31 - 1; room is left for those that follow.
    this.#nextSequence = 1 + Math.floor(options.random.fraction() * (RSEQ_FIRST_MAX - 0xffff));
  }

  /** One is sent, or waits to be, without its PRACK. A 2xx has to wait if one of them carried SDP (RFC 3262 3). */
  get isPending(): boolean {
    return this.#current?.isPending === true || this.#waiting.length > 0;
  }

  /** Sends a 101 to 199 with Require and RSeq; after the PRACK of the one before, if that is still to come. */
  send(status: number, parts: ReplyParts = {}): void {
    this.#waiting.push({ status, parts });
    this.#sendNext();
  }

  /** True: the PRACK belongs to the response that waits for it (answer 200). False: answer 481. RFC 3262 3. */
  matchPrack(prack: SipRequest): boolean {
    const [sequence, cseq, method] = (prack.header('RAck') ?? '').split(/\s+/);
    const { message } = this.#options.server;
    const isMatch =
      this.#current?.isPending === true &&
      sequence === String(this.#sequence) &&
      cseq === String(message.cseq.sequence) &&
      method === message.method;
    if (isMatch) {
      this.#current!.acknowledge();
      this.#sendNext();
    }
    return isMatch;
  }

  /** A final response ends the repetition (RFC 3262 3). */
  stop(): void {
    this.#waiting.length = 0;
    this.#current?.stop();
  }

  #sendNext(): void {
    if (this.#current?.isPending === true) return;
    const planned = this.#waiting.shift();
    if (planned === undefined) return;
    const { host, server, timers, onUnacknowledged } = this.#options;
    this.#sequence = this.#nextSequence++;
    const { headers = [], ...parts } = planned.parts;
    const response = buildResponse(server.message, planned.status, {
      toTag: server.localTag,
      ...parts,
      headers: [['Require', '100rel'], ['RSeq', String(this.#sequence)], ...headers],
    });
    this.#current = new Retransmitter({ host, server, response, timers, onUnacknowledged });
  }
}

/** Value of RAck for a PRACK of this response, or undefined when it is not reliable. RFC 3262 7.2. */
export function rackFor(response: SipResponse): string | undefined {
  const sequence = response.header('RSeq');
  if (sequence === undefined || !response.hasOption('Require', '100rel')) return undefined;
  return `${sequence} ${response.cseq.sequence} ${response.cseq.method}`;
}

/**
 * What the UAC does with a reliable provisional response, given the RSeq of the last one in this dialog: `next` is to be
 * PRACKed, `repeated` was, `early` came before its turn and is dropped. RFC 3262 4.
 */
export function reliableOrder(response: SipResponse, last: number | undefined): 'next' | 'repeated' | 'early' {
  const sequence = Number(response.header('RSeq'));
  if (last === undefined || sequence === last + 1) return 'next';
  return sequence <= last ? 'repeated' : 'early';
}
