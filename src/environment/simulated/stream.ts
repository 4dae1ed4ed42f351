import type { Endpoint, PacketFault, StreamConnection, StreamHandlers, Timer } from '../index.js';
import { isPort } from './address.js';
import { ScheduledEvent } from './event-queue.js';
import type { Fabric, Host } from './host.js';
import { type Link, LOST } from './link.js';
import { claimStreamPort } from './listener.js';

/** RFC 6298 2.1: before a round trip is known. Also for the hand-shake. */
const INITIAL_TIMEOUT_MS = 1000;
/** What stacks use as the least timeout on an open connection; a round trip is added. */
const TIMEOUT_MS_MIN = 200;
const TIMEOUT_MS_MAX = 120_000;
/** Stacks try about a quarter of an hour; RFC 1122 4.2.3.5 asks for 100 s at least. */
const TRIES_MAX = 15;
/** What stacks allow a hand-shake: 1+2+4+8+16+32+64 s. */
const CONNECT_TIMEOUT_MS = 127_000;
/** Octets that may wait for a link that does not pass them. */
const BACKLOG_OCTETS_MAX = 16 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

type SegmentKind = 'syn' | 'synAck' | 'ack' | 'data' | 'fin' | 'reset';
type State = 'accepting' | 'connecting' | 'open' | 'closing' | 'closed';

/** RFC 9293 3.10.7: in all other states a segment is answered with a reset. */
const EXPECTED_IN: Readonly<Record<Exclude<SegmentKind, 'reset'>, readonly State[]>> = {
  syn: [],
  synAck: ['connecting'],
  ack: ['accepting'],
  data: ['open', 'closing'],
  fin: ['open', 'closing'],
};

interface Waiting {
  readonly kind: SegmentKind;
  readonly bytes: Buffer;
  /** What the records in `bytes` show; undefined: they are no records. */
  readonly inside: Buffer | undefined;
  /** The capture has seen it. */
  isTapped: boolean;
}

/** Opens a connection; whatever is wrong is told by `onClose`, never synchronously. */
export function connectStream(
  fabric: Fabric,
  from: Endpoint,
  to: Endpoint,
  handlers: StreamHandlers,
): StreamConnection {
  const host = fabric.hostFor(from);
  if (typeof host === 'string') return failed(fabric, from, to, handlers, host, 0);
  const address = fabric.canonical(host, to.address);
  if (address === undefined || !isPort(to.port)) return failed(fabric, from, to, handlers, 'EINVAL', 0);
  const port = claimStreamPort(host, from.port);
  if (typeof port === 'string') return failed(fabric, from, to, handlers, port, 0);
  const link = fabric.linkTo(host, address);
  // Nobody has ever lived there: refused like a port without a listener.
  if (link === undefined) return failed(fabric, from, to, handlers, 'ECONNREFUSED', 2 * fabric.defaultDelayMs);
  host.takeConnectingPort(port);
  const local = Object.freeze({ address: host.address, port });
  const end = new StreamEnd(fabric, host, link, local, { address, port: to.port }, 'connecting');
  end.connect(handlers);
  return end;
}

function failed(
  fabric: Fabric,
  local: Endpoint,
  remote: Endpoint,
  handlers: StreamHandlers,
  code: string,
  delayMs: number,
): StreamConnection {
  let result: string | undefined = code;
  fabric.clock.setTimer(delayMs, () => handlers.onClose(result));
  const nothing = (): void => undefined;
  const destroy = (): void => {
    result = undefined;
  };
  return { local, remote, write: nothing, close: nothing, destroy };
}

/**
 * One side of a connection, after RFC 9293 as far as it shows: hand-shake, ordered octets, end in both directions at
 * once, reset. A segment that its link loses, and all after it, waits for a retransmission timeout that doubles. The capture
 * sees octets when the segment leaves that gets there; at the connection's end, as lost, those of which none did.
 */
