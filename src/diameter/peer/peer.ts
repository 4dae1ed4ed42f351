/** One peer: its connections, its two machines, and what is received in which of their states. */
import type { Endpoint } from '../../environment/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Command } from '../codec/compiled-application.js';
import { DecodeError, flag, type Message } from '../codec/decode.js';
import { encodeAnswer, encodeRequest } from '../codec/encode.js';
import {
  type CapabilitiesAnswer,
  capabilitiesExchange,
  isOffered,
  offeredApplications,
  ownCapabilities,
} from './capabilities.js';
import { Connection, type ConnectionOwner } from './connection.js';
import { base, type LocalNode, sameHost } from './local-node.js';
import { peerMachine } from './peer.machine.js';
import { Watchdog, type Watched } from './watchdog.js';

const success = 2001;

type DisconnectCause = (typeof disconnectPeer)['types']['sentRequest']['Disconnect-Cause'];
type WatchdogAvps = (typeof deviceWatchdog)['types']['request'];
const { 'Device-Watchdog': deviceWatchdog, 'Disconnect-Peer': disconnectPeer } = base.commands;

const connectingStates: ReadonlySet<string> = new Set([
  'awaitingConnection',
  'awaitingCapabilities',
  'awaitingConnectionToElect',
  'awaitingReturns',
]);

/** `suspect`: connected, but its watchdog answer is overdue. */
export type PeerState = 'open' | 'suspect' | 'closed';

/** What a peer needs of the endpoint that it belongs to. */
export interface PeerEvents {
  onRequest(connection: Connection, bytes: Buffer): void;
  onAnswer(connection: Connection, bytes: Buffer): void;
  onFailOver(connection: Connection, isGone: boolean): void;
  onStateChange(peer: Peer, state: PeerState): void;
  /** It has said its Origin-State-Id. */
  onOriginState(originHost: string, originStateId: number | undefined): void;
  /** What was to become a connection has not. */
  onUnreachable(peer: Peer): void;
  /** It will not come back. */
  onStopped(peer: Peer): void;
}

export interface PeerOptions {
  readonly name: string;
  /** Origin-Host; empty where it is learned from CEA. */
  readonly originHost: string;
  /** Configured peers have an address to connect to. */
  readonly route: { readonly from: Endpoint; readonly to: Endpoint } | undefined;
}

export class Peer implements ConnectionOwner, Watched {
  readonly name: string;
  originHost: string;
  originRealm = '';
  /** Offered by the peer, as of its last capabilities exchange. */
  applications: ReadonlySet<number> = new Set();
  /** The connection in service. */
  connection: Connection | undefined;
  initiator: Connection | undefined;
  responder: Connection | undefined;
  /** The CER that waits on the responder connection for its CEA. */
  responderRequest: Message | undefined;
  /** When its last connection went out of service, ms; undefined before the first one did. */
  lostAt: number | undefined;
  readonly #machine: Instance<typeof peerMachine>;
  readonly #watchdog: Watchdog;
  #available = false;

