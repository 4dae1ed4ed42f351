/** A received request as the TU handles it. RFC 3261 8.2.6, 9.2, 17.2. */
import { buildResponse, parseOwn, type SipRequest, type SipResponse } from '../message/index.js';
import type { ListenPoint, Source } from '../transport/destination.js';
import type { FaultLog } from '../transport/fault-log.js';
import type { ServerTransaction, ServerTransactionUser } from './server-transaction.js';

export interface ReplyParts {
  readonly reason?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** Instead of `localTag`. */
  readonly toTag?: string;
  readonly body?: string;
  readonly contentType?: string;
}

export interface ServerRequest {
  /** `received` and `rport` stand in the top Via already (SIP-21). */
  readonly message: SipRequest;
  /** Where it came from; with the connection of a stream, and the own socket. */
  readonly source: Source;
  readonly local: ListenPoint;
  /** An ACK for a 2xx: it has no transaction and is never answered. */
  readonly isAck: boolean;
  /** The tag that `reply` puts into To: one per request, the same in the answer to its CANCEL. */
  readonly localTag: string;
  /** The final status that was given, if one was. A 2xx after another final counts. */
  readonly finalStatus: number | undefined;
  /**
   * Sends through the server transaction, which repeats it as the rules want. Provisional ones, then one final; what
   * comes after a final is ignored, but for further 2xx to an INVITE.
   */
  respond(response: SipResponse | string): void;
  /** Builds a response with Via, From, To, Call-ID, CSeq of the request and responds with it. */
  reply(status: number, parts?: ReplyParts): SipResponse;
  /** A 100, unless something has been sent already. Without it the transaction sends one after 200 ms. Only for an INVITE. */
  sendTrying(): void;
  /** There will be no answer (RFC 4320 4.2: a non-INVITE whose next hop is silent). An INVITE must be answered, so it gets a 408. */
  abandon(): void;
  /** Called once when a CANCEL comes before the final response; the CANCEL itself has been answered. All handlers are called; without one a 487 is sent. */
  onCancel(handler: (cancel: SipRequest) => void): void;
  /** Timer H without ACK (`noAck`), nobody waits any more (`expired`), or an errno name of the transport. */
  onTransactionFailed(handler: (reason: string) => void): void;
}

/** What all incoming requests of an endpoint share. */
export interface IncomingCore {
  makeTag(): string;
  readonly faults: FaultLog;
  readonly onRequest: (request: ServerRequest) => void;
}

export class IncomingRequest implements ServerRequest, ServerTransactionUser {
  readonly message: SipRequest;
  readonly source: Source;
  readonly isAck: boolean;
  #finalStatus: number | undefined;
  #transaction: ServerTransaction | undefined;
  #localTag: string | undefined;
  readonly #core: IncomingCore;
  #cancelHandlers: ((cancel: SipRequest) => void)[] | undefined;
  #failureHandler: ((reason: string) => void) | undefined;
  #isAnswered = false;
  #isCancelled = false;

  constructor(message: SipRequest, source: Source, core: IncomingCore) {
    this.message = message;
    this.source = source;
    this.isAck = message.method === 'ACK';
    this.#core = core;
  }

  get local(): ListenPoint {
    return this.source.local;
  }

  get localTag(): string {
    this.#localTag ??= this.message.toTag ?? this.#core.makeTag();
    return this.#localTag;
  }

  get finalStatus(): number | undefined {
    return this.#finalStatus;
  }

  /** Called by the endpoint once, unless it is an ACK. */
  attach(transaction: ServerTransaction): void {
    this.#transaction = transaction;
  }

  respond(response: SipResponse | string): void {
    const message = typeof response === 'string' ? parseOwn(response) : response;
    if (message.kind !== 'response') throw new TypeError('respond needs a response');
    const { status } = message;
    const isInvite = this.message.method === 'INVITE';
    if (this.#transaction === undefined) return;
    if (this.#finalStatus !== undefined && !(isInvite && isSuccess(status))) return;
    if (!isInvite && status === 408) {
      // SIP-34 / RFC 4320 4.2: whoever asked has given up by then.
      this.#core.faults.record('408 to a non-INVITE not sent', 'SIP-34', { method: this.message.method });
      this.abandon();
      return;
    }
    if (status >= 200) this.#finalStatus = status;
    this.#isAnswered = true;
    this.#transaction.respond(message);
  }

  reply(status: number, parts: ReplyParts = {}): SipResponse {
    const toTag = status === 100 ? undefined : (parts.toTag ?? this.localTag);
    const { reason, headers, body, contentType } = parts;
    const response = buildResponse(this.message, status, { reason, toTag, headers, body, contentType });
    this.respond(response);
    return response;
  }

  sendTrying(): void {
    if (this.message.method === 'INVITE' && !this.#isAnswered) this.reply(100);
  }

  abandon(): void {
    if (this.message.method === 'INVITE') {
      this.reply(408);
      return;
    }
    this.#transaction?.abandon();
    this.#transaction = undefined;
  }

  onCancel(handler: (cancel: SipRequest) => void): void {
    this.#cancelHandlers ??= [];
    this.#cancelHandlers.push(handler);
  }

  onTransactionFailed(handler: (reason: string) => void): void {
    this.#failureHandler = handler;
  }

  /** SIP-36 / RFC 3261 9.2: without effect once a final response has been given. */
  onCancelled(cancel: SipRequest): void {
    if (this.#finalStatus !== undefined || this.#isCancelled) return;
    this.#isCancelled = true;
    if (this.#cancelHandlers === undefined) this.reply(487);
    else for (const handler of this.#cancelHandlers) handler(cancel);
  }

  /** RFC 6026 7.1: an ACK that matches a transaction in Accepted goes to the TU. */
  onAck(ack: SipRequest): void {
    this.#core.onRequest(new IncomingRequest(ack, this.source, this.#core));
  }

  onFailed(reason: string): void {
    this.#failureHandler?.(reason);
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
