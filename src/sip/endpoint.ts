/** The SIP endpoint of a node: sockets below, transactions within, and one typed call per request above. */
import type { Clock, Endpoint, Environment, Random } from '../environment/index.js';
import type { MachineHost } from '../machine/index.js';
import {
  hostPort,
  parseMessage,
  type SipParseError,
  type SipRequest,
  type SipResponse,
  type Uri,
} from './message/index.js';
import { makeBranch } from './transaction/branch.js';
import { ClientAttempts } from './transaction/client-attempts.js';
import {
  type ClientCore,
  type ClientOptions,
  type ClientTransaction,
  type ClientUser,
  OutgoingRequest,
} from './transaction/client-transaction.js';
import type { ServerRequest } from './transaction/incoming-request.js';
import { ServerTransactions } from './transaction/server-transactions.js';
import { StatelessRequest } from './transaction/stateless-request.js';
import { coreTimers, type SipTimers } from './transaction/timers.js';
import { BlockedDestinations } from './transport/blocked-destinations.js';
import {
  type Destination,
  defaultPortOf,
  isNumericHost,
  type ListenPoint,
  type Resolver,
  type SipProtocol,
  type Source,
} from './transport/destination.js';
import { FaultLog } from './transport/fault-log.js';
import type { TlsSettings } from './transport/stream-transport.js';
import { SipTransport } from './transport/transport.js';
import type { StartFailure, TransportUser } from './transport/transport-user.js';

export interface SipEndpointOptions {
  readonly nodeName: string;
  readonly environment: Environment;
  readonly host: MachineHost;
  readonly resolve: Resolver;
  /** Of each protocol and address family the first one is what requests leave from by default. */
  readonly listen: readonly ListenPoint[];
  /** Needed where there is a `tls` listen point. */
  readonly tls?: TlsSettings | undefined;
  /** For both sides of the hop to this address; `coreTimers` where absent. TS 24.229 7.7. */
  readonly timersFor?: (remote: Endpoint) => SipTimers;
  /** Requests of more octets take TCP where the endpoint listens on it (SIP-20; 1300 there). Absent: the rule is off. */
  readonly datagramSizeMax?: number | undefined;
  /**
   * UDP: what is sent in the name of the listen point `local` leaves from the one returned; undefined: from `local`. Between
   * protected ports a client port sends, and its server port stands in Via (TS 33.203 7.1, TS 24.229 5.1.1.2.2).
   */
  readonly senderOf?: ((local: ListenPoint, to: Endpoint) => ListenPoint | undefined) | undefined;
  /** A request of a new server transaction, or an ACK for a 2xx. CANCEL never gets here. */
  readonly onRequest: (request: ServerRequest) => void;
  /** The answer to `keepAlive`. */
  readonly onPong?: (from: Source) => void;
  /** A connection that stood has ended, not by us. */
  readonly onConnectionEnded?: ((flow: Source) => void) | undefined;
  /** Server transactions at once, 100,000 where absent (SIP-62). */
  readonly pendingMax?: number;
  /** Of those, requests without a final response; no bound of its own where absent (SIP-62). */
  readonly requestsMax?: number | undefined;
  /** TCP connections at once, 10,000 where absent. */
  readonly connectionsMax?: number;
}

export class SipEndpoint implements TransportUser {
  readonly #options: SipEndpointOptions;
  readonly #random: Random;
  /** For what the layers above survive. */
  readonly faults: FaultLog;
  readonly #transport: SipTransport;
  readonly #attempts: ClientAttempts;
  readonly #serverTransactions: ServerTransactions;
  readonly #clientCore: ClientCore;
  #sentBy: readonly string[] = [];
  #asksForPort: ClientOptions = {};

