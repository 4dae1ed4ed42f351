/** Requests on their way: routing, time limit, fail-over, redirects (RFC 6733 5.5.4, 6.1; CX-64, CX-65). */
import type { Command, CommandTypes } from '../codec/compiled-application.js';
import { type Answer, DecodeError, flag } from '../codec/decode.js';
import { encodeRequest, readdress } from '../codec/encode.js';
import { type Connection, messageLengthMax } from './connection.js';
import type { LocalNode } from './local-node.js';
import type { Peer } from './peer.js';
import type { Destination, PeerTable } from './peer-table.js';
import { PendingRequest, type RequestFailure } from './pending-request.js';
import { RedirectFollower } from './redirect-follower.js';
import { unsignedAvp } from './routing-avps.js';

export type { RequestFailure } from './pending-request.js';

export type AnswerHandler<T extends CommandTypes> = (answer: Answer<T> | RequestFailure) => void;

/** TOO_BUSY and UNABLE_TO_DELIVER send a request to another peer (RFC 6733 7.1.3). */
const triesAnother = new Set([3002, 3004]);
const redirectIndication = 3006;
const resultCode = 268;

/** A request of this node. */
class OwnRequest extends PendingRequest {
  constructor(
    private readonly local: LocalNode,
    private readonly command: Command,
    private readonly destination: Destination,
    private readonly onAnswer: (answer: Answer | RequestFailure) => void,
    endToEnd: number,
    bytes: Buffer,
  ) {
    super(command.application.id, endToEnd, bytes, local.timers.answerMs);
  }

  route(peers: PeerTable, except: Peer | undefined): Peer | undefined {
    return peers.route(this.application, this.destination, except);
  }

  answered(bytes: Buffer): void {
    const answer = this.local.codec.decode(bytes);
    if (answer instanceof DecodeError || answer.command !== this.command) {
      const reason = answer instanceof DecodeError ? answer.reason : `answer of ${answer.command.name}`;
      this.local.fault('diameter.malformedAnswer', 'RFC 6733 7', { peer: this.connection!.remote, reason });
      this.failed({ kind: 'malformed', reason });
      return;
    }
    this.onAnswer(answer as unknown as Answer);
  }

  failed(failure: RequestFailure): void {
    this.local.environment.clock.setTimer(0, () => this.onAnswer(failure));
  }
}

export class RequestSender {
  readonly redirects: RedirectFollower;

  /** `approach`: a peer for a host that a redirect named, connected to where it is none yet. */
  constructor(
    private readonly local: LocalNode,
    private readonly peers: PeerTable,
    approach: ConstructorParameters<typeof RedirectFollower>[2],
  ) {
    this.redirects = new RedirectFollower(local, peers, approach, this);
  }

  /** `onAnswer` runs once, never before this returns. */
  send<T extends CommandTypes>(
    command: Command<T>,
    avps: T['sentRequest'],
    destination: Destination,
    onAnswer: AnswerHandler<T>,
  ): void {
    const endToEnd = this.local.identifiers.nextEndToEnd();
    const bytes = encodeRequest(command, { hopByHop: 0, endToEnd }, avps);
    const { local } = this;
    const own = command as unknown as Command;
    const request = new OwnRequest(local, own, destination, onAnswer as never, endToEnd, bytes);
    if (bytes.length <= messageLengthMax) this.start(request);
    else
      request.failed({
        kind: 'unreachable',
        reason: `the request has ${bytes.length} octets, more than any peer takes`,
      });
  }

  /** Sends a request whose octets are nobody else's, to where it routes itself. */
  start(request: PendingRequest): void {
    const peer = request.route(this.peers, undefined);
    if (this.redirects.hasCached && this.redirects.followCached(request, peer)) return;
    this.sendTo(request, peer);
  }

  sendTo(request: PendingRequest, peer: Peer | undefined): void {
    if (peer === undefined) request.failed({ kind: 'unreachable', reason: this.peers.absence(this.local) });
    else if (isOwn(request) && peer.connection!.pending.isBusy) this.#wait(request, peer);
    else if (peer.connection!.pending.add(request)) {
      request.peer = peer;
      request.connection = peer.connection;
      request.bytes.writeUInt32BE(request.hopByHop, 12);
      this.#transmit(request);
    } else {
      // RFC 6733 7.1.3: so would be asked who is told that this peer is too busy.
      const other = request.route(this.peers, peer);
      if (other !== undefined && this.sendAgain(request, other, false)) return;
      request.failed(tooMany(peer));
    }
  }

  /** A request of this node is sent when those before it have been answered, unless another peer has time for it now. */
  #wait(request: PendingRequest, peer: Peer): void {
    const other = request.route(this.peers, peer);
    if (other !== undefined && !other.connection!.pending.isBusy) {
      this.sendTo(request, other);
      return;
    }
    if (!this.#lineUp(request, peer)) request.failed(tooMany(peer));
  }

