/** One connection of `imslab diameter`: octets in and out, requests under way, and the messages that no file writes. */
import type { Endpoint, Environment, StreamConnection, StreamHandlers } from '../../environment/index.js';
import type { EffectsOf, Instance, MachineHost } from '../../machine/index.js';
import { flag, type Header, headerLength, readHeader } from '../codec/decode.js';
import { StreamFramer } from '../codec/stream-framer.js';
import { relayApplicationId } from '../dictionaries/base.dictionary.js';
import { messageOctets, readAvps, type ScriptAvp } from './avp.js';
import { scriptedPeer } from './scripted-peer.machine.js';
import { numberAvp, textAvp } from './standard-avps.js';

/** Whoever connects to a tester may send anything; this much of it is held. */
const messageLengthMax = 1 << 22;

const capabilitiesExchange = 257;
const deviceWatchdog = 280;
const disconnectPeer = 282;
const base = 0;
const success = 2001;
const rebooting = 0;
/** In which the end of the connection is what is waited for. */
const endingStates = new Set(['awaitingDisconnectAnswer', 'awaitingClose', 'closed']);

export interface ScriptedPeerOptions {
  readonly environment: Environment;
  readonly host: MachineHost;
  /** Unique while it lives. */
  readonly name: string;
  /** Of our CER or CEA, without Result-Code. */
  readonly capabilities: readonly ScriptAvp[];
  readonly identity: { readonly host: string; readonly realm: string };
  /** Of a CEA; 2001 where absent. */
  readonly capabilitiesResult?: number | undefined;
  readonly handshakeMs: number;
  readonly disconnectMs: number;
  readonly handlers: ScriptedPeerHandlers;
}

export interface ScriptedPeerHandlers {
  /** Capabilities are exchanged. */
  onOpen(peer: ScriptedPeer): void;
  /** A request that is not of the connection's own. */
  onRequest(peer: ScriptedPeer, bytes: Buffer): void;
  /** The last call, with why it ended where it was not meant to. */
  onClosed(peer: ScriptedPeer, reason: string | undefined): void;
}

export interface SentRequest {
  /** The message with any Hop-by-Hop id: it gets its own. */
  readonly bytes: Buffer;
  /** Undefined: the connection ended before an answer came. */
  readonly onAnswer: (answer: Buffer | undefined) => void;
}

export class ScriptedPeer implements StreamHandlers {
  /** Origin-Host and Origin-Realm of the other side, as soon as it has said them. */
  host = '';
  realm = '';
  /** Result-Code of the CEA that came. */
  capabilitiesResult: number | undefined;
  readonly #framer = new StreamFramer(messageLengthMax);
  readonly #pending = new Map<number, SentRequest['onAnswer']>();
  readonly #machine: Instance<typeof scriptedPeer>;
  #stream: StreamConnection | undefined;
  #hopByHop: number;
  #endToEnd: number;
  #reason: string | undefined;
  #isOver = false;
  #isBrokenOff = false;

