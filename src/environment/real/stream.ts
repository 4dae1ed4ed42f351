import { connect, type Socket } from 'node:net';
import type { Endpoint, StreamConnection, StreamHandlers, Timer } from '../index.js';
import { familyOf, isPort, normalAddress } from './address.js';
import type { Waiting } from './backlog.js';
import { endpointKey, type Wiring } from './wiring.js';

/** Octets that may wait on one stream because the peer does not read. */
const BACKLOG_OCTETS_MAX = 16 * 1024 * 1024;
/**
 * Of what one stream has brought, this much is handed over in a turn of the loop; then it is the others' turn. The library
 * alone would read 2 MiB of who sends without a pause before it looks at the next stream.
 */
const PORTION_OCTETS = 16 * 1024;
/** How long the peer may take to end its side after we have ended ours. */
const CLOSE_TIMEOUT_MS = 10_000;

const NOTHING = Buffer.alloc(0);

/** Opens a connection; whatever is wrong is told by `onClose`, never synchronously. */
export function connectStream(
  wiring: Wiring,
  from: Endpoint,
  to: Endpoint,
  handlers: StreamHandlers,
): StreamConnection {
  const local = { address: normalAddress(from.address) ?? from.address, port: from.port };
  const remote = { address: normalAddress(to.address) ?? to.address, port: to.port };
  const problem = connectProblem(local, remote);
  if (problem !== undefined) return failed(wiring, local, remote, handlers, problem);
  const socket = connect({
    host: remote.address,
    port: remote.port,
    localAddress: local.address,
    localPort: local.port,
    noDelay: true,
    // The library would end our side before what waits for the end of the turn is sent.
    allowHalfOpen: true,
  });
  const connection = new RealStreamConnection(wiring, socket, local, remote, true);
  connection.handlers = handlers;
  return connection;
}

/** What the library would throw, as an errno name. */
function connectProblem(from: Endpoint, to: Endpoint): string | undefined {
  const family = familyOf(from.address);
  // As name resolution says of what is no address.
  if (family === 0) return 'ENOTFOUND';
  if (familyOf(to.address) !== family) return 'EINVAL';
  return isPort(from.port) && isPort(to.port) ? undefined : 'EINVAL';
}

function failed(
  wiring: Wiring,
  local: Endpoint,
  remote: Endpoint,
  handlers: StreamHandlers,
  code: string,
): StreamConnection {
  process.nextTick(() => wiring.turn(() => handlers.onClose(code)));
  const nothing = (): void => undefined;
  return { local, remote, write: nothing, close: nothing, destroy: nothing };
}

/** One side of a TCP connection. */
export class RealStreamConnection implements StreamConnection, Waiting {
  local: Endpoint;
  readonly remote: Endpoint;
  /** Set right after construction. */
  handlers: StreamHandlers | undefined;
  /** Its octets are records of TLS: set before anything goes over it. */
  carriesRecords = false;
  readonly #wiring: Wiring;
  readonly #socket: Socket;
  readonly #connecting: boolean;
  /** `ending`: our end is sent, the peer's is awaited. */
  #state: 'connecting' | 'open' | 'ending' | 'destroyed' | 'closed';
  /** Ended before it was open. */
  #closeWhenOpen = false;
  /** Writes that wait for the end of the turn, or for the connection. */
  #unsent: Buffer[] = [];
  #unsentOctets = 0;
  #flushScheduled = false;
  /** Come, and not handed over yet: nothing more is read meanwhile. */
  #unread: Buffer = NOTHING;
  #errorCode: string | undefined;
  #closeTimer: Timer | undefined;
  /** The other side where it is ours, too. To the connecting side: a listener of ours is enough. */
  #peer: RealStreamConnection | undefined;
  #peerIsOurs = false;
  #openTapped = false;
  #endTapped = false;
  /** And was not answered with our end yet. */
  #peerHasEnded = false;

