/**
 * A request on its way: the attempts that it takes, one destination after the other, and what its user hears of them.
 * RFC 3261 8.1.2 and 18.1.1, RFC 3263 4.3.
 */
import type { Clock, Endpoint } from '../../environment/index.js';
import { hostPort, type SipRequest, type SipResponse } from '../message/index.js';
import type { BlockedDestinations } from '../transport/blocked-destinations.js';
import { type Destination, fromSocket, type ListenPoint } from '../transport/destination.js';
import type { SipTransport } from '../transport/transport.js';
import type { AttemptUser, ClientAttempt } from './client-attempt.js';
import type { ClientAttempts } from './client-attempts.js';
import type { SipTimers } from './timers.js';

/** Whoever sends a request. Never called synchronously from `sendRequest`. */
export interface ClientUser {
  /** Provisional and final ones, the own Via still on top. Several 2xx are possible for an INVITE. */
  onResponse(response: SipResponse, transaction: ClientTransaction): void;
  /** Timer B or F, or no final response after a CANCEL. Counts as 408 (RFC 3261 8.1.3.1). */
  onTimeout(transaction: ClientTransaction): void;
  /** No destination took it. Counts as 503 (RFC 3261 8.1.3.1). */
  onTransportError(reason: string, transaction: ClientTransaction): void;
}

export interface ClientTransaction {
  /** As sent last, with Via; as it was given, without, when a non-INVITE is over. */
  readonly request: SipRequest;
  readonly branch: string;
  readonly destination: Destination | undefined;
  /** SIP-36: at once if a provisional response has come, else when one comes; never after a final one. */
  cancel(headers?: readonly (readonly [string, string])[]): void;
  /** The user wants to hear nothing more, and nothing more is sent. */
  abandon(): void;
}

export interface ClientOptions {
  /** Ask for the source port (RFC 3581): for whoever may sit behind a NAT. */
  readonly rport?: boolean;
  /** Offer to keep the flow alive (RFC 6223 4.1). */
  readonly keep?: boolean;
  /** Last part of the branch (SIP-43). Letters, digits, `-`. */
  readonly branchSuffix?: string | undefined;
  /** Instead of those for the destination. */
  readonly timers?: SipTimers | undefined;
  /** On timeout, transport error or 503 the next destination is tried (SIP-26), each with a branch of its own. */
  readonly failover?: boolean;
}

/** What all client transactions of an endpoint share. */
export interface ClientCore {
  readonly clock: Clock;
  readonly attempts: ClientAttempts;
  readonly transport: SipTransport;
  readonly blocked: BlockedDestinations;
  readonly timersFor: (remote: Endpoint) => SipTimers;
  /** Requests of more octets go over TCP (SIP-20); undefined: never. */
  readonly datagramSizeMax: number | undefined;
}

interface Wire {
  readonly text: string;
  readonly slot: number;
  readonly branch: string;
}

export class OutgoingRequest implements ClientTransaction, AttemptUser {
  readonly #core: ClientCore;
  readonly #given: SipRequest;
  readonly #destinations: readonly Destination[];
  readonly #user: ClientUser;
  readonly #options: ClientOptions;
  #next = 0;
  #attempt: ClientAttempt | undefined;
  /** The UDP destination that stood for the TCP one of this attempt (SIP-20). */
  #fallback: Destination | undefined;
  #cancelHeaders: readonly (readonly [string, string])[] | undefined;
  #isOver = false;

  constructor(
    core: ClientCore,
    request: SipRequest,
    destinations: readonly Destination[],
    user: ClientUser,
    options: ClientOptions,
  ) {
    this.#core = core;
    this.#given = request;
    this.#destinations = destinations;
    this.#user = user;
    this.#options = options;
  }

  get request(): SipRequest {
    return this.#attempt?.request ?? this.#given;
  }

  get branch(): string {
    return this.#attempt?.branch ?? '';
  }

  get destination(): Destination | undefined {
    return this.#attempt?.destination;
  }

