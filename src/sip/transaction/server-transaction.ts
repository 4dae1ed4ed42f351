/** A server transaction: little more than a key, a way back, the last response, and its machine. RFC 3261 17.2. */
import type { EffectsOf, Instance, MachineHost } from '../../machine/index.js';
import { buildResponse, parseOwn, type SipRequest, type SipResponse } from '../message/index.js';
import type { Destination, Source } from '../transport/destination.js';
import type { SipTransport } from '../transport/transport.js';
import type { SendUser } from '../transport/transport-user.js';
import { reconnectDestination, responseDestination } from '../transport/via-route.js';
import { inviteServerTransaction } from './invite-server-transaction.machine.js';
import { nonInviteServerTransaction } from './non-invite-server-transaction.machine.js';
import { lifetimeMs, type SipTimers, transactionInput } from './timers.js';

/** Whoever answers the request. Forgotten after the final response of a non-INVITE transaction. */
export interface ServerTransactionUser {
  readonly message: SipRequest;
  readonly localTag: string;
  onAck(ack: SipRequest): void;
  onCancelled(cancel: SipRequest): void;
  /** No ACK (timer H), no use in answering any more, or the response cannot be sent. */
  onFailed(reason: string): void;
}

/** Who has the transactions. */
export interface TransactionOwner {
  /** The transaction only waits for timer J, `waitMs`; a retransmission gets `text` again, or nothing where it is empty. */
  bury(transaction: ServerTransaction, text: string, waitMs: number): void;
  /** It is over, without having been buried. */
  forget(transaction: ServerTransaction): void;
  /** Once for each: it has its final response, or never gets one. */
  settled(): void;
}

export class ServerTransaction implements SendUser {
  readonly key: string;
  readonly isInvite: boolean;
  readonly #transport: SipTransport;
  readonly #owner: TransactionOwner;
  /** Over a stream this is where the request came from. */
  #route: Destination;
  #user: ServerTransactionUser | undefined;
  #lastText: string | undefined;
  #isSettled = false;
  /** The owner has something else in its place. */
  #isBuried = false;
  /** Timer J. */
  #waitMs = 0;
  #instance: Instance<typeof inviteServerTransaction> | Instance<typeof nonInviteServerTransaction> | undefined;

  constructor(
    key: string,
    source: Source,
    transport: SipTransport,
    user: ServerTransactionUser,
    owner: TransactionOwner,
  ) {
    this.key = key;
    this.isInvite = user.message.method === 'INVITE';
    this.#transport = transport;
    this.#user = user;
    this.#owner = owner;
    this.#route = responseDestination(user.message.topVia, source);
  }

  get user(): ServerTransactionUser | undefined {
    return this.#user;
  }

  start(host: MachineHost, timers: SipTimers): void {
    const isReliable = this.#route.protocol !== 'udp';
    const input = transactionInput(timers, isReliable);
    this.#waitMs = isReliable ? 0 : lifetimeMs(timers);
    const id = `server:${this.key}`;
    this.#instance = this.isInvite
      ? host.create(inviteServerTransaction, { id, input, owner: this, effects: inviteEffects, onDone: ended })
      : host.create(nonInviteServerTransaction, { id, input, owner: this, effects: nonInviteEffects, onDone: ended });
  }

  /** The request came again. */
  onRetransmission(): void {
    this.#instance!.send({ type: 'sip.request' });
  }

  onAck(request: SipRequest): void {
    if (this.isInvite) this.#invite.send({ type: 'sip.ack', request });
  }

