/** Every server transaction of an endpoint: matching, CANCEL, and what is refused before a TU sees it. RFC 3261 17.2.3, 9.2. */
import type { Clock, Endpoint, Random } from '../../environment/index.js';
import type { MachineHost } from '../../machine/index.js';
import { buildResponse, type Headers, type SipParseError, type SipRequest } from '../message/index.js';
import type { Destination, Source } from '../transport/destination.js';
import type { FaultLog } from '../transport/fault-log.js';
import type { SipTransport } from '../transport/transport.js';
import { markReceived, responseDestination } from '../transport/via-route.js';
import { makeTag } from './branch.js';
import { type IncomingCore, IncomingRequest, type ServerRequest } from './incoming-request.js';
import { serverKey } from './server-key.js';
import { ServerTransaction, type TransactionOwner } from './server-transaction.js';
import type { SipTimers } from './timers.js';
import { type TombstoneOwner, Tombstones } from './tombstones.js';

export interface ServerTransactionsOptions {
  readonly host: MachineHost;
  readonly clock: Clock;
  /** Somebody is to see each machine to its end: none makes way for a tombstone. */
  readonly isWatched: boolean;
  readonly transport: SipTransport;
  readonly random: Random;
  readonly faults: FaultLog;
  readonly timersFor: (remote: Endpoint) => SipTimers;
  readonly onRequest: (request: ServerRequest) => void;
  /** Takes a CANCEL that matches nothing instead of the 481 (SIP-45). */
  /** From here on what belongs to no dialog gets a 503; at twice this everything is dropped (SIP-62). */
  readonly pendingMax: number;
  /** From here on so many requests without a final response have the same effect. */
  readonly requestsMax: number;
}

export class ServerTransactions implements IncomingCore, TransactionOwner, TombstoneOwner<string> {
  readonly #options: ServerTransactionsOptions;
  /**
   * Undefined while there are none: what rests needs no map. Of what only waits for timer J the response's text, which goes out again for
   * each retransmission; empty where there was none.
   */
  #byKey: Map<string, ServerTransaction | string> | undefined;
  readonly #tombstones: Tombstones<string> | undefined;
  /** Transactions without a final response. */
  #unansweredCount = 0;

  constructor(options: ServerTransactionsOptions) {
    this.#options = options;
    this.#tombstones = options.isWatched ? undefined : new Tombstones(options.clock, this);
  }

  get faults(): FaultLog {
    return this.#options.faults;
  }

  get onRequest(): (request: ServerRequest) => void {
    return this.#options.onRequest;
  }