  constructor(options: SipEndpointOptions) {
    const { environment, host, listen, timersFor = () => coreTimers } = options;
    this.#options = options;
    const isWatched = environment.trace !== undefined;
    this.#random = environment.random.stream('sip');
    this.faults = new FaultLog(environment, options.nodeName);
    this.#transport = new SipTransport({
      environment,
      listen,
      user: this,
      faults: this.faults,
      connectionsMax: options.connectionsMax ?? 10_000,
      senderOf: options.senderOf,
      tls: options.tls,
    });
    this.#attempts = new ClientAttempts(host, this.#random, this.#transport, environment.clock, isWatched);
    this.#clientCore = {
      clock: environment.clock,
      attempts: this.#attempts,
      transport: this.#transport,
      blocked: new BlockedDestinations(environment.clock),
      timersFor,
      datagramSizeMax: options.datagramSizeMax,
    };
    this.#serverTransactions = new ServerTransactions({
      host,
      clock: environment.clock,
      isWatched,
      transport: this.#transport,
      random: this.#random,
      faults: this.faults,
      timersFor,
      onRequest: options.onRequest,
      pendingMax: options.pendingMax ?? 100_000,
      requestsMax: options.requestsMax ?? Number.POSITIVE_INFINITY,
    });
  }

  /** Where dialogs and the proxy core create their machines. */
  get clock(): Clock {
    return this.#options.environment.clock;
  }

  get host(): MachineHost {
    return this.#options.host;
  }

  /** Binds all listen points. `onReady` is called once, with the first failure if one fails; then nothing is bound. */
  start(onReady: (failure?: StartFailure) => void): void {
    this.#transport.start((failure) => {
      this.#sentBy = [...new Set(this.#transport.listenPoints.map(({ address, port }) => hostPort(address, port)))];
      onReady(failure);
    });
  }

  /** Closes sockets and connections and ends all transactions without a word to anybody. */
  close(): void {
    this.#attempts.stopAll();
    this.#serverTransactions.stopAll();
    this.#transport.close();
  }

  /** What is kept at the moment; all zero (but connections) when everything has ended and its timers have run out. */
  get counts(): {
    readonly clientTransactions: number;
    readonly serverTransactions: number;
    readonly connections: number;
  } {
    return {
      clientTransactions: this.#attempts.count,
      serverTransactions: this.#serverTransactions.count,
      connections: this.#transport.connectionCount,
    };
  }

  /** With true ports, once started. */
  get listenPoints(): readonly ListenPoint[] {
    return this.#transport.listenPoints;
  }

  /**
   * Starts a client transaction. The endpoint adds its Via for the transport finally used (SIP-20); everything else is
   * the caller's. `user` is never called before this returns.
   */
  sendRequest(
    request: SipRequest | string,
    destinations: readonly Destination[],
    user: ClientUser,
    options: ClientOptions = this.#asksForPort,
  ): ClientTransaction {
    const outgoing = new OutgoingRequest(this.#clientCore, asRequest(request), destinations, user, options);
    outgoing.start();
    return outgoing;
  }

  /** Whether requests without options of their own ask for the answer at the port that they come from (RFC 3581 3). */
  askForPort(rport: boolean): void {
    this.#asksForPort = rport ? { rport } : {};
  }

  /** Sends once, with a Via of its own and outside every transaction: an ACK for a 2xx. SIP-35. */
  sendStateless(request: SipRequest | string, destinations: readonly Destination[]): void {
    const branch = makeBranch(this.#random, undefined, undefined);
    new StatelessRequest(this.#clientCore, asRequest(request), destinations, branch).send();
  }

  /** Asks the far end of a flow for a sign of life; `onPong` follows if there is one. RFC 5626 4.4, RFC 6223. */
  keepAlive(flow: Destination): void {
    this.#transport.keepAlive(flow, this.#random.bytes(12));
  }

  /** Where a request goes next: the topmost Route if there is one, else the Request-URI. SIP-42. Empty: nobody knows. */
  nextHop(request: SipRequest): readonly Destination[] {
    const route = request.routes[0];
    return this.resolveUri(route === undefined ? request.uri : route.uri);
  }

  /** SIP-26, SIP-72. Empty for what is no SIP URI. `isQuestion`: as of `Resolver`, where nothing is about to be sent. */
  resolveUri(uri: Uri, isQuestion?: boolean): readonly Destination[] {
    if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return [];
    const { parameters, host, port } = uri;
    const maddr = parameters.get('maddr');
    return this.#options.resolve(typeof maddr === 'string' ? maddr : host, port, transportOf(uri), isQuestion);
  }

  /** For Contact, Record-Route and Path: the first listen point of the protocol, else that of `ownUri`. */
  localUri(protocol?: SipProtocol): { readonly host: string; readonly port: number } {
    const { address, port } = this.#ownPoint(protocol);
    return { host: address, port };
  }

  /**
   * `sip:user@192.0.2.9:5060`, where others find this endpoint: its first listen point for UDP, else that for TCP, which the
   * URI says then, as an address without a transport means UDP (RFC 3263 4.1).
   */
  ownUri(user?: string): string {
    const { protocol, address, port } = this.#ownPoint();
    const host = hostPort(address, port);
    return `sip:${user === undefined ? host : `${user}@${host}`}${protocol === 'udp' ? '' : `;transport=${protocol}`}`;
  }

  #ownPoint(protocol?: SipProtocol): ListenPoint {
    const points = this.listenPoints.length > 0 ? this.listenPoints : this.#options.listen;
    const first = (wanted: SipProtocol | undefined) => points.find((candidate) => candidate.protocol === wanted);
    const point = first(protocol) ?? first('udp') ?? first('tcp') ?? points[0];
    if (point === undefined) throw new Error('the endpoint has no listen point');
    return point;
  }

  /** The URI leads to a listen point of this endpoint, numerically or by a name that the topology knows. */
  isOwn(uri: Uri): boolean {
    const { host, port, scheme } = uri;
    if (scheme !== 'sip' && scheme !== 'sips') return false;
    const defaultPort = defaultPortOf(transportOf(uri) === 'tls' ? 'tls' : 'udp');
    if (this.#sentBy.includes(hostPort(host, port ?? defaultPort))) return true;
    if (isNumericHost(host)) return false;
    return this.#options
      .resolve(host, port, undefined, true)
      .some(({ endpoint: { address, port } }) => this.#sentBy.includes(hostPort(address, port)));
  }

  /** What this endpoint writes into its Via values, `192.0.2.9:5060`. Empty before it is started. */
  get sentBy(): readonly string[] {
    return this.#sentBy;
  }

  /** A flow still stands; always true for UDP. RFC 5626. */
  isAlive(flow: Destination): boolean {
    return flow.connectionId === undefined || this.#transport.isConnected(flow.connectionId);
  }

  /** For the transport. */
  onRequest(request: SipRequest, source: Source): void {
    this.#serverTransactions.receive(request, source);
  }

  /** For the transport. */
  onResponse(response: SipResponse, source: Source): void {
    const attempt = this.#attempts.match(response);
    if (attempt !== undefined) {
      attempt.receive(response);
      return;
    }
    // SIP-46: what no transaction waits for ends here.
    this.faults.record('response matches no transaction', 'SIP-46', {
      status: response.status,
      method: response.method,
      callId: response.callId,
      from: source.endpoint.address,
    });
  }

  /** For the transport. */
  onMalformed(error: SipParseError, source: Source): void {
    this.#serverTransactions.refuse(error, source);
  }

  /** For the transport. */
  onPong(source: Source): void {
    this.#options.onPong?.(source);
  }

  /** For the transport. */
  onConnectionEnded(flow: Source): void {
    this.#options.onConnectionEnded?.(flow);
  }

  /** For the transport. */
  onConnectionLost(connectionId: number, reason: string): void {
    this.#attempts.connectionLost(connectionId, reason);
  }
}

/** In lower case. RFC 3261 26.2.2: of a sips URI every transport is with TLS. */
function transportOf({ scheme, parameters }: Uri): string | undefined {
  if (scheme === 'sips') return 'tls';
  const transport = parameters.get('transport');
  return typeof transport === 'string' ? transport.toLowerCase() : undefined;
}

function asRequest(request: SipRequest | string): SipRequest {
  if (typeof request !== 'string') return request;
  const parsed = parseMessage(request);
  if (parsed.kind !== 'request') throw new TypeError('not a SIP request');
  return parsed;
}