  private constructor(
    readonly options: ScriptedPeerOptions,
    isInitiator: boolean,
  ) {
    const { environment, host, name, handshakeMs, disconnectMs } = options;
    const { random, clock } = environment;
    this.#hopByHop = random.uint32();
    // RFC 6733 3
    this.#endToEnd = (((Math.floor(clock.now() / 1000) & 0xfff) << 20) | (random.uint32() & 0xfffff)) >>> 0;
    this.#machine = host.create(scriptedPeer, {
      id: `scriptedPeer:${name}`,
      input: { isInitiator, handshakeMs, disconnectMs },
      owner: this as ScriptedPeer,
      effects: peerEffects,
      onDone: (peer) => peer.#over(),
    });
  }

  static connect(options: ScriptedPeerOptions, from: Endpoint, to: Endpoint): ScriptedPeer {
    const peer = new ScriptedPeer(options, true);
    peer.#stream = options.environment.network.connectStream(from, to, peer);
    return peer;
  }

  static accept(options: ScriptedPeerOptions, stream: StreamConnection): ScriptedPeer {
    const peer = new ScriptedPeer(options, false);
    peer.#stream = stream;
    return peer;
  }

  get isOpen(): boolean {
    return this.#machine.state === 'open';
  }

  get remote(): Endpoint {
    return this.#stream!.remote;
  }

  get local(): Endpoint {
    return this.#stream!.local;
  }

  nextEndToEnd(): number {
    this.#endToEnd = (this.#endToEnd + 1) >>> 0;
    return this.#endToEnd;
  }

  send({ bytes, onAnswer }: SentRequest): void {
    if (!this.isOpen) {
      this.options.environment.clock.setTimer(0, () => onAnswer(undefined));
      return;
    }
    const hopByHop = this.#nextHopByHop();
    bytes.writeUInt32BE(hopByHop, 12);
    this.#pending.set(hopByHop, onAnswer);
    this.write(bytes);
  }

  /** An answer, or anything else, as it is. */
  write(bytes: Buffer): void {
    this.#stream?.write(bytes);
  }

  /** Nobody waits for this answer any more; if it comes all the same, it is not noticed. */
  forget(onAnswer: SentRequest['onAnswer']): void {
    for (const [hopByHop, waiting] of this.#pending) if (waiting === onAnswer) this.#pending.delete(hopByHop);
  }

  /** Ends in order, with DPR where the connection is open. */
  finish(): void {
    this.#machine.send({ type: 'script.finished' });
  }

  /** Ends at once, as a peer that crashes. */
  breakOff(): void {
    this.#isBrokenOff = true;
    this.#stream?.destroy();
  }

  onOpen(): void {
    this.#machine.send({ type: 'connection.opened' });
  }

  onData(bytes: Buffer): void {
    const fault = this.#framer.push(bytes, this.#receive);
    if (fault === undefined) return;
    this.#reason = `the other side sent what is no Diameter: ${fault.reason}`;
    this.#stream?.destroy();
  }

  onClose(errorCode: string | undefined): void {
    if (!this.#isBrokenOff && !endingStates.has(this.#machine.state)) {
      this.#reason ??=
        errorCode === undefined ? 'the other side closed the connection' : `the connection broke (${errorCode})`;
    }
    this.#machine.send({ type: 'connection.closed' });
  }

  readonly #receive = (bytes: Buffer): void => {
    const header = readHeader(bytes);
    const isRequest = (header.flags & flag.request) !== 0;
    const isOwn = header.application === base || header.application === relayApplicationId;
    if (!isRequest && this.#answered(header, bytes)) return;
    if (isOwn && header.command === capabilitiesExchange) this.#onCapabilities(header, bytes, isRequest);
    else if (isOwn && header.command === deviceWatchdog && isRequest) {
      this.#machine.send({ type: 'peer.watchdogRequest', request: header });
    } else if (isOwn && header.command === disconnectPeer) {
      this.#machine.send(
        isRequest ? { type: 'peer.disconnectRequest', request: header } : { type: 'peer.disconnectAnswer' },
      );
    } else if (
      this.#machine.state === 'awaitingCapabilitiesAnswer' ||
      this.#machine.state === 'awaitingCapabilitiesRequest'
    ) {
      this.#refuse('another message came before the capabilities were exchanged');
    } else if (isRequest) this.options.handlers.onRequest(this, bytes);
  };

  #answered({ hopByHop }: Header, bytes: Buffer): boolean {
    const onAnswer = this.#pending.get(hopByHop);
    if (onAnswer === undefined) return false;
    this.#pending.delete(hopByHop);
    onAnswer(bytes);
    return true;
  }

  #onCapabilities(header: Header, bytes: Buffer, isRequest: boolean): void {
    const avps = readAvps(bytes, headerLength) ?? [];
    const data = (code: number) => avps.find((avp) => avp.code === code && avp.vendor === 0)?.data;
    this.host = data(264)?.toString() ?? '';
    this.realm = data(296)?.toString() ?? '';
    if (isRequest) {
      const isWanted = (this.options.capabilitiesResult ?? success) === success;
      this.#machine.send({ type: isWanted ? 'peer.capabilitiesRequest' : 'peer.unwantedRequest', request: header });
      return;
    }
    const result = data(268);
    this.capabilitiesResult = result?.length === 4 ? result.readUInt32BE() : 0;
    if (this.capabilitiesResult === success) {
      this.#machine.send({ type: 'peer.capabilitiesAnswer' });
      return;
    }
    const message = data(281)?.toString();
    this.#refuse(`CEA with ${this.capabilitiesResult}${message === undefined ? '' : `: ${message}`}`);
  }

  #refuse(reason: string): void {
    this.#reason = reason;
    this.#machine.send({ type: 'peer.refused' });
    if (this.#machine.state === 'awaitingCapabilitiesRequest') this.#stream?.destroy();
  }

  #nextHopByHop(): number {
    this.#hopByHop = (this.#hopByHop + 1) >>> 0;
    return this.#hopByHop;
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const onAnswer of waiting) onAnswer(undefined);
    this.options.handlers.onClosed(this, this.#reason);
  }

  /** Base protocol, with our Origin AVPs. */
  base(command: number, request: Header | undefined, avps: readonly ScriptAvp[]): void {
    const { host, realm } = this.options.identity;
    const ids = request ?? { hopByHop: this.#nextHopByHop(), endToEnd: this.nextEndToEnd() };
    const flags = request === undefined ? flag.request : 0;
    const origin =
      command === capabilitiesExchange ? [] : [textAvp('Origin-Host', host), textAvp('Origin-Realm', realm)];
    const result = request === undefined ? [] : avps.slice(0, 1);
    const rest = request === undefined ? avps : avps.slice(1);
    this.write(messageOctets({ command, application: base, flags, ...idsOf(ids) }, [...result, ...origin, ...rest]));
  }

  announceTimeout(): void {
    this.#reason = 'no capabilities came in time';
  }

  closeConnection(): void {
    this.#stream?.close();
  }
}

function idsOf({ hopByHop, endToEnd }: { hopByHop: number; endToEnd: number }) {
  return { hopByHop, endToEnd };
}

const peerEffects: EffectsOf<typeof scriptedPeer, ScriptedPeer> = {
  sendCapabilitiesRequest: (_, peer) => peer.base(capabilitiesExchange, undefined, peer.options.capabilities),
  sendCapabilitiesAnswer: ({ request }, peer) => {
    const result = numberAvp('Result-Code', peer.options.capabilitiesResult ?? success);
    peer.base(capabilitiesExchange, request as Header, [result, ...peer.options.capabilities]);
  },
  sendWatchdogAnswer: ({ request }, peer) =>
    peer.base(deviceWatchdog, request as Header, [numberAvp('Result-Code', success)]),
  sendDisconnectRequest: (_, peer) => peer.base(disconnectPeer, undefined, [numberAvp('Disconnect-Cause', rebooting)]),
  sendDisconnectAnswer: ({ request }, peer) =>
    peer.base(disconnectPeer, request as Header, [numberAvp('Result-Code', success)]),
  announceOpen: (_, peer) => peer.options.handlers.onOpen(peer),
  announceTimeout: (_, peer) => peer.announceTimeout(),
  closeConnection: (_, peer) => peer.closeConnection(),
};