export class StreamEnd implements StreamConnection {
  readonly #fabric: Fabric;
  readonly #host: Host;
  readonly #link: Link<Host>;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** The other side, known from the SYN on (to the connecting side: from the SYN-ACK on). */
  #peer: StreamEnd | undefined;
  #handlers: StreamHandlers | undefined;
  #state: State;
  readonly #connecting: boolean;
  /** The capture has seen the end of this connection. */
  #endTapped = false;
  #closeWhenOpen = false;
  /** And waits for our end. */
  #peerHasEnded = false;
  /** Written before the connection was there. */
  #unsent: Buffer[] = [];
  #handShake: { readonly timer: Timer; readonly since: number } | undefined;
  /** Segments that wait for a retransmission, the lost one first. */
  #backlog: Waiting[] = [];
  #backlogOctets = 0;
  #retryTimer: Timer | undefined;
  #timeoutMs = INITIAL_TIMEOUT_MS;
  #tries = 0;
  #lastArrival = 0;

  constructor(
    fabric: Fabric,
    host: Host,
    link: Link<Host>,
    local: Endpoint,
    remote: Endpoint,
    state: 'connecting' | 'accepting',
  ) {
    this.#fabric = fabric;
    this.#host = host;
    this.#link = link;
    this.local = local;
    this.remote = remote;
    this.#state = state;
    this.#connecting = state === 'connecting';
    host.addStreamEnd(this);
  }

