/** Requests of our own: routing, time limit, fail-over (RFC 6733 5.5.4, 6.1; CX-64, CX-65). */
import type { Timer } from '../../environment/index.js';
import type { Command, CommandTypes } from '../codec/compiled-application.js';
import { type Answer, DecodeError } from '../codec/decode.js';
import { encodeRequest, readdress } from '../codec/encode.js';
import type { Connection } from './connection.js';
import type { LocalNode } from './local-node.js';
import type { Peer } from './peer.js';
import type { Destination, PeerTable } from './peer-table.js';

/** No answer that could be used, and why. Requests that failed may have been carried out all the same. */
export interface RequestFailure {
  readonly kind: 'timeout' | 'unreachable' | 'malformed';
  readonly reason: string;
}

export type AnswerHandler<T extends CommandTypes> = (answer: Answer<T> | RequestFailure) => void;

export interface PendingRequest {
  readonly command: Command;
  readonly destination: Destination;
  readonly onAnswer: (answer: Answer | RequestFailure) => void;
  readonly endToEnd: number;
  bytes: Buffer;
  hopByHop: number;
  peer: Peer;
  /** Where its Hop-by-Hop id counts. */
  connection: Connection | undefined;
  /** It has been sent to two peers, and gets no third. */
  resent: boolean;
  timer: Timer | undefined;
}

/** TOO_BUSY and UNABLE_TO_DELIVER send a request to another peer (RFC 6733 7.1.3). */
const triesAnother = new Set([3002, 3004]);

export class RequestSender {
  constructor(
    private readonly local: LocalNode,
    private readonly peers: PeerTable,
  ) {}

  /** `onAnswer` runs once, never before this returns. */
  send<T extends CommandTypes>(
    command: Command<T>,
    avps: T['sentRequest'],
    destination: Destination,
    onAnswer: AnswerHandler<T>,
  ): void {
    const peer = this.peers.route(command.application.id, destination, undefined);
    const endToEnd = this.local.identifiers.nextEndToEnd();
    const request: PendingRequest = {
      command: command as unknown as Command,
      destination,
      onAnswer: onAnswer as PendingRequest['onAnswer'],
      endToEnd,
      bytes: encodeRequest(command, { hopByHop: 0, endToEnd }, avps),
      hopByHop: 0,
      peer: peer!,
      connection: peer?.connection,
      resent: false,
      timer: undefined,
    };
    if (peer === undefined) this.#fail(request, 'unreachable', 'no open peer for the destination');
    else if (!request.connection!.pending.add(request))
      this.#fail(request, 'unreachable', 'too many requests under way');
    else {
      request.bytes.writeUInt32BE(request.hopByHop, 12);
      this.#transmit(request);
    }
  }

  onAnswer(connection: Connection, bytes: Buffer): void {
    const hopByHop = bytes.readUInt32BE(12);
    const request = connection.pending.find(hopByHop);
    if (request === undefined || request.endToEnd !== bytes.readUInt32BE(16)) {
      // CX-68
      this.local.fault('diameter.answerWithoutRequest', 'RFC 6733 6.2.1', { peer: connection.remote, hopByHop });
      return;
    }
    connection.pending.take(request);
    request.timer?.cancel();
    const answer = this.local.codec.decode(bytes);
    if (answer instanceof DecodeError || answer.command !== request.command) {
      const reason = answer instanceof DecodeError ? answer.reason : `answer of ${answer.command.name}`;
      this.local.fault('diameter.malformedAnswer', 'RFC 6733 7', { peer: connection.remote, reason });
      this.#fail(request, 'malformed', reason);
      return;
    }
    const resultCode = (answer.avps as { 'Result-Code'?: number })['Result-Code'];
    // The first peer has not carried it out, so no T bit.
    if (answer.generic && triesAnother.has(resultCode ?? 0) && this.#resend(request, false)) return;
    request.onAnswer(answer as unknown as Answer);
  }

  /** The peer is suspect or gone: its pending requests go to another one (RFC 6733 5.5.4) or, when it is gone, fail. */
  failOver(connection: Connection, isGone: boolean): void {
    for (const request of connection.pending.items()) {
      if (!isGone && this.#alternate(request) === undefined) continue;
      connection.pending.take(request);
      request.timer?.cancel();
      if (!this.#resend(request, true)) this.#fail(request, 'unreachable', 'the connection ended');
    }
  }

  #onTimeout(request: PendingRequest): void {
    request.connection?.pending.take(request);
    if (!this.#resend(request, true)) {
      this.#fail(request, 'timeout', `no answer from ${request.peer.name} in ${this.local.timers.answerMs} ms`);
    }
  }

  #alternate(request: PendingRequest): Peer | undefined {
    if (request.resent) return undefined;
    return this.peers.route(request.command.application.id, request.destination, request.peer);
  }

  /** CX-65: same End-to-End, new Hop-by-Hop, T bit where the first peer may have acted. */
  #resend(request: PendingRequest, retransmitted: boolean): boolean {
    const alternate = this.#alternate(request);
    if (alternate === undefined || !alternate.connection!.pending.add(request)) return false;
    request.resent = true;
    request.peer = alternate;
    request.connection = alternate.connection;
    request.bytes = readdress(request.bytes, request.hopByHop, retransmitted);
    this.#transmit(request);
    return true;
  }

  #transmit(request: PendingRequest): void {
    const { clock } = this.local.environment;
    request.timer = clock.setTimer(this.local.timers.answerMs, () => this.#onTimeout(request));
    request.connection!.write(request.bytes);
  }

  #fail(request: PendingRequest, kind: RequestFailure['kind'], reason: string): void {
    this.local.environment.clock.setTimer(0, () => request.onAnswer({ kind, reason }));
  }
}
