/** A node's Diameter: peers that it connects to or that come, requests out, requests in. */
import type { Endpoint, Environment, StreamListener, Timer } from '../../environment/index.js';
import type { MachineHost } from '../../machine/index.js';
import type { Command, CommandTypes, CompiledApplication } from '../codec/compiled-application.js';
import { DecodeError, flag, type Message, readHeader } from '../codec/decode.js';
import { encodeAnswer } from '../codec/encode.js';
import { baseDictionary } from '../dictionaries/base.dictionary.js';
import { Agent, type AgentOptions } from './agent.js';
import {
  type CapabilitiesRequest,
  capabilitiesExchange,
  judgeCapabilities,
  type Refusal,
  refusedCapabilities,
} from './capabilities.js';
import { Connection, type ConnectionOwner } from './connection.js';
import type { DiameterUri } from './diameter-uri.js';
import { base, type DiameterIdentity, type DiameterTimers, defaultTimers, LocalNode, sameHost } from './local-node.js';
import { OriginStates } from './origin-states.js';
import { Peer, type PeerEvents, type PeerState } from './peer.js';
import { type Destination, PeerTable } from './peer-table.js';
import { type RequestHandler, RequestReceiver } from './request-receiver.js';
import { type AnswerHandler, RequestSender } from './request-sender.js';
import { SharedRoom } from './shared-room.js';
import { Strangers } from './strangers.js';

const disconnectCauses = baseDictionary.avps['Disconnect-Cause'].values;
/**
 * Peers that came by themselves and that nobody has named here, half of them from one address. Those that somebody has named
 * always have their places.
 */
const guestsMax = 1_000;
/** Hosts that redirects have named. */
const redirectPeersMax = 64;

export interface DiameterEndpointOptions {
  readonly environment: Environment;
  readonly host: MachineHost;
  /** The node's name in fault records; its Origin-Host where absent. */
  readonly node?: string;
  readonly identity: DiameterIdentity;
  readonly applications: readonly CompiledApplication[];
  readonly timers?: Partial<DiameterTimers>;
  /** Origin-Hosts that may connect beside those that `connect` names; others get 3010. Anybody may where absent. */
  readonly peerHosts?: readonly string[] | undefined;
  /** The way to a host that a redirect names and that is no peer yet; undefined: there is none. */
  readonly reach?: ((uri: DiameterUri) => { readonly from: Endpoint; readonly to: Endpoint } | undefined) | undefined;
  /** Requests that may wait for their answers here, of one peer alone half as many; others get 3004 or 3002. 8,192 where absent. */
  readonly requestsMax?: number;
}

export interface PeerConfig {
  readonly name: string;
  /** Port 0 = any. */
  readonly from: Endpoint;
  readonly address: Endpoint;
  /** Its Origin-Host; without it any is accepted, and no election is held. */
  readonly expectedHost?: string;
}

export interface ListenHandlers {
  onListening?(local: Endpoint): void;
  onError?(code: string, message: string): void;
}

