import type {
  Endpoint,
  Packet,
  PacketFault,
  StreamConnection,
  StreamHandlers,
  Timer,
  TlsTrust,
} from '../environment/index.js';
import type { SeenMessage } from '../selection/index.js';
import { messageProtocol } from '../trace/message-kind.js';
import { readOrigin } from './answer/diameter-answer.js';
import { ArrivalFraming } from './arrival-framing.js';
import type { FaultyNode } from './faulty-node.js';
import { messageTitle } from './message-title.js';
import type { DiameterOrigin, Transit } from './transit.js';

/** What stacks allow a hand-shake: 1+2+4+8+16+32+64 s. */
const CONNECT_TIMEOUT_MS = 127_000;
/** Octets that may wait for a link that is cut; a stack holds no more either. */
const WAITING_OCTETS_MAX = 16 * 1024 * 1024;

/** What the node wrote and could not leave yet. */
interface Waiting {
  readonly bytes: Buffer;
  /** Of a message that faults have had already: what they did to it. */
  readonly fault: PacketFault | undefined;
}

/** What the peer did while the link was cut. */
type Arrival =
  | { readonly kind: 'open' }
  | { readonly kind: 'data'; readonly bytes: Buffer }
  /** A message that faults have had already. */
  | { readonly kind: 'message'; readonly transit: Transit; readonly bytes: Buffer; readonly fault: PacketFault }
  | { readonly kind: 'close'; readonly errorCode: string | undefined };

/** One side of a connection of a node, with the faults of its messages. One write is one message. */
export class NodeStream implements StreamConnection, StreamHandlers {
  #inner: StreamConnection | undefined;
  #user: StreamHandlers | undefined;
  /** Makes the user of an accepted connection when it hears of it. */
  #onAccept: ((stream: StreamConnection) => StreamHandlers) | undefined;
  #isOpen = false;
  /** The node itself has ended it: what follows is no news from the peer. */
  #isEnded = false;
  /** Why it was ended here, other than by the node. */
  #endCode: string | undefined;
  /** The connection below is closed, whether the node has heard of it or not. */
  #hasPeerEnded = false;
  /** Messages that wait for the connection to open or its link to be healed. */
  #waiting: Waiting[] = [];
  #waitingOctets = 0;
  #closesAfterWaiting = false;
  /** From the peer, while the link is cut. */
  #arrivals: Arrival[] = [];
  /** Of a connection that is asked for while its link is cut. */
  #connectTimer: Timer | undefined;
  #framing: ArrivalFraming | undefined;
  /** Answers made here that wait for the end of a message that is arriving. */
  #replies: Buffer[] = [];
  /** Who the peer is, as its first Diameter message says; null: it has spoken and does not say. */
  #origin: DiameterOrigin | null | undefined;

  constructor(
    private readonly node: FaultyNode,
    private readonly asked: Endpoint,
    readonly remote: Endpoint,
    private readonly trust?: TlsTrust,
  ) {}

  get local(): Endpoint {
    return this.#inner?.local ?? this.asked;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get origin(): DiameterOrigin | undefined {
    return this.#origin ?? undefined;
  }

