/** One client transaction on the wire: one branch, one destination, one machine. RFC 3261 17.1. */
import type { EffectsOf, Instance, MachineHost } from '../../machine/index.js';
import { parseOwn, type SipRequest, type SipResponse } from '../message/index.js';
import type { Destination } from '../transport/destination.js';
import type { SipTransport } from '../transport/transport.js';
import type { SendUser } from '../transport/transport-user.js';
import { ackForFailure, cancelOf } from './ack-and-cancel.js';
import type { ClientAttempts } from './client-attempts.js';
import { inviteClientTransaction } from './invite-client-transaction.machine.js';
import { nonInviteClientTransaction } from './non-invite-client-transaction.machine.js';
import { type SipTimers, transactionInput } from './timers.js';

/** What an attempt tells the request that it is made for. */
export interface AttemptUser {
  onResponse(response: SipResponse, attempt: ClientAttempt): void;
  onTimeout(attempt: ClientAttempt): void;
  onTransportError(reason: string, attempt: ClientAttempt): void;
}

export interface AttemptOptions {
  readonly slot: number;
  readonly branch: string;
  readonly method: string;
  /** With the top Via of this attempt. */
  readonly text: string;
  readonly destination: Destination;
  readonly timers: SipTimers;
  readonly user: AttemptUser;
}

const noHeaders: readonly (readonly [string, string])[] = [];

/** A CANCEL's fate changes nothing: the INVITE's own final response or limit decides. */
const indifferent: AttemptUser = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} };

export class ClientAttempt implements SendUser {
  readonly slot: number;
  readonly branch: string;
  readonly method: string;
  /** Empty once nothing can be sent again. */
  text: string;
  readonly destination: Destination;
  readonly timers: SipTimers;
  user: AttemptUser;
  /** A response has come, so the next hop lives. */
  isAnswered = false;
  /** It never left: no connection came about. */
  isUnsent = false;
  /** The connection that it went over. */
  sentOver: number | undefined;
  cancelHeaders = noHeaders;
  /** The CANCEL of this INVITE; it shares the branch and therefore the slot. */
  cancelAttempt: ClientAttempt | undefined;
  readonly #attempts: ClientAttempts;
  readonly #transport: SipTransport;
  #instance: Instance<typeof inviteClientTransaction> | Instance<typeof nonInviteClientTransaction> | undefined;
  #request: SipRequest | undefined;

  constructor(attempts: ClientAttempts, transport: SipTransport, options: AttemptOptions) {
    this.#attempts = attempts;
    this.#transport = transport;
    this.slot = options.slot;
    this.branch = options.branch;
    this.method = options.method;
    this.text = options.text;
    this.destination = options.destination;
    this.timers = options.timers;
    this.user = options.user;
  }

  /** The request as it was sent; of what is no INVITE until its final response has been passed on, or if it was asked for before. */
  get request(): SipRequest | undefined {
    if (this.#request === undefined && this.text !== '') {
      const parsed = parseOwn(this.text);
      // A proxy may hand on what the next hop refuses, such as a Route made of another's Path: it gets its ACK all the same.
      const request = parsed.kind === 'error' ? parsed.message : parsed;
      if (request?.kind !== 'request') throw new Error('a request that was sent does not parse');
      this.#request = request;
    }
    return this.#request;
  }

  get isInvite(): boolean {
    return this.method === 'INVITE';
  }

  get isDone(): boolean {
    return this.#instance?.done ?? false;
  }

  start(host: MachineHost): void {
    const input = transactionInput(this.timers, this.destination.protocol !== 'udp');
    const id = `${this.method}:${this.branch}`;
    this.#instance = this.isInvite
      ? host.create(inviteClientTransaction, { id, input, owner: this, effects: inviteEffects, onDone: forget })
      : host.create(nonInviteClientTransaction, { id, input, owner: this, effects: nonInviteEffects, onDone: forget });
  }

  receive(response: SipResponse): void {
    this.isAnswered = true;
    const { status } = response;
    if (status < 200) this.#instance!.send({ type: 'sip.provisional', response });
    else if (this.isInvite) {
      const type = status < 300 ? 'sip.success' : 'sip.failure';
      (this.#instance as Instance<typeof inviteClientTransaction>).send({ type, response });
    } else (this.#instance as Instance<typeof nonInviteClientTransaction>).send({ type: 'sip.final', response });
  }

  onSendFailed(reason: string): void {
    if (this.isDone) return;
    this.isUnsent = !this.isAnswered;
    this.#instance!.send({ type: 'transport.error', reason });
  }

  /** The connection broke after the request had gone out. */
  onConnectionLost(reason: string): void {
    if (!this.isDone) this.#instance!.send({ type: 'transport.error', reason });
  }

  /** Only for an INVITE. SIP-36. */
  cancel(): void {
    (this.#instance as Instance<typeof inviteClientTransaction>).send({ type: 'tu.cancel' });
  }

  /** Ends it without a word. */
  stop(): void {
    if (!this.isDone) this.#instance!.stop();
  }

  /** For the machine's effects. What waits for timers D or K afterwards keeps nothing of the user alive, and where nobody watches no machine. */
  pass(response: SipResponse): void {
    const { user } = this;
    const { status } = response;
    const isSettled = status >= 200 && !this.isInvite;
    if (status >= 300 || isSettled) this.user = indifferent;
    user.onResponse(response, this);
    if (!isSettled) return;
    this.text = '';
    if (this.isDone) return;
    const { protocol } = this.destination;
    // RFC 3261 17.1.2.2: timer K is zero over a reliable transport.
    if (protocol === 'udp') this.#attempts.bury(this, this.timers.t4Ms);
  }

  transmit(): void {
    this.sentOver = this.#transport.send(this.text, this.destination, this);
  }

  acknowledge(response: SipResponse): void {
    this.#transport.send(ackForFailure(this.request!, response).text, this.destination, this);
  }

  startCancel(): void {
    const text = cancelOf(this.request!, this.cancelHeaders).text;
    this.cancelAttempt = this.#attempts.startCancel(this, text, indifferent);
  }

  release(): void {
    this.#attempts.release(this);
  }
}

function forget(attempt: ClientAttempt): void {
  attempt.release();
}

const inviteEffects: EffectsOf<typeof inviteClientTransaction, ClientAttempt> = {
  sendRequest: (_, attempt) => attempt.transmit(),
  sendAck: ({ response }, attempt) => attempt.acknowledge(response),
  sendCancel: (_, attempt) => attempt.startCancel(),
  passResponse: ({ response }, attempt) => attempt.pass(response),
  reportTimeout: (_, attempt) => attempt.user.onTimeout(attempt),
  reportTransportError: ({ reason }, attempt) => attempt.user.onTransportError(reason, attempt),
};

const nonInviteEffects: EffectsOf<typeof nonInviteClientTransaction, ClientAttempt> = {
  sendRequest: (_, attempt) => attempt.transmit(),
  passResponse: ({ response }, attempt) => attempt.pass(response),
  reportTimeout: (_, attempt) => attempt.user.onTimeout(attempt),
  reportTransportError: ({ reason }, attempt) => attempt.user.onTransportError(reason, attempt),
};
