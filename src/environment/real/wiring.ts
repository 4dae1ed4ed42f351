import type { SecureContext } from 'node:tls';
import type { Endpoint, PacketTap, TlsKeyListener } from '../index.js';
import { Backlog } from './backlog.js';
import type { RealClock } from './clock.js';
import type { RealStreamConnection } from './stream.js';
import type { RealStreamListener } from './stream-listener.js';

/** Something open that a closing network closes. */
export interface Closable {
  close(): void;
  /** Where there is a harder way than `close`. */
  destroy?(): void;
}

/** How long a datagram of a closed socket of ours may still be under way. */
const LINGER_MS = 1000;
/** Octets that may wait on all streams together because peers do not read. */
const BACKLOG_OCTETS_MAX = 64 * 1024 * 1024;

/** The endpoints of our own datagram sockets: what comes from them the tap has seen when it was sent. */
class OwnEndpoints {
  /** Until when the endpoint counts as ours; infinite while it is open. */
  readonly #until = new Map<string, number>();
  readonly #clock: RealClock;

  constructor(clock: RealClock) {
    this.#clock = clock;
  }

  add(endpoint: Endpoint): void {
    this.#until.set(endpointKey(endpoint), Number.POSITIVE_INFINITY);
  }

  remove(endpoint: Endpoint): void {
    this.#until.set(endpointKey(endpoint), this.#clock.now() + LINGER_MS);
  }

  has(endpoint: Endpoint, now: number): boolean {
    const key = endpointKey(endpoint);
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until >= now) return true;
    this.#until.delete(key);
    return false;
  }
}

export function endpointKey({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}

/** What the sockets of one network share. */
export class Wiring {
  tap: PacketTap | undefined;
  onKeys: TlsKeyListener | undefined;
  /** Lines of keys that one of our ends has told, and the other will come to know. */
  readonly toldKeys = new Set<string>();
  droppedCount = 0;
  readonly datagramEndpoints: OwnEndpoints;
  /** Our listeners by endpoint. */
  readonly listeners = new Map<string, RealStreamListener>();
  /** Our connecting sides: those that are not open yet, and the open ones by their endpoints. */
  readonly connecting = new Set<RealStreamConnection>();
  readonly connected = new Map<string, RealStreamConnection>();
  readonly backlog = new Backlog(BACKLOG_OCTETS_MAX);
  readonly #open = new Set<Closable>();
  /** By what they are made of, which many nodes share. */
  readonly #secureContexts = new Map<string, SecureContext>();
  #onEmpty: (() => void) | undefined;

  constructor(readonly clock: RealClock) {
    this.datagramEndpoints = new OwnEndpoints(clock);
  }

  /** Runs a callback from the operating system: the time stands still in it. */
  turn(callback: () => void): void {
    this.clock.beginTurn();
    try {
      callback();
    } finally {
      this.clock.endTurn();
    }
  }

  secureContext(key: string, make: () => SecureContext): SecureContext {
    let context = this.#secureContexts.get(key);
    if (context === undefined) {
      context = make();
      this.#secureContexts.set(key, context);
    }
    return context;
  }

  opened(socket: Closable): void {
    this.#open.add(socket);
  }

  closed(socket: Closable): void {
    this.#open.delete(socket);
    if (this.#open.size === 0) this.#onEmpty?.();
  }

  /** Ends all that is open; resolves when the operating system has let go of it. */
  async closeAll(): Promise<void> {
    for (const socket of this.#open) {
      if (socket.destroy === undefined) socket.close();
      else socket.destroy();
    }
    if (this.#open.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
    }
  }
}