export class DiameterEndpoint {
  readonly local: LocalNode;
  readonly #peers = new PeerTable();
  readonly #sender: RequestSender;
  readonly #receiver: RequestReceiver;
  readonly #peerEvents: PeerEvents;
  /** Those that have not said yet who they are. */
  readonly #accepted = new Map<Connection, Timer>();
  readonly #strangers = new Strangers((connection) => {
    this.local.fault('diameter.tooManyConnections', 'RFC 6733 2.1', { peer: connection.remote });
    this.#leaveReception(connection);
  });
  /** Only who is named is let in; without it anybody is a guest. */
  readonly #peerHosts: readonly string[] | undefined;
  readonly #guestRoom = new SharedRoom(guestsMax);
  /** With the address whose share of the room they take. */
  readonly #guests = new Map<Peer, string>();
  #listeners: StreamListener[] = [];
  readonly #originStates = new OriginStates();
  #onPeerStateChange: (peerName: string, state: PeerState) => void = () => {};
  #onPeerRestart: (originHost: string) => void = () => {};
  #onShutdown: (() => void) | undefined;
  #agent: Agent | undefined;
  readonly #reach: DiameterEndpointOptions['reach'];
  #redirectPeers = 0;

  constructor(options: DiameterEndpointOptions) {
    const { environment, host, identity, applications, requestsMax } = options;
    const node = options.node ?? identity.originHost;
    const timers = { ...defaultTimers, ...options.timers };
    this.local = new LocalNode(environment, host, node, identity, applications, timers, requestsMax);
    this.#peerHosts = options.peerHosts;
    this.#reach = options.reach;
    this.#sender = new RequestSender(this.local, this.#peers, (uri) => this.#approach(uri));
    this.#receiver = new RequestReceiver(this.local, (connection) => this.#peers.noteAgent(connection));
    this.#peerEvents = {
      onRequest: (connection, bytes) => (this.#agent ?? this.#receiver).onRequest(connection, bytes),
      onAnswer: (connection, bytes) => this.#sender.onAnswer(connection, bytes),
      onFailOver: (connection, isGone) => this.#sender.failOver(connection, isGone),
      onOriginState: (originHost, originStateId) => {
        this.#noteOriginState(originHost, originStateId);
        // It comes with each DWR and DWA, at rest too.
        this.#receiver.forgetAnswers();
      },
      onStateChange: (peer, state) => {
        if (state !== 'suspect') this.#sender.redirects.onPeerState(peer, state === 'open');
        this.#onPeerStateChange(peer.name, state);
      },
      onUnreachable: (peer) => this.#sender.redirects.onPeerState(peer, false),
      onStopped: (peer) => this.#forget(peer),
    };
  }

  /** Requests of others pass from now on instead of being served. */
  actAs(options: AgentOptions): void {
    this.#agent = new Agent(this.local, this.#peers, this.#sender, options);
  }

  /** A host that a redirect names. */
  #approach(uri: DiameterUri): Peer | undefined {
    const route = this.#redirectPeers < redirectPeersMax ? this.#reach?.(uri) : undefined;
    if (route === undefined) return undefined;
    this.#redirectPeers++;
    const peer = new Peer(this.local, { name: uri.host, originHost: uri.host, route }, this.#peerEvents);
    this.#peers.add(peer, true);
    peer.start();
    return peer;
  }

  /** Connects, and again after Tc whenever the connection is lost, until `shutdown`. Peers named first are preferred. */
  connect({ name, from, address, expectedHost }: PeerConfig): void {
    const options = { name, originHost: expectedHost ?? '', route: { from, to: address } };
    const peer = new Peer(this.local, options, this.#peerEvents);
    this.#peers.add(peer);
    peer.start();
  }

  listen(local: Endpoint, handlers: ListenHandlers = {}): StreamListener {
    const listener = this.local.environment.network.listenStream(local, {
      onListening: (bound) => handlers.onListening?.(bound),
      onConnection: (stream) => {
        const connection = Connection.accept(this.local, stream, this.#reception, this.#strangers);
        this.#expectCapabilities(connection);
        return connection;
      },
      onError: (code, message) => {
        this.local.fault('diameter.listenFailed', 'RFC 6733 2.1', { code, message });
        handlers.onError?.(code, message);
      },
    });
    this.#listeners.push(listener);
    return listener;
  }

  /**
   * Sends a request; `onAnswer` runs once, later, with the answer or the reason why there is none. `avps` names the
   * destination too, where the command's grammar has it.
   */
  request<T extends CommandTypes>(
    command: Command<T>,
    avps: T['sentRequest'],
    destination: Destination,
    onAnswer: AnswerHandler<T>,
  ): void {
    this.#sender.send(command, avps, destination, onAnswer);
  }

  /** Serves a command; without a handler it is answered with 3001. */
  onRequest<T extends CommandTypes>(command: Command<T>, handler: RequestHandler<T>): void {
    this.#receiver.handle(command, handler);
  }

  onPeerStateChange(listener: (peerName: string, state: PeerState) => void): void {
    this.#onPeerStateChange = listener;
  }

  /** The host has lost its state since it was heard last (RFC 6733 8.16): sessions with it are no more. */
  onPeerRestart(listener: (originHost: string) => void): void {
    this.#onPeerRestart = listener;
  }

  /**
   * Ends the connection with DPR (RFC 6733 5.4.3, CX-61). After BUSY it is opened again when Tc has passed; otherwise not
   * before the peer connects.
   */
  disconnect(peerName: string, cause: 'BUSY' | 'DO_NOT_WANT_TO_TALK_TO_YOU'): void {
    this.#peers.all.find(({ name }) => name === peerName)?.disconnect(disconnectCauses[cause]);
  }

  /** Of all peers by name. */
  get peerStates(): ReadonlyMap<string, PeerState> {
    const stateOf = (peer: Peer): PeerState =>
      !peer.isAvailable ? 'closed' : peer.watchdogState === 'suspect' ? 'suspect' : 'open';
    return new Map(this.#peers.all.map((peer) => [peer.name, stateOf(peer)]));
  }

  /** A new Session-Id (RFC 6733 8.8). */
  newSessionId(): string {
    return this.local.identifiers.nextSessionId();
  }

  /** Takes no more connections, disconnects from the peers with DPR, and calls back when all are gone. */
  shutdown(done: () => void): void {
    this.#onShutdown = done;
    for (const listener of this.#listeners.splice(0)) listener.close();
    for (const [connection, timer] of this.#accepted) {
      timer.cancel();
      connection.close();
    }
    this.#accepted.clear();
    for (const peer of [...this.#peers.all]) peer.stop();
    this.#finishShutdown();
  }

  // CX-63
  #noteOriginState(originHost: string, originStateId: number | undefined): void {
    if (!this.#originStates.hasGrown(originHost, originStateId)) return;
    this.local.note('diameter.peerRestarted', 'RFC 6733 8.16', `${originHost} has restarted and lost its state`);
    this.#onPeerRestart(originHost);
  }

  #forget(peer: Peer): void {
    this.#peers.remove(peer);
    const address = this.#guests.get(peer);
    if (address !== undefined && this.#guests.delete(peer)) this.#guestRoom.giveBack(address, 1);
    this.#finishShutdown();
  }

  #finishShutdown(): void {
    const done = this.#onShutdown;
    if (done === undefined || this.#peers.all.length > 0) return;
    this.#onShutdown = undefined;
    this.local.environment.clock.setTimer(0, done);
  }

  /** Owns accepted connections until they have said who they are. */
  readonly #reception: ConnectionOwner = {
    onOpen: () => {},
    onMessage: (connection, bytes) => this.#onFirstMessage(connection, bytes),
    onClose: (connection) => this.#leaveReception(connection),
  };

  #expectCapabilities(connection: Connection): void {
    const { clock } = this.local.environment;
    const timer = clock.setTimer(this.local.timers.handshakeMs, () => {
      this.local.fault('diameter.noCapabilities', 'RFC 6733 5.3', { peer: connection.remote });
      this.#leaveReception(connection);
      connection.close();
    });
    this.#accepted.set(connection, timer);
  }

  #leaveReception(connection: Connection): void {
    this.#accepted.get(connection)?.cancel();
    this.#accepted.delete(connection);
  }

  // RFC 6733 5.3, 5.6: R-Conn-CER, or nothing that this connection may begin with.
  #onFirstMessage(connection: Connection, bytes: Buffer): void {
    this.#leaveReception(connection);
    const message = this.local.codec.decode(bytes);
    if (message instanceof DecodeError) {
      this.#refuse(connection, bytes, message);
    } else if (message.command.name !== 'Capabilities-Exchange' || !message.isRequest) {
      this.local.fault('diameter.notCapabilities', 'RFC 6733 5.6', { peer: connection.remote });
      connection.close();
    } else {
      this.#onCapabilitiesRequest(connection, message as Message<CapabilitiesRequest>);
    }
  }

  #onCapabilitiesRequest(connection: Connection, request: Message<CapabilitiesRequest>): void {
    const originHost = request.avps['Origin-Host'];
    const known = this.#peers.byHost(originHost);
    const isSelf = sameHost(originHost, this.local.identity.originHost);
    const isWanted = known !== undefined || (this.#peerHosts?.some((host) => sameHost(host, originHost)) ?? true);
    if (isSelf || !isWanted) {
      this.#refuse(connection, request.bytes, { resultCode: 3010, reason: `${originHost} is not a peer` });
      return;
    }
    const refusal = judgeCapabilities(this.local, request.avps);
    if (refusal !== undefined) {
      this.#refuse(connection, request.bytes, refusal);
      return;
    }
    const isGuest = known === undefined && this.#peerHosts === undefined;
    if (isGuest && !this.#guestRoom.take(connection.remoteAddress, 1)) {
      this.local.fault('diameter.tooManyConnections', 'RFC 6733 2.1', { peer: connection.remote, guestsMax });
      this.#refuse(connection, request.bytes, { resultCode: 5012, reason: 'no room for one more peer' });
      return;
    }
    const peer = known ?? new Peer(this.local, { name: originHost, originHost, route: undefined }, this.#peerEvents);
    if (known === undefined) this.#peers.add(peer);
    if (isGuest) this.#guests.set(peer, connection.remoteAddress);
    peer.onResponder(connection, request, originHost.toLowerCase());
  }

  #refuse(connection: Connection, request: Buffer, failure: Refusal): void {
    const { resultCode, reason } = failure;
    this.local.fault('diameter.connectionRefused', 'RFC 6733 5.3', { peer: connection.remote, resultCode, reason });
    const header = readHeader(request);
    const isCapabilitiesRequest = header.command === capabilitiesExchange.code && header.application === base.id;
    if ((header.flags & flag.request) === 0) {
      // Nothing answers an answer.
    } else if (isCapabilitiesRequest && resultCode >= 4000) {
      connection.write(encodeAnswer(capabilitiesExchange, header, refusedCapabilities(this.local, failure)));
    } else connection.write(this.local.errorAnswer(request, failure));
    connection.close();
  }
}