  constructor(wiring: Wiring, socket: Socket, local: Endpoint, remote: Endpoint, connecting: boolean) {
    this.#wiring = wiring;
    this.#socket = socket;
    this.local = local;
    this.remote = remote;
    this.#connecting = connecting;
    this.#state = connecting ? 'connecting' : 'open';
    wiring.opened(this);
    if (connecting) {
      wiring.connecting.add(this);
      this.#peerIsOurs = wiring.listeners.has(endpointKey(remote));
      socket.on('connect', () => wiring.turn(() => this.#onConnect()));
    } else {
      this.#peer = this.#findConnectingSide();
      this.#peerIsOurs = this.#peer !== undefined;
      this.#tapOpen();
    }
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => wiring.backlog.note(this));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#state === 'destroyed') return;
      // A write after the peer's reset reports EPIPE: the same fact.
      this.#errorCode = error.code === 'EPIPE' ? 'ECONNRESET' : (error.code ?? 'EIO');
    });
    socket.on('close', () => wiring.turn(() => this.#onClose()));
  }

  write(bytes: Buffer): void {
    if (bytes.length === 0 || this.#closeWhenOpen) return;
    if (this.#state !== 'open' && this.#state !== 'connecting') return;
    this.#unsent.push(bytes);
    this.#unsentOctets += bytes.length;
    if (this.#unsentOctets + this.#socket.writableLength > BACKLOG_OCTETS_MAX) {
      this.overflow();
      return;
    }
    if (this.#state !== 'open') return;
    this.#tap('data', this.local, this.remote, bytes);
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => this.#flush());
  }

  close(): void {
    if (this.#state === 'connecting') this.#closeWhenOpen = true;
    this.#end();
  }

  destroy(): void {
    if (this.#state === 'destroyed' || this.#state === 'closed') return;
    const state = this.#state;
    this.#state = 'destroyed';
    this.#errorCode = undefined;
    this.#unsent = [];
    this.#wiring.backlog.note(this);
    // The library would wait with the reset until the connection stands; and of one whose end is being sent it can reset
    // nothing (EINVAL) and would never report it closed.
    if (state === 'connecting' || state === 'ending') this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  get waitingOctets(): number {
    return this.#state === 'destroyed' || this.#state === 'closed' ? 0 : this.#socket.writableLength;
  }

  overflow(): void {
    this.destroy();
    this.#errorCode = 'ENOBUFS';
  }

  get peerIsOurs(): boolean {
    return this.#peerIsOurs;
  }

  /** Shows the capture what the records that follow carry. */
  tapSent(bytes: Buffer): void {
    const { tap, clock } = this.#wiring;
    const { local: from, remote: to } = this;
    tap?.({ time: clock.now(), protocol: 'tcp', from, to, kind: 'data', bytes, carrier: { from, to, bytes: NOTHING } });
  }

  /** Shows the capture what the records before have carried, where nobody else has. */
  tapReceived(bytes: Buffer): void {
    const { tap, clock } = this.#wiring;
    if (this.#peerIsOurs) return;
    tap?.({ time: clock.now(), protocol: 'tcp', from: this.remote, to: this.local, kind: 'data', bytes });
  }

  #end(): void {
    if (this.#state !== 'open') return;
    this.#flush();
    // For the capture the connection ends now: there were answers to come.
    if (this.#peerHasEnded) this.#tapEnd(this.remote);
    this.#state = 'ending';
    this.#closeTimer = this.#wiring.clock.setTimer(CLOSE_TIMEOUT_MS, () => this.#socket.destroy());
    this.#socket.end();
  }

  #flush(): void {
    this.#flushScheduled = false;
    if (this.#unsent.length === 0 || this.#state !== 'open') return;
    const bytes = this.#unsent.length === 1 ? this.#unsent[0]! : Buffer.concat(this.#unsent, this.#unsentOctets);
    this.#unsent = [];
    this.#unsentOctets = 0;
    if (!this.#socket.write(bytes)) this.#wiring.backlog.note(this);
  }

  #onConnect(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.local = { address: this.local.address, port: this.#socket.localPort! };
    this.#wiring.connecting.delete(this);
    this.#wiring.connected.set(this.#key(), this);
    this.#tapOpen();
    const early = this.#unsent;
    const closes = this.#closeWhenOpen;
    this.#closeWhenOpen = false;
    this.#unsent = [];
    this.#unsentOctets = 0;
    for (const bytes of early) this.write(bytes);
    if (closes) this.close();
    this.handlers!.onOpen();
  }

  #onData(bytes: Buffer): void {
    if (bytes.length <= PORTION_OCTETS) {
      this.#hand(bytes);
      return;
    }
    this.#unread = bytes;
    this.#socket.pause();
    this.#handPortion();
  }

  #handPortion(): void {
    if (this.#state === 'destroyed' || this.#state === 'closed') return;
    const bytes = this.#unread;
    this.#unread = bytes.subarray(PORTION_OCTETS);
    if (this.#unread.length === 0) this.#socket.resume();
    else setImmediate(() => this.#handPortion());
    this.#hand(bytes.subarray(0, PORTION_OCTETS));
  }

  #hand(bytes: Buffer): void {
    if (this.#state === 'destroyed') return;
    const { clock } = this.#wiring;
    clock.beginTurn();
    try {
      if (!this.#peerIsOurs) this.#tap('data', this.remote, this.local, bytes);
      this.handlers!.onData(bytes);
    } finally {
      clock.endTurn();
    }
  }

  #onEnd(): void {
    if (this.#state === 'open' && this.handlers?.onEnd !== undefined) {
      this.#peerHasEnded = true;
      this.#wiring.turn(() => this.handlers!.onEnd!());
      return;
    }
    this.#tapEnd(this.#state === 'open' ? this.remote : this.local);
    // The end is answered with the end, after what was written.
    this.#end();
  }

  #onClose(): void {
    // A reset that came behind it takes nothing back.
    if (this.#unread.length > 0) this.#hand(this.#unread);
    this.#unread = NOTHING;
    // Where the peer is ours it learns of a reset later than we do, and until then it may send: it reports the end.
    if (this.#state !== 'destroyed') this.#tapEnd(this.#state === 'ending' ? this.local : this.remote);
    else if (!this.#peerIsOurs) this.#tapEnd(this.local);
    this.#state = 'closed';
    this.#wiring.backlog.note(this);
    this.#closeTimer?.cancel();
    this.#unsent = [];
    this.#wiring.connecting.delete(this);
    if (this.#connecting) this.#wiring.connected.delete(this.#key());
    this.#wiring.closed(this);
    this.handlers?.onClose(this.#errorCode);
  }

  /** Connecting endpoint first: the same text on both sides. */
  #key(): string {
    const [from, to] = this.#connecting ? [this.local, this.remote] : [this.remote, this.local];
    return `${endpointKey(from)} ${endpointKey(to)}`;
  }

  /** Either side may learn first that the connection stands. */
  #findConnectingSide(): RealStreamConnection | undefined {
    const connected = this.#wiring.connected.get(this.#key());
    if (connected !== undefined) return connected;
    for (const candidate of this.#wiring.connecting) {
      if (candidate.#socket.localPort !== this.remote.port) continue;
      if (candidate.local.address === this.remote.address) return candidate;
    }
    return undefined;
  }

  /** The side that keeps what the capture has seen: the connecting one, where it is ours. */
  get #record(): RealStreamConnection {
    return this.#peer ?? this;
  }

  #tapOpen(): void {
    if (this.#record.#openTapped) return;
    this.#record.#openTapped = true;
    if (this.#connecting) this.#tap('open', this.local, this.remote, NOTHING);
    else this.#tap('open', this.remote, this.local, NOTHING);
  }

  #tapEnd(ending: Endpoint): void {
    if (!this.#record.#openTapped || this.#record.#endTapped) return;
    this.#record.#endTapped = true;
    this.#tap('close', ending, ending === this.local ? this.remote : this.local, NOTHING);
  }

  #tap(kind: 'data' | 'open' | 'close', from: Endpoint, to: Endpoint, bytes: Buffer): void {
    const { tap, clock } = this.#wiring;
    if (tap === undefined) return;
    if (!this.carriesRecords || kind !== 'data') tap({ time: clock.now(), protocol: 'tcp', from, to, kind, bytes });
    else tap({ time: clock.now(), protocol: 'tcp', from, to, kind, bytes: NOTHING, carrier: { from, to, bytes } });
  }
}