  connect(user: StreamHandlers): void {
    this.#user = user;
    this.node.streams.add(this);
    if (!this.#isCut()) this.#inner = this.node.network.connectStream(this.asked, this.remote, this, this.trust);
    else
      this.#connectTimer = this.node.interception.clock.setTimer(CONNECT_TIMEOUT_MS, () => this.#finish('ETIMEDOUT'));
  }

  /** `onAccept` is called when the node hears of the connection. */
  accept(inner: StreamConnection, onAccept: (stream: StreamConnection) => StreamHandlers): void {
    this.#inner = inner;
    this.#onAccept = onAccept;
    this.node.streams.add(this);
  }

  // -- what the node does ------------------------------------------------------------------------------------------

  write(bytes: Buffer): void {
    if (!this.node.watchesSending && this.#waiting.length === 0) this.#inner?.write(bytes);
    else this.#watchWrite(bytes);
  }

  close(): void {
    if (this.#inner === undefined && this.#connectTimer === undefined) return;
    if (this.#waiting.length > 0 || this.#inner === undefined || this.#isCut()) {
      this.#closesAfterWaiting = true;
      return;
    }
    this.#isEnded = true;
    this.#inner.close();
  }

  destroy(): void {
    if (!this.node.streams.has(this) || this.#isEnded) return;
    this.#isEnded = true;
    this.#dropWaiting();
    // Where there is no connection any more, or none yet, nobody else tells of its end.
    if (this.#inner === undefined || this.#hasPeerEnded) {
      this.node.interception.clock.setTimer(0, () => this.#finish(undefined));
    } else this.#inner.destroy();
  }

  /** The node is gone. */
  end(): void {
    this.#user = undefined;
    this.#onAccept = undefined;
    this.node.streams.delete(this);
    this.#dropWaiting();
    this.#connectTimer?.cancel();
    this.#inner?.destroy();
    this.#inner = undefined;
  }

  // -- what the network tells --------------------------------------------------------------------------------------

  onOpen(): void {
    if (this.#arrivesLater({ kind: 'open' })) return;
    this.#isOpen = true;
    if (this.#onAccept !== undefined) {
      this.#user = this.#onAccept(this);
      this.#onAccept = undefined;
    }
    this.#sendWaiting();
    this.#user?.onOpen();
  }

  onData(bytes: Buffer): void {
    if (this.#origin === undefined) this.#origin = readOrigin(bytes) ?? null;
    if (!this.node.watchesArrivals && this.#framing === undefined) this.#user?.onData(bytes);
    else this.#watchData(bytes);
  }

  onClose(errorCode: string | undefined): void {
    this.#hasPeerEnded = true;
    if (!this.#isEnded && this.#arrivesLater({ kind: 'close', errorCode })) return;
    this.#finish(errorCode);
  }

  /** Links have been healed. */
  resume(): void {
    if (this.#isCut()) return;
    if (this.#connectTimer !== undefined) {
      this.#connectTimer.cancel();
      this.#connectTimer = undefined;
      if (this.#isEnded) return;
      this.#inner = this.node.network.connectStream(this.asked, this.remote, this, this.trust);
      return;
    }
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    for (const arrival of arrivals) this.#takeArrival(arrival);
    this.#sendWaiting();
  }

  // -- for faults --------------------------------------------------------------------------------------------------

  /** Past the faults. */
  writePlain(bytes: Buffer): void {
    if (!this.#isEnded) this.#inner?.write(bytes);
  }

  /** A message that faults have had: it leaves now, or waits like all others while the link is cut. */
  writePassed(bytes: Buffer, fault: PacketFault | undefined): void {
    if (fault === undefined) this.writePlain(bytes);
    else if (this.#isCut()) this.#wait(bytes, fault);
    else this.writePlain(this.node.interception.marks.mark(bytes, fault));
  }

  /** True: the link has been cut while the message waited for something else, and it passes when that is healed. */
  passesLater(transit: Transit, bytes: Buffer, fault: PacketFault | undefined): boolean {
    return fault !== undefined && this.#arrivesLater({ kind: 'message', transit, bytes, fault });
  }

  deliver(bytes: Buffer): void {
    if (this.node.streams.has(this)) this.#user?.onData(bytes);
  }

  /** A message as if from the peer, between two of its own. */
  deliverReply(bytes: Buffer): void {
    if (this.#framing === undefined || this.#framing.isBetweenMessages) this.deliver(bytes);
    else this.#replies.push(bytes);
  }

  #isCut(): boolean {
    const { cuts, nameOf } = this.node.interception;
    return !cuts.isEmpty && cuts.between(this.node.name, nameOf(this.remote));
  }

  #watchWrite(bytes: Buffer): void {
    if (this.#closesAfterWaiting) return;
    if (this.#isOpen && this.#waiting.length === 0 && !this.#isCut()) this.#send(bytes);
    else this.#wait(bytes, undefined);
  }

  #wait(bytes: Buffer, fault: PacketFault | undefined): void {
    if (this.#isEnded || !this.node.streams.has(this)) return;
    if (this.#isCut()) this.#noteWaiting(bytes);
    this.#waiting.push({ bytes, fault });
    this.#waitingOctets += bytes.length;
    if (this.#waitingOctets <= WAITING_OCTETS_MAX) return;
    this.#endCode = 'ENOBUFS';
    this.destroy();
  }

  /** No capture shows a message that has not left. */
  #noteWaiting(bytes: Buffer): void {
    const { name, interception } = this.node;
    const toNode = interception.nameOf(this.remote);
    const title = messageTitle({ protocol: messageProtocol(bytes, 'tcp'), fromNode: name, toNode, bytes });
    const why = `the way between ${name} and ${toNode} is cut`;
    this.node.note('fault.waiting', `fault: ${title} to ${toNode} waits: ${why}`);
  }

  #sendWaiting(): void {
    if (!this.#isOpen || this.#isCut()) return;
    const waiting = this.#waiting;
    this.#dropWaiting();
    for (const { bytes, fault } of waiting) {
      if (fault === undefined) this.#send(bytes);
      else this.writePassed(bytes, fault);
    }
    if (!this.#closesAfterWaiting) return;
    this.#closesAfterWaiting = false;
    this.close();
  }

  #send(bytes: Buffer): void {
    if (this.node.watchesSending) this.node.interception.take(new LeavingMessage(this, this.node, bytes));
    else this.writePlain(bytes);
  }

  #dropWaiting(): void {
    this.#waiting = [];
    this.#waitingOctets = 0;
  }

  /** True: the link is cut, and the node hears of it when that is healed. */
  #arrivesLater(arrival: Arrival): boolean {
    if (this.#arrivals.length === 0 && !this.#isCut()) return false;
    this.#arrivals.push(arrival);
    return true;
  }

  #takeArrival(arrival: Arrival): void {
    if (arrival.kind === 'open') this.onOpen();
    else if (arrival.kind === 'data') this.onData(arrival.bytes);
    else if (arrival.kind === 'message') arrival.transit.pass(arrival.bytes, arrival.fault);
    else this.onClose(arrival.errorCode);
  }

  #watchData(bytes: Buffer): void {
    const { interception, name } = this.node;
    if (this.#arrivals.length > 0 || this.#isCut()) {
      const packet = interception.marks.takeArrival(bytes);
      if (packet !== undefined) interception.marks.show(packet);
      this.#arrivals.push({ kind: 'data', bytes: Buffer.from(bytes) });
      return;
    }
    const fromNode = interception.nameOf(this.remote);
    const isOurs = this.node.isOurs(fromNode);
    const packet = isOurs ? undefined : interception.marks.takeArrival(bytes);
    // Of our own nodes' messages only the ends are of interest, and only where an answer may have to wait for one.
    const isFramed = !isOurs || interception.mayAnswer;
    if (isFramed && this.#framing === undefined && ArrivalFraming.canBegin(bytes)) this.#framing = new ArrivalFraming();
    const messages = this.#framing?.push(bytes);
    if (messages === undefined || isOurs) {
      if (packet !== undefined) interception.marks.show(packet);
      this.deliver(bytes);
    } else {
      for (const message of messages) {
        const protocol = messageProtocol(message, 'tcp');
        const seen: SeenMessage = { protocol, fromNode, toNode: name, bytes: message };
        interception.take(new ArrivingMessage(this, this.node, seen, packet));
      }
    }
    this.#betweenMessages();
  }

  #betweenMessages(): void {
    if (this.#framing === undefined || !this.#framing.isBetweenMessages) return;
    const replies = this.#replies;
    this.#replies = [];
    for (const reply of replies) this.deliver(reply);
    if (!this.node.watchesArrivals) this.#framing = undefined;
  }

  #finish(errorCode: string | undefined): void {
    if (!this.node.streams.delete(this)) return;
    const code = this.#endCode ?? errorCode;
    this.#isOpen = false;
    this.#isEnded = true;
    this.#dropWaiting();
    this.#connectTimer?.cancel();
    this.#user?.onClose(code);
  }
}

class LeavingMessage implements Transit {
  readonly seen: SeenMessage;

  constructor(
    private readonly stream: NodeStream,
    readonly node: FaultyNode,
    bytes: Buffer,
  ) {
    const toNode = node.interception.nameOf(stream.remote);
    this.seen = { protocol: messageProtocol(bytes, 'tcp'), fromNode: node.name, toNode, bytes };
  }

  get from(): Endpoint {
    return this.stream.local;
  }

  get to(): Endpoint {
    return this.stream.remote;
  }

  get receiver(): DiameterOrigin | undefined {
    return this.stream.origin;
  }

  pass(bytes: Buffer, fault: PacketFault | undefined): void {
    this.stream.writePassed(bytes, fault);
  }

  lose(bytes: Buffer, fault: PacketFault): void {
    this.#show(this.from, this.to, bytes, fault);
  }

  reply(bytes: Buffer, fault: PacketFault): void {
    if (!this.stream.isOpen) return;
    this.#show(this.to, this.from, bytes, fault);
    this.stream.deliverReply(bytes);
  }

  #show(from: Endpoint, to: Endpoint, bytes: Buffer, fault: PacketFault): void {
    const { clock, marks } = this.node.interception;
    marks.show({ time: clock.now(), protocol: 'tcp', from, to, kind: 'data', bytes, fault });
  }
}

/** From outside the lab: matched where it arrives. */
class ArrivingMessage implements Transit {
  readonly receiver = undefined;

  constructor(
    private readonly stream: NodeStream,
    readonly node: FaultyNode,
    readonly seen: SeenMessage,
    /** The last piece of it, as the tap will see it; undefined where it has seen it. */
    private readonly packet: Packet | undefined,
  ) {}

  get from(): Endpoint {
    return this.stream.remote;
  }

  get to(): Endpoint {
    return this.stream.local;
  }

  pass(bytes: Buffer, fault: PacketFault | undefined): void {
    if (this.stream.passesLater(this, bytes, fault)) return;
    this.#show(bytes, fault);
    this.stream.deliver(bytes);
  }

  lose(bytes: Buffer, fault: PacketFault): void {
    this.#show(bytes, fault);
  }

  reply(bytes: Buffer, fault: PacketFault): void {
    this.stream.writePlain(this.node.interception.marks.mark(bytes, fault));
  }

  #show(bytes: Buffer, fault: PacketFault | undefined): void {
    const { clock, marks } = this.node.interception;
    if (this.packet !== undefined) marks.show({ ...this.packet, time: clock.now(), bytes, fault });
  }
}