  start(): void {
    if (this.#tryNext()) return;
    const reason = this.#destinations.length === 0 ? 'noDestination' : 'retryAfter';
    this.#core.clock.setTimer(0, () => this.#fail(reason));
  }

  cancel(headers: readonly (readonly [string, string])[] = []): void {
    if (this.#isOver || this.#cancelHeaders !== undefined) return;
    this.#cancelHeaders = headers;
    this.#passCancel();
  }

  abandon(): void {
    this.#isOver = true;
    this.#attempt?.stop();
  }

  onResponse(response: SipResponse, attempt: ClientAttempt): void {
    if (attempt !== this.#attempt) return;
    if (response.status === 503) {
      this.#core.blocked.block(attempt.destination, response.header('Retry-After')); // SIP-60
      if (this.#failOver()) return;
    }
    if (this.#isOver && response.status >= 300) return;
    if (response.status >= 200) this.#isOver = true;
    this.#user.onResponse(response, this);
  }

  onTimeout(attempt: ClientAttempt): void {
    if (this.#isOver || attempt !== this.#attempt) return;
    if (!attempt.isAnswered && this.#failOver()) return;
    this.#isOver = true;
    this.#user.onTimeout(this);
  }

  onTransportError(reason: string, attempt: ClientAttempt): void {
    if (this.#isOver || attempt !== this.#attempt) return;
    const fallback = this.#fallback;
    if (fallback !== undefined && attempt.isUnsent) {
      // SIP-20 / RFC 3261 18.1.1: whoever refuses TCP gets the datagram.
      const local = this.#localFor(fallback);
      if (local !== undefined) {
        this.#start(fallback, local, this.#write('UDP', local));
        return;
      }
    }
    if (this.#failOver()) return;
    this.#fail(reason);
  }

  #fail(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#user.onTransportError(reason, this);
  }

  /** SIP-26: another destination, unless the user has given up meanwhile. */
  #failOver(): boolean {
    return this.#options.failover === true && this.#cancelHeaders === undefined && !this.#isOver && this.#tryNext();
  }

  #tryNext(): boolean {
    while (this.#next < this.#destinations.length) {
      const destination = this.#destinations[this.#next++]!;
      if (this.#isBlocked(destination)) continue;
      const local = this.#localFor(destination);
      if (local === undefined) continue;
      this.#send(destination, local);
      return true;
    }
    return false;
  }

  /** SIP-60, but what belongs to a dialog goes through as under SIP-62. */
  #isBlocked(destination: Destination): boolean {
    return this.#core.blocked.isBlocked(destination) && this.#given.toTag === undefined;
  }

  #send(destination: Destination, local: ListenPoint): void {
    const { protocol } = destination;
    const { slot, branch } = this.#core.attempts.nextBranch(this.#options.branchSuffix);
    const via = viaOf(viaTransports[protocol], local, branch, this.#options);
    const { datagramSizeMax } = this.#core;
    // As long as it will be with its Via, told before it is put together.
    const size = this.#given.length + 'Via: \r\n'.length + via.length;
    const isTooLong = datagramSizeMax !== undefined && size > datagramSizeMax;
    const tcpLocal = protocol === 'udp' && isTooLong ? this.#tcpLocalFor(destination, local) : undefined;
    if (tcpLocal !== undefined) {
      // SIP-20 / RFC 3261 18.1.1, TS 24.229 4.2A: a long request takes TCP, and its Via says so.
      const overTcp: Destination = { protocol: 'tcp', endpoint: destination.endpoint, local: tcpLocal };
      this.#start(overTcp, tcpLocal, this.#write('TCP', tcpLocal));
      this.#fallback = destination;
      return;
    }
    this.#start(destination, local, { slot, branch, text: withVia(this.#given, via, protocol !== 'udp') });
  }

  #start(destination: Destination, local: ListenPoint, { text, slot, branch }: Wire): void {
    const { attempts, timersFor } = this.#core;
    const timers = this.#options.timers ?? timersFor(destination.endpoint);
    const { method } = this.#given;
    this.#fallback = undefined;
    this.#attempt = attempts.start({
      slot,
      branch,
      method,
      text,
      destination: fromSocket(destination, local),
      timers,
      user: this,
    });
    if (this.#cancelHeaders !== undefined) this.#passCancel();
  }

  #write(transport: 'UDP' | 'TCP', local: ListenPoint): Wire {
    const { slot, branch } = this.#core.attempts.nextBranch(this.#options.branchSuffix);
    const via = viaOf(transport, local, branch, this.#options);
    return { slot, branch, text: withVia(this.#given, via, transport === 'TCP') };
  }

  #localFor({ protocol, endpoint, connectionId, local }: Destination): ListenPoint | undefined {
    const { transport } = this.#core;
    // A flow that is gone: any own address will do, the transport reports the failure.
    const settled = connectionId === undefined ? local : transport.localOfConnection(connectionId);
    return settled ?? transport.localFor(protocol, endpoint.address);
  }

  /** Where a request leaves from that is too long for the datagram which was to leave from `local`. */
  #tcpLocalFor(destination: Destination, local: ListenPoint): ListenPoint | undefined {
    const { transport } = this.#core;
    if (destination.connectionId !== undefined) return undefined;
    if (destination.local === undefined) return transport.localFor('tcp', destination.endpoint.address);
    const { address, port } = local;
    return transport.listenPoints.find(
      (each) => each.protocol === 'tcp' && each.port === port && each.address === address,
    );
  }

  #passCancel(): void {
    const attempt = this.#attempt;
    if (attempt === undefined || !attempt.isInvite) return; // RFC 3261 9.1: only INVITE
    attempt.cancelHeaders = this.#cancelHeaders!;
    attempt.cancel();
  }
}

/** RFC 3261 20.42. */
export const viaTransports = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' } as const;

/** The Via of a sender. */
export function viaOf(
  transport: 'UDP' | 'TCP' | 'TLS',
  local: ListenPoint,
  branch: string,
  { rport, keep }: Pick<ClientOptions, 'rport' | 'keep'> = {},
): string {
  const sender = `SIP/2.0/${transport} ${hostPort(local.address, local.port)};branch=${branch}`;
  return `${sender}${rport === true ? ';rport' : ''}${keep === true ? ';keep' : ''}`;
}

/** The request with its sender's Via on top, and with a length where a stream needs one. */
export function withVia(request: SipRequest, via: string, overStream: boolean): string {
  const editor = request.edit().prepend('Via', via);
  // SIP-42 / RFC 3261 16.6 item 9.
  if (overStream && !request.has('Content-Length')) editor.append('Content-Length', String(request.body.length));
  return editor.text();
}