  connect(handlers: StreamHandlers): void {
    this.#handlers = handlers;
    const { clock, queue } = this.#fabric;
    const timer = clock.setTimer(CONNECT_TIMEOUT_MS, () => this.#fail('ETIMEDOUT'));
    this.#handShake = { timer, since: queue.now };
    this.#transmit('syn', NOTHING);
  }

  /** @param inside of records of TLS what they carry, perhaps nothing */
  write(bytes: Buffer, inside?: Buffer): void {
    if (bytes.length === 0 || this.#closeWhenOpen) return;
    if (this.#state === 'connecting') this.#unsent.push(bytes);
    if (this.#state !== 'open') return;
    this.#transmit('data', bytes, inside);
  }

  close(): void {
    if (this.#state === 'connecting') this.#closeWhenOpen = true;
    if (this.#state !== 'open') return;
    if (this.#peerHasEnded) this.#answerFin();
    else {
      this.#state = 'closing';
      this.#transmit('fin', NOTHING);
    }
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    this.abandon();
    this.#fabric.clock.setTimer(0, () => this.#handlers?.onClose(undefined));
  }

  /** Ends this side at once and without a word to its handlers; the peer is reset. */
  abandon(): void {
    if (this.#state === 'closed') return;
    this.#leave();
    this.#forgetBacklog();
    this.#transmit('reset', NOTHING);
  }

  /** A segment from the peer, in order. */
  receive(kind: SegmentKind, bytes: Buffer): void {
    if (kind === 'reset') this.#receiveReset();
    else if (!EXPECTED_IN[kind].includes(this.#state)) this.#refuse();
    else if (kind === 'data') this.#handlers?.onData(bytes);
    else if (kind === 'fin') this.#receiveFin();
    else if (kind === 'synAck') this.#receiveSynAck();
    else this.#receiveAck();
  }

  #receiveSynAck(): void {
    const { queue, tap } = this.#fabric;
    // One that takes so long has lost a segment: what was written meanwhile would have left before.
    const isLate = queue.now - this.#handShake!.since >= INITIAL_TIMEOUT_MS;
    this.#endHandShake();
    this.#becomeOpen();
    tap?.({ time: queue.now, protocol: 'tcp', from: this.local, to: this.remote, kind: 'open', bytes: NOTHING });
    this.#transmit('ack', NOTHING);
    const closes = this.#closeWhenOpen;
    this.#closeWhenOpen = false;
    for (const bytes of this.#unsent) {
      if (this.#state === 'open') this.#transmit('data', bytes, undefined, isLate);
    }
    this.#unsent = [];
    if (closes) this.close();
    this.#handlers?.onOpen();
  }

  #endHandShake(): void {
    this.#handShake?.timer.cancel();
    this.#handShake = undefined;
  }

  /** The hand-shake's third segment: only now the accepting side knows of the connection. */
  #receiveAck(): void {
    const listener = this.#host.listeners.get(this.local.port);
    if (listener === undefined) {
      this.abandon();
      return;
    }
    this.#becomeOpen();
    const handlers = listener.handlers.onConnection(this);
    this.#handlers = handlers;
    handlers.onOpen();
  }

  #receiveFin(): void {
    if (this.#state === 'closing') {
      this.#tapEnd(this.#connecting ? this : this.#peer);
      this.#finish(undefined);
    } else if (this.#handlers?.onEnd === undefined) this.#answerFin();
    else {
      this.#peerHasEnded = true;
      this.#handlers.onEnd();
    }
  }

  /** The end is answered with the end, after what was written. */
  #answerFin(): void {
    this.#tapEnd(this.#peer);
    this.#transmit('fin', NOTHING);
    this.#finish(undefined);
  }

  #receiveReset(): void {
    if (this.#state === 'closed') return;
    this.#forgetBacklog();
    if (this.#state === 'open' || this.#state === 'closing') this.#tapEnd(this.#peer);
    this.#fail(this.#state === 'connecting' ? 'ECONNREFUSED' : 'ECONNRESET');
  }

  /** RFC 9293 3.10.7.1: a segment for a connection that does not exist any more is answered with a reset. */
  #refuse(): void {
    this.#transmit('reset', NOTHING);
  }

  #becomeOpen(): void {
    const { delayMs, jitterMs } = this.#link.settings;
    this.#timeoutMs = TIMEOUT_MS_MIN + 2 * (delayMs + jitterMs);
    this.#tries = 0;
    this.#state = 'open';
  }

  /** Gives up: nothing is sent any more. */
  #fail(code: string): void {
    this.#forgetBacklog();
    this.#finish(code);
  }

  #finish(code: string | undefined): void {
    this.#leave();
    this.#handlers?.onClose(code);
  }

  #leave(): void {
    this.#state = 'closed';
    this.#endHandShake();
    this.#unsent = [];
    this.#host.removeStreamEnd(this);
    if (this.#connecting) this.#host.freeConnectingPort(this.local.port);
  }

  /** The capture sees the end once, when the second side learns of it: nothing can follow it. */
  #tapEnd(ending: StreamEnd | undefined): void {
    const first = this.#connecting ? this : this.#peer;
    if (ending === undefined || first === undefined || first.#endTapped) return;
    first.#endTapped = true;
    this.#tapBacklog(undefined);
    if (this.#peer !== undefined) this.#peer.#tapBacklog(undefined);
    const { queue, tap } = this.#fabric;
    tap?.({ time: queue.now, protocol: 'tcp', from: ending.local, to: ending.remote, kind: 'close', bytes: NOTHING });
  }

  #transmit(kind: SegmentKind, bytes: Buffer, inside?: Buffer, isLate = false): void {
    // A reset is sent once and does not wait.
    if (this.#backlog.length === 0 || kind === 'reset') {
      if (this.#launch(kind, bytes)) {
        if (kind === 'data') this.#tapData(bytes, inside, undefined, isLate);
        return;
      }
      if (kind === 'reset') return;
      this.#armRetry();
    }
    this.#backlog.push({ kind, bytes, inside, isTapped: kind !== 'data' });
    this.#backlogOctets += bytes.length;
    if (this.#backlogOctets <= BACKLOG_OCTETS_MAX) return;
    this.abandon();
    this.#fabric.clock.setTimer(0, () => this.#handlers?.onClose('ENOBUFS'));
  }

  /** False when the link loses the segment. */
  #launch(kind: SegmentKind, bytes: Buffer): boolean {
    const arrival = this.#link.arrivalOfSegment(bytes.length);
    if (arrival === LOST) return false;
    if (arrival > this.#lastArrival) this.#lastArrival = arrival;
    const segment =
      kind === 'syn' ? new SynArrival(this, this.#link.destination) : new SegmentArrival(this, kind, bytes);
    this.#fabric.queue.schedule(this.#lastArrival, segment);
    return true;
  }

  #armRetry(): void {
    this.#retryTimer = this.#fabric.clock.setTimer(this.#timeoutMs, () => this.#retry());
    this.#timeoutMs = Math.min(this.#timeoutMs * 2, TIMEOUT_MS_MAX);
  }

  #retry(): void {
    if (++this.#tries > TRIES_MAX) {
      if (this.#state === 'closed') this.#forgetBacklog();
      else this.#fail('ETIMEDOUT');
      return;
    }
    const waiting = this.#backlog;
    for (let index = 0; index < waiting.length; index++) {
      const { kind, bytes, inside, isTapped } = waiting[index]!;
      if (!this.#launch(kind, bytes)) {
        this.#backlog = waiting.slice(index);
        this.#armRetry();
        return;
      }
      waiting[index]!.isTapped = true;
      if (!isTapped) this.#tapData(bytes, inside, undefined, true);
      this.#backlogOctets -= bytes.length;
      if (index === 0) this.#restartTimeout();
    }
    this.#backlog = [];
  }

  /** RFC 6298 5.7: new data acknowledged, so the next loss starts from the plain timeout. */
  #restartTimeout(): void {
    const { delayMs, jitterMs } = this.#link.settings;
    this.#timeoutMs = TIMEOUT_MS_MIN + 2 * (delayMs + jitterMs);
    this.#tries = 0;
  }

  /** @param isLate it was written before now */
  #tapData(bytes: Buffer, inside: Buffer | undefined, fault: PacketFault | undefined, isLate = false): void {
    const { queue, tap } = this.#fabric;
    const ends = { protocol: 'tcp', from: this.local, to: this.remote } as const;
    tap?.({
      time: queue.now,
      ...ends,
      kind: 'data',
      bytes: inside ?? bytes,
      ...(inside && { carrier: { from: this.local, to: this.remote, bytes } }),
      ...(fault && { fault }),
      ...(isLate && { late: true as const }),
    });
  }

  /** @param fault undefined: it may still get there */
  #tapBacklog(fault: PacketFault | undefined): void {
    for (const waiting of this.#backlog) {
      if (waiting.isTapped) continue;
      waiting.isTapped = true;
      this.#tapData(waiting.bytes, waiting.inside, fault);
    }
  }

  #forgetBacklog(): void {
    this.#retryTimer?.cancel();
    this.#tapBacklog(this.#link.loss);
    this.#backlog = [];
    this.#backlogOctets = 0;
  }

  /** The SYN has arrived at `host`: a listener there answers it, or nobody does and the connection is refused. */
  accept(host: Host): void {
    if (this.#state === 'closed') return;
    const back = this.#fabric.linkTo(host, this.local.address)!;
    const end = new StreamEnd(this.#fabric, host, back, this.remote, this.local, 'accepting');
    end.#peer = this;
    if (host.listeners.has(this.remote.port)) {
      this.#peer = end;
      end.#transmit('synAck', NOTHING);
    } else {
      end.abandon();
    }
  }

  /** For segments in flight: hands `kind` to the other side. */
  deliver(kind: SegmentKind, bytes: Buffer): void {
    this.#peer?.receive(kind, bytes);
  }
}

class SynArrival extends ScheduledEvent {
  constructor(
    private readonly sender: StreamEnd,
    private readonly host: Host,
  ) {
    super();
  }

  fire(): void {
    this.sender.accept(this.host);
  }
}

class SegmentArrival extends ScheduledEvent {
  constructor(
    private readonly sender: StreamEnd,
    private readonly kind: SegmentKind,
    private readonly bytes: Buffer,
  ) {
    super();
  }

  fire(): void {
    this.sender.deliver(this.kind, this.bytes);
  }
}
