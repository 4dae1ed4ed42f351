/** Requests of others: checks, duplicates, handlers, answers (RFC 6733 6.1, 6.2, 7). */
import type { Command, CommandTypes } from '../codec/compiled-application.js';
import { DecodeError, type Request } from '../codec/decode.js';
import { encodeAnswer } from '../codec/encode.js';
import type { Failure } from '../codec/error-answer.js';
import { AnsweredRequests, type UnderWay } from './answered-requests.js';
import { type Connection, messageLengthMax } from './connection.js';
import { type LocalNode, sameHost } from './local-node.js';
import { octetsHeld, octetsHeldMin, SharedRoom } from './shared-room.js';

/** Answers one request, once. What comes after the first answer is ignored. */
export interface Responder<T extends CommandTypes> {
  answer(avps: T['sentAnswer']): void;
  /** An answer without the command's AVPs: 3xxx with the E bit, 4xxx and 5xxx without. */
  reject(failure: Failure): void;
}

export type RequestHandler<T extends CommandTypes> = (request: Request<T>, responder: Responder<T>) => void;

/** What says for whom a decoded request is; undefined where the command's grammar has no such AVP. */
interface AddresseeAvps {
  readonly 'Origin-Host': string;
  readonly 'Destination-Host'?: string;
  readonly 'Destination-Realm'?: string;
  readonly 'Route-Record'?: readonly string[];
}

/** Octets of answers that are kept for who asks again: four minutes of 2,000 requests a second, about. */
const keptOctetsMax = 256 * 1024 * 1024;
/** Nobody waits so long for an answer: a handler that gives none holds its place no longer. */
const inHandMsMax = 60_000;

export class RequestReceiver {
  readonly #handlers = new Map<Command, RequestHandler<CommandTypes>>();
  readonly #answered: AnsweredRequests;
  /** For requests in hand, whoever has sent them. */
  readonly #room: SharedRoom;

  /** `onForwarded`: a request has come that an agent has let pass. */
  constructor(
    private readonly local: LocalNode,
    private readonly onForwarded: (connection: Connection) => void,
  ) {
    this.#room = new SharedRoom(local.requestsMax * octetsHeldMin);
    this.#answered = new AnsweredRequests({
      octetsMax: keptOctetsMax,
      onEnded: ({ connection, request }) => this.#room.giveBack(connection, octetsHeld(request.bytes)),
      onForgottenEarly: () => local.fault('diameter.duplicatesForgottenEarly', 'RFC 6733 3', { keptOctetsMax }),
    });
  }

  handle<T extends CommandTypes>(command: Command<T>, handler: RequestHandler<T>): void {
    this.#handlers.set(command as unknown as Command, handler as unknown as RequestHandler<CommandTypes>);
  }

  onRequest(connection: Connection, bytes: Buffer): void {
    const request = this.local.codec.decode(bytes);
    if (request instanceof DecodeError) {
      const { resultCode, reason } = request;
      this.local.fault('diameter.malformedRequest', 'RFC 6733 7.1', { peer: connection.remote, resultCode, reason });
      connection.write(this.local.errorAnswer(bytes, request));
      return;
    }
    const handler = this.#handlers.get(request.command);
    const refusal = handler === undefined ? 3001 : this.#judge(connection, request.avps as AddresseeAvps);
    if (handler === undefined || refusal !== undefined) {
      connection.write(this.local.errorAnswer(bytes, { resultCode: refusal ?? 3001 }));
      return;
    }
    const avps = request.avps as AddresseeAvps;
    const originHost = avps['Origin-Host'];
    const now = this.local.environment.clock.now();
    // CX-66
    if (this.#answered.isDuplicate(request, originHost, connection, now)) return;
    if (!this.#takeRoom(connection, bytes, now)) {
      // RFC 6733 7.1.3: TOO_BUSY only where this server was asked for by name. Either sends the request to another one.
      const resultCode = avps['Destination-Host'] === undefined ? 3002 : 3004;
      this.local.fault('diameter.tooBusy', 'RFC 6733 7.1.3', { peer: connection.remote, resultCode });
      connection.write(this.local.errorAnswer(bytes, { resultCode }));
      return;
    }
    const underWay = this.#answered.begin(request, originHost, connection, now);
    handler(request as Request, new Reply(this.local, underWay, this.#answered));
  }

  /** A node at rest keeps no answers for ever: no request would be there to make room. */
  forgetAnswers(): void {
    this.#answered.forget(this.local.environment.clock.now());
  }

  #takeRoom(connection: Connection, bytes: Buffer, now: number): boolean {
    const octets = octetsHeld(bytes);
    if (this.#room.take(connection, octets)) return true;
    this.#answered.giveUpBefore(now - inHandMsMax);
    return this.#room.take(connection, octets);
  }

  /** RFC 6733 6.1: for us, or why not; this node relays nothing. */
  #judge(connection: Connection, avps: AddresseeAvps): number | undefined {
    const { originHost, originRealm } = this.local.identity;
    const { 'Route-Record': routeRecords = [] } = avps;
    if (routeRecords.length > 0) this.onForwarded(connection);
    if (routeRecords.some((host) => sameHost(host, originHost))) return 3005; // 6.1.3
    const host = avps['Destination-Host'];
    if (host !== undefined) return sameHost(host, originHost) ? undefined : 3002; // 6.1.4
    const realm = avps['Destination-Realm'];
    if (realm === undefined || sameHost(realm, originRealm)) return undefined;
    const { name } = this.local;
    const mend = `write realm ${originRealm} at that node, or home: ${realm} here`;
    const text = `${name}: ${avps['Origin-Host']} asks for realm ${realm}, and ${name} serves ${originRealm}: answered 3003; ${mend}`;
    this.local.note('cause.realmNotServed', 'RFC 6733 6.1.6', text);
    return 3003; // 6.1.6
  }
}

class Reply implements Responder<CommandTypes> {
  #done = false;

  constructor(
    private readonly local: LocalNode,
    private readonly underWay: UnderWay,
    private readonly answered: AnsweredRequests,
  ) {
    underWay.connection.owe();
  }

  answer(avps: object): void {
    const { request } = this.underWay;
    // CX-67: the ids of the request.
    if (this.#done) return;
    const bytes = encodeAnswer(request.command, request, avps);
    if (bytes.length <= messageLengthMax) this.#send(bytes);
    else {
      const peer = this.underWay.connection.remote;
      this.local.fault('diameter.answerTooLong', 'RFC 6733 7.1.5', { peer, octets: bytes.length });
      this.reject({ resultCode: 5012, reason: `the answer would have ${bytes.length} octets` });
    }
  }

  reject(failure: Failure): void {
    if (!this.#done) this.#send(this.local.errorAnswer(this.underWay.request.bytes, failure));
  }

  #send(bytes: Buffer): void {
    this.#done = true;
    this.answered.answered(this.underWay, bytes);
    const { connection } = this.underWay;
    if (connection.settle(bytes)) return;
    this.local.fault('diameter.answerUndeliverable', 'RFC 6733 6.2', { peer: connection.remote });
  }
}