  /** False: so many wait for that peer that it would only grow old. */
  #lineUp(request: PendingRequest, peer: Peer): boolean {
    if (!peer.connection!.pending.wait(request)) return false;
    request.isWaiting = true;
    request.peer = peer;
    request.connection = peer.connection;
    // CX-65: whoever asks waits no longer than for a peer at leisure.
    this.#arm(request);
    return true;
  }

  /** Those that have waited go into the places that are free now. */
  #sendWaiting({ pending }: Connection): void {
    for (let next = pending.nextToSend(); next !== undefined; next = pending.nextToSend()) {
      next.isWaiting = false;
      next.mayHaveActed = true;
      pending.add(next);
      next.bytes.writeUInt32BE(next.hopByHop, 12);
      next.connection!.write(next.bytes);
    }
  }

  /** It is no longer this connection's. */
  #withdraw(request: PendingRequest, { pending }: Connection): void {
    request.timer?.cancel();
    if (request.isWaiting) pending.leave(request);
    else pending.take(request);
  }

  onAnswer(connection: Connection, bytes: Buffer): void {
    const hopByHop = bytes.readUInt32BE(12);
    const request = connection.pending.find(hopByHop);
    if (request === undefined || request.endToEnd !== bytes.readUInt32BE(16)) {
      // CX-68
      this.local.fault('diameter.answerWithoutRequest', 'RFC 6733 6.2.1', { peer: connection.remote, hopByHop });
      return;
    }
    this.#withdraw(request, connection);
    if (connection.pending.hasWaiting) this.#sendWaiting(connection);
    const protocolError = (bytes[4]! & flag.error) === 0 ? 0 : (unsignedAvp(bytes, resultCode) ?? 0);
    if (protocolError === redirectIndication && this.redirects.follow(request, bytes)) return;
    if (triesAnother.has(protocolError)) {
      if (request.redirection !== undefined) {
        request.redirection.send({ type: 'diameter.undelivered' });
        return;
      }
      // The first peer has not carried it out, so no T bit.
      request.mayHaveActed = false;
      if (this.#resend(request)) return;
    }
    request.redirection?.send({ type: 'diameter.answer' });
    request.answered(bytes);
  }

  /** The peer is suspect or gone: its pending requests go to another one (RFC 6733 5.5.4) or, when it is gone, fail. */
  failOver(connection: Connection, isGone: boolean): void {
    const { pending } = connection;
    for (const request of [...pending.items(), ...pending.waiting()]) {
      if (!isGone && (request.redirection !== undefined || this.#alternate(request) === undefined)) continue;
      this.#withdraw(request, connection);
      if (this.#undelivered(request)) continue;
      request.failed({ kind: 'unreachable', reason: 'the connection ended' });
    }
  }

  /** For the timer of a request. */
  onTimeout(request: PendingRequest): void {
    const { connection, isWaiting } = request;
    if (connection !== undefined) this.#withdraw(request, connection);
    // What waits behind it may be as old: that is first to be given up.
    if (connection?.pending.hasWaiting === true) {
      this.local.environment.clock.setTimer(0, () => this.#sendWaiting(connection));
    }
    if (this.#undelivered(request)) return;
    if (isWaiting && !request.mayHaveActed) request.failed(tooMany(request.peer!));
    else request.failed({ kind: 'timeout', reason: `no answer from ${request.peer!.name} in ${request.answerMs} ms` });
  }

  /** It has no answer; where it was sent it may have been carried out. False: nobody else is left to ask. */
  #undelivered(request: PendingRequest): boolean {
    request.isWaiting = false;
    if (request.redirection === undefined) return this.#resend(request);
    request.bytes[4]! |= flag.retransmitted;
    request.redirection.send({ type: 'diameter.undelivered' });
    return true;
  }

  #alternate(request: PendingRequest): Peer | undefined {
    if (request.resent) return undefined;
    return request.route(this.peers, request.peer);
  }

  /** CX-65: same End-to-End, new Hop-by-Hop, T bit where the first peer may have acted. */
  #resend(request: PendingRequest): boolean {
    const alternate = this.#alternate(request);
    if (alternate === undefined) return false;
    const sent = this.sendAgain(request, alternate, request.mayHaveActed);
    request.resent ||= sent;
    return sent;
  }

  /** False: the peer has all the requests that it may have. */
  sendAgain(request: PendingRequest, peer: Peer, retransmitted: boolean): boolean {
    const { pending } = peer.connection!;
    if (isOwn(request) && pending.isBusy) {
      if (!this.#lineUp(request, peer)) return false;
      request.bytes = readdress(request.bytes, 0, retransmitted);
      return true;
    }
    if (!pending.add(request)) return false;
    request.peer = peer;
    request.connection = peer.connection;
    // The octets that were written before may still be on their way out.
    request.bytes = readdress(request.bytes, request.hopByHop, retransmitted);
    this.#transmit(request);
    return true;
  }

  #transmit(request: PendingRequest): void {
    this.#arm(request);
    request.mayHaveActed = true;
    request.connection!.write(request.bytes);
  }

  #arm(request: PendingRequest): void {
    request.sender = this;
    request.timer = this.local.environment.clock.setTimer(request.answerMs, timeOut, request);
  }
}

/** An agent's are those of others, whose shares are theirs to keep; a redirected one has its own way. */
function isOwn({ asker, redirection }: PendingRequest): boolean {
  return asker === undefined && redirection === undefined;
}

function tooMany(peer: Peer): RequestFailure {
  return { kind: 'unreachable', reason: `too many requests under way to ${peer.name}` };
}

function timeOut(request: PendingRequest): void {
  request.sender!.onTimeout(request);
}
