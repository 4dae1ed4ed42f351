/** Requests of others: checks, duplicates, handlers, answers (RFC 6733 6.1, 6.2, 7). */
import type { Command, CommandTypes } from '../codec/compiled-application.js';
import { DecodeError, type Message, type Request } from '../codec/decode.js';
import { encodeAnswer } from '../codec/encode.js';
import type { Failure } from '../codec/error-answer.js';
import { AnsweredRequests } from './answered-requests.js';
import type { Connection } from './connection.js';
import { type LocalNode, sameHost } from './local-node.js';

/** Answers one request, once. What comes after the first answer is ignored. */
export interface Responder<T extends CommandTypes> {
  answer(avps: T['sentAnswer']): void;
  /** An answer without the command's AVPs: 3xxx with the E bit, 4xxx and 5xxx without. */
  reject(failure: Failure): void;
}

export type RequestHandler<T extends CommandTypes> = (request: Request<T>, responder: Responder<T>) => void;

/** What routing looks at; undefined where the command's grammar has no such AVP. */
interface RoutingAvps {
  readonly 'Origin-Host': string;
  readonly 'Destination-Host'?: string;
  readonly 'Destination-Realm'?: string;
  readonly 'Route-Record'?: readonly string[];
}

export class RequestReceiver {
  readonly #handlers = new Map<Command, RequestHandler<CommandTypes>>();
  readonly #answered = new AnsweredRequests();

  constructor(private readonly local: LocalNode) {}

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
    const refusal = handler === undefined ? 3001 : this.#judge(request.avps as RoutingAvps);
    if (handler === undefined || refusal !== undefined) {
      connection.write(this.local.errorAnswer(bytes, { resultCode: refusal ?? 3001 }));
      return;
    }
    const originHost = (request.avps as RoutingAvps)['Origin-Host'];
    const { endToEnd, hopByHop } = request;
    const now = this.local.environment.clock.now();
    // CX-66
    if (this.#answered.isDuplicate(originHost, endToEnd, connection, hopByHop, now)) return;
    handler(request as Request, new Reply(this.local, connection, request, this.#answered));
  }

  /** RFC 6733 6.1: for us, or why not; this node relays nothing. */
  #judge(avps: RoutingAvps): number | undefined {
    const { originHost, originRealm } = this.local.identity;
    if (avps['Route-Record']?.some((host) => sameHost(host, originHost))) return 3005; // 6.1.3
    const host = avps['Destination-Host'];
    if (host !== undefined) return sameHost(host, originHost) ? undefined : 3002; // 6.1.4
    const realm = avps['Destination-Realm'];
    return realm === undefined || sameHost(realm, originRealm) ? undefined : 3003; // 6.1.6
  }
}

class Reply implements Responder<CommandTypes> {
  #done = false;

  constructor(
    private readonly local: LocalNode,
    private readonly connection: Connection,
    private readonly request: Message,
    private readonly answered: AnsweredRequests,
  ) {}

  answer(avps: object): void {
    // CX-67: the ids of the request.
    if (!this.#done) this.#send(encodeAnswer(this.request.command, this.request, avps));
  }

  reject(failure: Failure): void {
    if (!this.#done) this.#send(this.local.errorAnswer(this.request.bytes, failure));
  }

  #send(bytes: Buffer): void {
    this.#done = true;
    const originHost = (this.request.avps as RoutingAvps)['Origin-Host'];
    this.answered.answered(this.request.endToEnd, originHost, bytes);
    if (this.connection.isOpen) this.connection.write(bytes);
    else this.local.fault('diameter.answerUndeliverable', 'RFC 6733 6.2', { peer: this.connection.remote });
  }
}
