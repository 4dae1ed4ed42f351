/**
 * Requests of others that pass through this node: relay, proxy and redirect agents (RFC 6733 2.8, 6.1). A relay looks at what
 * routing needs and lets all other octets pass as they are; a proxy knows the applications that it lets pass.
 */
import { DecodeError, failedLength, flag } from '../codec/decode.js';
import type { Failure } from '../codec/error-answer.js';
import { type Connection, messageLengthMax } from './connection.js';
import { type LocalNode, sameHost } from './local-node.js';
import type { Peer } from './peer.js';
import type { PeerTable } from './peer-table.js';
import { PendingRequest, type RequestFailure } from './pending-request.js';
import type { RequestSender } from './request-sender.js';
import {
  firstUnfit,
  proxyInfo,
  type RoutingAvps,
  readRouting,
  routeRecord,
  withAvps,
  withoutProxyInfo,
} from './routing-avps.js';
import { octetsHeld, octetsHeldMin, SharedRoom } from './shared-room.js';

/** What becomes of a request. */
export type RoutingDecision =
  /** To the first of these Origin-Hosts that can be had. */
  | { readonly kind: 'forward'; readonly hosts: readonly string[] }
  | { readonly kind: 'answer'; readonly failure: Failure };

export interface AgentOptions {
  /** A redirect agent forwards nothing, and keeps nothing. */
  readonly mode: 'relay' | 'proxy' | 'redirect';
  /** A request that is for no peer by its Destination-Host, or any at a redirect agent. `decided` runs once, at once or later. */
  decide(request: RoutingAvps, decided: (decision: RoutingDecision) => void): void;
  /** For the trace: what it answers a request with that it sends nowhere, and the clause. */
  explain(failure: Failure, clause: string): void;
}

/** The asking node has given up after its own time and one more try. */
const patience = 2;

export class Agent {
  /** For requests of which it is not decided yet where they go. */
  readonly #room: SharedRoom;

  constructor(
    private readonly local: LocalNode,
    private readonly peers: PeerTable,
    private readonly sender: Pick<RequestSender, 'start'>,
    private readonly options: AgentOptions,
  ) {
    this.#room = new SharedRoom(local.requestsMax * octetsHeldMin);
  }

  onRequest(connection: Connection, bytes: Buffer): void {
    const routing = readRouting(bytes);
    const failure = this.#judge(bytes, routing);
    if (failure !== undefined) {
      this.#refuse(connection, bytes, failure);
      return;
    }
    this.#route(connection, bytes, routing!);
  }