  respond(response: SipResponse): void {
    const { status } = response;
    if (!this.isInvite) {
      // RFC 4320 4.1: the machine alone sends a provisional response, and it is a 100.
      if (status >= 200) this.#nonInvite.send({ type: 'tu.final', response });
      return;
    }
    if (status < 200) this.#invite.send({ type: 'tu.provisional', response });
    else if (status >= 300) this.#invite.send({ type: 'tu.failure', response });
    else if (this.#isPastFailure) this.#transport.send(response.text, this.#route, undefined);
    else this.#invite.send({ type: 'tu.success', response });
  }

  /** There will be no answer. RFC 4320 4.2. Only for what is not an INVITE. */
  abandon(): void {
    this.#settle();
    if (!this.isInvite) this.#nonInvite.send({ type: 'tu.abandon' });
    this.#user = undefined;
    this.#rest('');
  }

  stop(): void {
    this.#instance!.stop();
  }

  /** For the owner, which has buried it. */
  giveWay(): void {
    this.#isBuried = true;
    this.stop();
  }

  onSendFailed(reason: string): void {
    if (this.#route.connectionId !== undefined && this.#lastText !== undefined) {
      // RFC 3261 18.2.2: the connection is gone, so the response opens another, even if the transaction is over (J = 0).
      const response = parseOwn(this.#lastText);
      if (response.kind !== 'error') {
        this.#route = reconnectDestination(response.topVia, this.#route);
        this.#transport.send(this.#lastText, this.#route, this);
        return;
      }
    }
    if (!this.#instance!.done) this.#instance!.send({ type: 'transport.error', reason });
  }

  /** For the machine's effects. */
  send(response: SipResponse): void {
    this.#lastText = response.text;
    if (response.status >= 200) this.#settle();
    this.#transport.send(this.#lastText, this.#route, this);
    // What is kept until timer J is the text alone.
    if (this.isInvite || response.status < 200) return;
    this.#user = undefined;
    this.#rest(this.#lastText);
  }

  /** Only timer J is still to come, which is zero over a reliable transport. RFC 3261 17.2.2. */
  #rest(text: string): void {
    if (!this.isInvite && this.#waitMs > 0 && !this.#instance!.done) this.#owner.bury(this, text, this.#waitMs);
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#owner.settled();
  }

  sendTrying(): void {
    if (this.#user !== undefined) this.send(buildResponse(this.#user.message, 100));
  }

  repeat(): void {
    if (this.#lastText !== undefined) this.#transport.send(this.#lastText, this.#route, this);
  }

  fail(reason: string): void {
    this.#user?.onFailed(reason);
  }

  ended(): void {
    this.#settle();
    if (!this.#isBuried) this.#owner.forget(this);
  }

  get #invite(): Instance<typeof inviteServerTransaction> {
    return this.#instance as Instance<typeof inviteServerTransaction>;
  }

  get #nonInvite(): Instance<typeof nonInviteServerTransaction> {
    return this.#instance as Instance<typeof nonInviteServerTransaction>;
  }

  /** RFC 3261 16.7 step 5: a 2xx goes upstream even after another final response, then past the transaction. */
  get #isPastFailure(): boolean {
    const { state } = this.#invite;
    return state !== 'accepted' && !state.startsWith('proceeding');
  }
}

function ended(transaction: ServerTransaction): void {
  transaction.ended();
}

const inviteEffects: EffectsOf<typeof inviteServerTransaction, ServerTransaction> = {
  sendTrying: (_, transaction) => transaction.sendTrying(),
  sendResponse: ({ response }, transaction) => transaction.send(response),
  repeatResponse: (_, transaction) => transaction.repeat(),
  passAck: ({ request }, transaction) => transaction.user?.onAck(request),
  reportNoAck: (_, transaction) => transaction.fail('noAck'),
  reportTransportError: ({ reason }, transaction) => transaction.fail(reason),
};

const nonInviteEffects: EffectsOf<typeof nonInviteServerTransaction, ServerTransaction> = {
  sendTrying: (_, transaction) => transaction.sendTrying(),
  sendResponse: ({ response }, transaction) => transaction.send(response),
  repeatResponse: (_, transaction) => transaction.repeat(),
  reportExpiry: (_, transaction) => transaction.fail('expired'),
  reportTransportError: ({ reason }, transaction) => transaction.fail(reason),
};