  constructor(
    readonly local: LocalNode,
    readonly options: PeerOptions,
    readonly events: PeerEvents,
  ) {
    this.name = options.name;
    this.originHost = options.originHost;
    const { machines, identity, timers } = local;
    this.#watchdog = new Watchdog(local, this);
    this.#machine = machines.create(peerMachine, {
      id: `diameterPeer:${this.name}`,
      input: {
        localHost: identity.originHost.toLowerCase(),
        remoteHost: options.originHost.toLowerCase(),
        permanent: options.route !== undefined,
        timers,
      },
      owner: this as Peer,
      effects: peerEffects,
      onDone: (peer) => peer.#stopped(),
    });
  }

  /** Requests may be sent to it. */
  get isAvailable(): boolean {
    return this.#available;
  }

  /** A connection is being made. */
  get isConnecting(): boolean {
    return connectingStates.has(this.#machine.state);
  }

  get watchdogState(): string {
    return this.#watchdog.state;
  }

  start(): void {
    this.#machine.send({ type: 'node.start' });
  }

  stop(): void {
    this.#machine.send({ type: 'node.stop' });
  }

  /** @param cause Disconnect-Cause (RFC 6733 5.4.3) */
  disconnect(cause: number): void {
    this.#machine.send({ type: 'node.disconnect', cause });
  }

  /** A connection that came in and has sent a CER that suits. */
  onResponder(connection: Connection, request: Message, originHost: string): void {
    this.#machine.send({ type: 'responder.capabilitiesRequest', connection, request, originHost });
  }

  onOpen(connection: Connection): void {
    if (connection === this.initiator) this.#machine.send({ type: 'initiator.opened' });
  }

  onClose(connection: Connection): void {
    if (connection === this.responder) this.#machine.send({ type: 'responder.closed' });
    else if (connection === this.initiator) {
      const wasOpen =
        this.#machine.state !== 'awaitingConnection' && this.#machine.state !== 'awaitingConnectionToElect';
      this.#machine.send({ type: wasOpen ? 'initiator.closed' : 'initiator.failed' });
    }
  }

  onMessage(connection: Connection, bytes: Buffer): void {
    const isRequest = (bytes[4]! & flag.request) !== 0;
    const isOwnProtocol = bytes.readUInt32BE(8) === base.id;
    if (connection !== this.connection) {
      if (connection === this.initiator) this.#onCapabilitiesAnswer(bytes);
      else this.local.fault('diameter.messageBeforeOpen', 'RFC 6733 5.6', { peer: this.name });
      return;
    }
    if (isOwnProtocol) this.#onBaseMessage(connection, bytes, isRequest);
    else if (!isRequest) this.events.onAnswer(connection, bytes);
    else if (this.#available) this.events.onRequest(connection, bytes);
    else this.local.fault('diameter.requestWhileClosing', 'RFC 6733 5.4', { peer: this.name });
    if (!isOwnProtocol) this.#watchdog.heard();
  }

  // RFC 6733 5.3.2
  #onCapabilitiesAnswer(bytes: Buffer): void {
    const message = this.local.codec.decode(bytes);
    const reason = this.#judgeCapabilitiesAnswer(message);
    if (reason !== undefined) {
      this.local.fault('diameter.peerRefused', 'RFC 6733 5.3', { peer: this.name, reason });
      this.#machine.send({ type: 'initiator.refused' });
      return;
    }
    this.learn((message as Message<CapabilitiesAnswer>).avps);
    this.#machine.send({ type: 'initiator.capabilitiesAnswer' });
  }

  #judgeCapabilitiesAnswer(message: Message | DecodeError): string | undefined {
    if (message instanceof DecodeError) return message.reason;
    if (message.command !== (capabilitiesExchange as unknown as Command)) return `${message.command.name} before CEA`;
    if (message.isRequest) return 'CER instead of CEA';
    const avps = message.avps as CapabilitiesAnswer;
    if (message.generic || avps['Result-Code'] !== success) return `result code ${avps['Result-Code']}`;
    const { originHost } = this.options;
    if (originHost !== '' && !sameHost(originHost, avps['Origin-Host'])) return `it is ${avps['Origin-Host']}`;
    const offered = offeredApplications(avps);
    const isCommon = this.local.applications.some(({ id }) => isOffered(offered, id));
    return isCommon ? undefined : 'no common application';
  }

  /** Takes over what CER or CEA says. */
  learn(
    avps: Pick<CapabilitiesAnswer, 'Origin-Host' | 'Origin-Realm' | 'Origin-State-Id'> &
      Parameters<typeof offeredApplications>[0],
  ): void {
    this.originHost = avps['Origin-Host'];
    this.originRealm = avps['Origin-Realm'];
    this.applications = offeredApplications(avps);
    this.events.onOriginState(avps['Origin-Host'], avps['Origin-State-Id']);
    if (avps['Host-IP-Address'].length === 0) {
      this.local.fault('diameter.noHostAddress', 'RFC 6733 5.3.5', { peer: this.name });
    }
  }

  #onBaseMessage(connection: Connection, bytes: Buffer, isRequest: boolean): void {
    const message = this.local.codec.decode(bytes);
    if (message instanceof DecodeError) {
      const { resultCode, reason } = message;
      this.local.fault('diameter.malformedMessage', 'RFC 6733 7.1', { peer: this.name, resultCode, reason });
      if (isRequest) connection.write(this.local.errorAnswer(bytes, message));
      this.#watchdog.heard();
      return;
    }
    const code = message.command.code;
    if (code === deviceWatchdog.code) this.#noteOriginState(message.avps as WatchdogAvps);
    if (!isRequest && code === deviceWatchdog.code && this.#watchdog.answered(message.hopByHop)) return;
    if (isRequest && code === deviceWatchdog.code) this.#answerWatchdog(connection, message);
    else if (isRequest && code === disconnectPeer.code) {
      const cause = (message.avps as { 'Disconnect-Cause': number })['Disconnect-Cause'];
      this.#machine.send({ type: 'peer.disconnectRequest', cause, request: message });
    } else if (!isRequest && code === disconnectPeer.code) this.#machine.send({ type: 'peer.disconnectAnswer' });
    else if (isRequest) connection.write(this.local.errorAnswer(bytes, { resultCode: 5012 }));
    else this.local.fault('diameter.answerWithoutRequest', 'RFC 6733 6.2.1', { peer: this.name });
    this.#watchdog.heard();
  }

  // RFC 6733 5.5, 8.16: DWR and DWA carry it too.
  #noteOriginState(avps: WatchdogAvps): void {
    this.events.onOriginState(avps['Origin-Host'], avps['Origin-State-Id']);
  }

  // RFC 6733 5.5.2
  #answerWatchdog(connection: Connection, request: Message): void {
    const answer = {
      'Result-Code': success,
      ...this.#origin(),
      'Origin-State-Id': this.local.identifiers.originStateId,
    };
    connection.write(encodeAnswer(deviceWatchdog, request, answer));
  }

  #origin() {
    const { originHost, originRealm } = this.local.identity;
    return { 'Origin-Host': originHost, 'Origin-Realm': originRealm };
  }

  #ids(connection: Connection) {
    return { hopByHop: connection.pending.nextOwn(), endToEnd: this.local.identifiers.nextEndToEnd() };
  }

  connect(): void {
    const { from, to } = this.options.route!;
    this.initiator = Connection.connect(this.local, from, to, this);
  }

  sendCapabilitiesRequest(): void {
    const connection = this.initiator!;
    connection.write(encodeRequest(capabilitiesExchange, this.#ids(connection), ownCapabilities(this.local)));
  }

  acceptResponder(connection: Connection, request: Message): void {
    this.responder = connection;
    this.responderRequest = request;
    connection.handTo(this);
  }

  sendCapabilitiesAnswer(): void {
    const request = this.responderRequest as Message<CapabilitiesAnswer>;
    this.learn(request.avps);
    const answer = { 'Result-Code': success, ...ownCapabilities(this.local) };
    this.responder!.write(encodeAnswer(capabilitiesExchange, request, answer));
  }

  closeInitiator(): void {
    this.initiator?.close();
    this.initiator = undefined;
  }

  closeResponder(): void {
    this.responder?.close();
    this.responder = undefined;
    this.responderRequest = undefined;
  }

  /** Both, and with the one in service go its pending requests. */
  closeConnections(): void {
    const { connection } = this;
    this.connection = undefined;
    this.closeInitiator();
    this.closeResponder();
    if (connection !== undefined) this.events.onFailOver(connection, true);
    else this.events.onUnreachable(this);
  }

  serve(connection: Connection): void {
    this.connection = connection;
    connection.allowLongMessages();
    this.#available = true;
    this.#watchdog.connectionUp();
    this.events.onStateChange(this, 'open');
  }

  leaveService(): void {
    this.#available = false;
    this.lostAt = this.local.environment.clock.now();
    this.#watchdog.connectionDown();
    this.events.onStateChange(this, 'closed');
  }

  // RFC 6733 5.4.1
  sendDisconnectRequest(cause: number): void {
    const connection = this.connection!;
    const avps = { ...this.#origin(), 'Disconnect-Cause': cause as DisconnectCause };
    connection.write(encodeRequest(disconnectPeer, this.#ids(connection), avps));
  }

  sendDisconnectAnswer(request: Message): void {
    this.connection?.write(encodeAnswer(disconnectPeer, request, { 'Result-Code': success, ...this.#origin() }));
  }

  // RFC 6733 5.5.1
  sendWatchdog(): number {
    const connection = this.connection!;
    const ids = this.#ids(connection);
    const avps = { ...this.#origin(), 'Origin-State-Id': this.local.identifiers.originStateId };
    connection.write(encodeRequest(deviceWatchdog, ids, avps));
    return ids.hopByHop;
  }

  failOver(): void {
    if (this.connection === undefined || !this.#available) return;
    this.events.onFailOver(this.connection, false);
    this.events.onStateChange(this, 'suspect');
  }

  failBack(): void {
    this.events.onStateChange(this, 'open');
  }

  closeForWatchdog(): void {
    this.#machine.send({ type: 'watchdog.down' });
  }

  #stopped(): void {
    this.#watchdog.stop();
    this.events.onStopped(this);
  }
}

const peerEffects: EffectsOf<typeof peerMachine, Peer> = {
  connect: (_, peer) => peer.connect(),
  sendCapabilitiesRequest: (_, peer) => peer.sendCapabilitiesRequest(),
  acceptResponder: ({ connection, request }, peer) =>
    peer.acceptResponder(connection as Connection, request as Message),
  rejectResponder: ({ connection }, peer) => {
    peer.local.fault('diameter.secondConnection', 'RFC 6733 5.6', { peer: peer.name });
    (connection as Connection).close();
  },
  sendCapabilitiesAnswer: (_, peer) => peer.sendCapabilitiesAnswer(),
  closeInitiator: (_, peer) => peer.closeInitiator(),
  closeResponder: (_, peer) => peer.closeResponder(),
  closeConnections: (_, peer) => peer.closeConnections(),
  serveInitiator: (_, peer) => peer.serve(peer.initiator!),
  serveResponder: (_, peer) => peer.serve(peer.responder!),
  leaveService: (_, peer) => peer.leaveService(),
  sendDisconnectRequest: ({ cause }, peer) => peer.sendDisconnectRequest(cause),
  sendDisconnectAnswer: ({ request }, peer) => peer.sendDisconnectAnswer(request as Message),
};