  #judge(bytes: Buffer, routing: RoutingAvps | undefined): Failure | undefined {
    if ((bytes[4]! & flag.error) !== 0) return { resultCode: 3008, reason: 'E bit in a request' };
    if (routing === undefined) return failedLength(bytes, firstUnfit(bytes), bytes.length, 0);
    if (this.options.mode === 'proxy') {
      // RFC 6733 2.8.2: who does not know the application is no proxy for it.
      const request = this.local.codec.decode(bytes);
      if (request instanceof DecodeError) return request;
    }
    const { originHost } = this.local.identity;
    // RFC 6733 3: without the P bit it is for this node alone, which has no application of its own.
    if ((bytes[4]! & flag.proxiable) === 0)
      return { resultCode: 3002, reason: 'P bit clear: it may not pass an agent' };
    // RFC 6733 6.1.3
    if (routing.routeRecords.some((host) => sameHost(host, originHost))) {
      return { resultCode: 3005, reason: `${originHost} stands in Route-Record` };
    }
    if (routing.destinationHost !== undefined && sameHost(routing.destinationHost, originHost)) {
      // RFC 6733 6.1.4: for this node, which has no application of its own.
      return { resultCode: 3007, reason: `${originHost} is an agent` };
    }
    // RFC 6733 6.6: only what stays between two peers may go without it.
    return routing.destinationRealm === undefined
      ? { resultCode: 5005, reason: 'Destination-Realm is missing', failedAvp: missingRealm }
      : undefined;
  }

  // RFC 6733 6.1.4 to 6.1.6
  #route(connection: Connection, bytes: Buffer, routing: RoutingAvps): void {
    const { destinationHost: host, application } = routing;
    const from = this.peers.byConnection(connection);
    const { mode } = this.options;
    const isForPeer =
      mode !== 'redirect' && host !== undefined && this.peers.among([host], application, (peer) => peer !== from);
    // RFC 6733 6.1.9: the previous hop, as it has named itself in its capabilities.
    const previous = from?.originHost ?? routing.originHost ?? '';
    if (isForPeer) {
      this.#forward(connection, bytes, [host!], [...routing.routeRecords, previous]);
      return;
    }
    const octets = octetsHeld(bytes);
    if (!this.#room.take(connection, octets)) {
      this.#refuse(connection, bytes, { resultCode: 3002, reason: 'too many of its requests wait for their way' });
      return;
    }
    this.options.decide(routing, (decision) => {
      this.#room.giveBack(connection, octets);
      if (decision.kind === 'answer') this.#refuse(connection, bytes, decision.failure);
      else this.#forward(connection, bytes, decision.hosts, [...routing.routeRecords, previous]);
    });
  }

  /** @param visited whom it has passed, the previous hop last */
  #forward(connection: Connection, bytes: Buffer, hosts: readonly string[], visited: readonly string[]): void {
    const { mode } = this.options;
    const previous = visited.at(-1)!;
    const added = [routeRecord(previous)];
    if (mode === 'proxy') added.push(proxyInfo(this.local.identity.originHost, Buffer.from(bytes.subarray(12, 16))));
    const forwarded = withAvps(bytes, added);
    if (forwarded.length > messageLengthMax) {
      // RFC 6733 7.1.5: the next hop would close the connection that everybody's requests take, and so would its stand-in.
      this.#refuse(connection, bytes, { resultCode: 5015, reason: `${forwarded.length} octets with Route-Record` });
      return;
    }
    const path = { origin: connection, received: bytes, hosts, visited };
    const request = new ForwardedRequest(this.local, path, forwarded, this.options);
    this.sender.start(request);
  }

  #refuse(connection: Connection, bytes: Buffer, failure: Failure): void {
    if (failure.redirect === undefined) this.options.explain(failure, 'RFC 6733 6.1');
    connection.write(this.local.errorAnswer(bytes, failure));
  }
}

/** RFC 6733 7.1.5, 4.3.1: a DiameterIdentity has one octet at the least. */
const missingRealm = { code: 283, vendor: 0, mandatory: true, data: Buffer.alloc(1) };

/** Where a request comes from and goes to. */
interface Path {
  /** It came on this connection, and its answer goes back on it. */
  readonly origin: Connection;
  readonly received: Buffer;
  /** Who may have it, by preference. */
  readonly hosts: readonly string[];
  /** Whom it has passed. */
  readonly visited: readonly string[];
}

class ForwardedRequest extends PendingRequest {
  constructor(
    private readonly local: LocalNode,
    private readonly path: Path,
    bytes: Buffer,
    private readonly options: AgentOptions,
  ) {
    super(bytes.readUInt32BE(8), bytes.readUInt32BE(16), bytes, patience * local.timers.answerMs, path.origin);
    path.origin.owe();
  }

  /** RFC 6733 6.1.7: to nobody whom it has passed already. */
  route(peers: PeerTable, except: Peer | undefined): Peer | undefined {
    const isFit = (peer: Peer): boolean =>
      peer !== except && !this.path.visited.some((host) => sameHost(host, peer.originHost));
    return peers.among(this.path.hosts, this.application, isFit);
  }

  /** RFC 6733 6.2.1: the way back, with the Hop-by-Hop id that the previous hop gave. */
  answered(bytes: Buffer): void {
    const { originHost } = this.local.identity;
    const isProxy = this.options.mode === 'proxy';
    const cut = isProxy ? withoutProxyInfo(bytes, originHost) : undefined;
    if (isProxy && cut === undefined) {
      this.local.fault('diameter.proxyInfoMissing', 'RFC 6733 6.2', { peer: this.connection!.remote });
    }
    const answer = cut ?? Buffer.from(bytes);
    this.path.received.copy(answer, 12, 12, 16);
    this.#sendBack(answer);
  }

  failed({ reason }: RequestFailure): void {
    const failure = { resultCode: 3002, reason };
    this.options.explain(failure, 'RFC 6733 7.1.3');
    this.#sendBack(this.local.errorAnswer(this.path.received, failure));
  }

  #sendBack(answer: Buffer): void {
    const { origin } = this.path;
    if (!origin.settle(answer))
      this.local.fault('diameter.answerUndeliverable', 'RFC 6733 6.2', { peer: origin.remote });
  }
}