  /** Of To, for a response. */
  makeTag(): string {
    return makeTag(this.#options.random);
  }

  get count(): number {
    return this.#byKey?.size ?? 0;
  }

  receive(received: SipRequest, source: Source): void {
    const request = markReceived(received, source);
    const { method } = request;
    if (method === 'ACK') {
      this.#receiveAck(request, source);
      return;
    }
    const key = serverKey(request, method);
    const known = this.#byKey?.get(key);
    if (typeof known === 'string') this.#repeat(known, request, source);
    else if (known !== undefined) known.onRetransmission();
    else if (this.#isOverloaded(request, source)) return;
    else if (method === 'CANCEL') this.#receiveCancel(request, source, key);
    else this.#options.onRequest(this.#begin(request, source, key));
  }

  /** Answers what cannot be processed, if the parser says how, without keeping state. RFC 3261 16.3 item 1, 18.3. */
  refuse(error: SipParseError, source: Source): void {
    const { message, status, reason } = error;
    if (message === undefined || status === undefined || message.method === 'ACK' || !hasAnswered(message)) return;
    const request = message.topVia.host === '' ? message : markReceived(message, source);
    // A header's name and what ails it; never the sender's octets.
    this.#answerStatelessly(request, status, source, [], status === 400 ? reason : undefined);
  }

  stopAll(): void {
    this.#tombstones?.clear();
    for (const [key, transaction] of [...(this.#byKey ?? [])]) {
      if (typeof transaction === 'string') this.#forget(key);
      else transaction.stop();
    }
  }

  #begin(request: SipRequest, source: Source, key: string): IncomingRequest {
    const { host, transport, timersFor } = this.#options;
    const incoming = new IncomingRequest(request, source, this);
    const transaction = new ServerTransaction(key, source, transport, incoming, this);
    this.#byKey ??= new Map();
    this.#byKey.set(transaction.key, transaction);
    this.#unansweredCount += 1;
    incoming.attach(transaction);
    transaction.start(host, timersFor(source.endpoint));
    return incoming;
  }

  /** For a transaction that is over, and has not been buried. */
  forget(transaction: ServerTransaction): void {
    this.#forget(transaction.key);
  }

  /** Timer J. */
  onTombstoneEnd(key: string): void {
    this.#forget(key);
  }

  #forget(key: string): void {
    this.#byKey?.delete(key);
    if (this.#byKey?.size === 0) this.#byKey = undefined;
  }

  /** For a transaction that has its final response, or never gets one. */
  settled(): void {
    this.#unansweredCount -= 1;
  }

  /** For a transaction that only waits for timer J. */
  bury(transaction: ServerTransaction, text: string, waitMs: number): void {
    if (this.#tombstones === undefined) return;
    const { key } = transaction;
    this.#byKey?.set(key, text);
    transaction.giveWay();
    this.#tombstones.add(key, waitMs);
  }

  /** RFC 3261 17.2.2: the same response to the same request, on the way that the request itself names. */
  #repeat(text: string, request: SipRequest, source: Source): void {
    if (text !== '') this.#options.transport.send(text, responseDestination(request.topVia, source), undefined);
  }

  /** SIP-30: an ACK for a non-2xx matches its INVITE; any other is for the TU. */
  #receiveAck(ack: SipRequest, source: Source): void {
    const transaction = this.#byKey?.get(serverKey(ack, 'INVITE'));
    if (transaction instanceof ServerTransaction) transaction.onAck(ack);
    else this.#options.onRequest(new IncomingRequest(ack, source, this));
  }

  /** SIP-36 / RFC 3261 9.2: answered here, hop by hop; what it cancels is told. */
  #receiveCancel(cancel: SipRequest, source: Source, key: string): void {
    const cancelled = this.#byKey?.get(serverKey(cancel, 'INVITE'));
    const incoming = this.#begin(cancel, source, key);
    // Deviates: RFC 3261 16.10 lets a proxy forward such a CANCEL statelessly; every INVITE here has a transaction.
    if (!(cancelled instanceof ServerTransaction)) {
      incoming.reply(481);
      return;
    }
    const invite = cancelled.user;
    incoming.reply(200, { toTag: invite?.localTag });
    invite?.onCancelled(cancel);
  }

  /** SIP-62: new work is turned away before queues grow; what belongs to a dialog goes on as long as it can. */
  #isOverloaded(request: SipRequest, source: Source): boolean {
    const { pendingMax, requestsMax, faults, random } = this.#options;
    const size = this.count;
    if (size < pendingMax && this.#unansweredCount < requestsMax) return false;
    const isNew = request.toTag === undefined && request.method !== 'CANCEL';
    if (!isNew && size < 2 * pendingMax) return false;
    faults.record('too many transactions', 'SIP-62', { method: request.method, count: size });
    if (isNew) {
      const seconds = 1 + (random.uint32() % 10);
      this.#answerStatelessly(request, 503, source, [['Retry-After', String(seconds)]], undefined);
    }
    return true;
  }

  #answerStatelessly(
    request: SipRequest,
    status: number,
    source: Source,
    headers: Headers,
    reason: string | undefined,
  ): void {
    const parts = { toTag: statelessTag(request), headers, ...(reason === undefined ? {} : { reason }) };
    const response = buildResponse(request, status, parts);
    this.#options.transport.send(response.text, wayBack(request, source), undefined);
  }
}

/** RFC 3261 8.2.6.2: what an answer repeats. */
const answeredHeaders = ['Via', 'From', 'To', 'Call-ID', 'CSeq'];

/** With none of them nobody could tell what is answered (RFC 3261 18.1.2). */
function hasAnswered(request: SipRequest): boolean {
  return answeredHeaders.some((name) => request.header(name) !== undefined);
}

/** The top Via of a malformed request may lack what SIP-21 adds, or everything. */
function wayBack(request: SipRequest, source: Source): Destination {
  const via = request.topVia;
  const { address, port } = source.endpoint;
  if (via.host === '' || via.rport === true) return source;
  const { transport, host, port: sentByPort, maddr, parameters, text } = via;
  const rport = via.rport ?? sentByPort ?? port;
  const way = { transport, host, port: sentByPort, received: address, rport, maddr, parameters, text };
  return responseDestination(way, source);
}

/** RFC 3261 8.2.7: without state the tag must still be the same for every copy of the request. */
function statelessTag(request: SipRequest): string {
  let hash = 0x811c9dc5;
  const text = request.topVia.branch ?? request.callId;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
