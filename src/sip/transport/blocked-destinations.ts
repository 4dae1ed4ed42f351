import type { Clock } from '../../environment/index.js';
import { type Destination, endpointKey } from './destination.js';

/** A peer cannot send us away for longer than this. */
const BLOCK_MAX_MS = 3_600_000;
const BLOCKED_COUNT_MAX = 10_000;

/** Next hops that answered 503 with Retry-After and are left alone for that time. SIP-60 / RFC 3261 21.5.4. */
export class BlockedDestinations {
  readonly #clock: Clock;
  /** Made when it is needed first: a UE hardly ever does. */
  #until: Map<string, number> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#until?.size ?? 0;
  }

  /** `retryAfter` is the header's value: seconds, then perhaps a comment and parameters. Without a number nothing is blocked. */
  block(destination: Destination, retryAfter: string | undefined): void {
    const seconds = Number.parseInt(retryAfter ?? '', 10);
    if (!(seconds > 0)) return;
    this.#until ??= new Map();
    if (this.#until.size >= BLOCKED_COUNT_MAX) forgetExpired(this.#until, this.#clock.now());
    if (this.#until.size >= BLOCKED_COUNT_MAX) return;
    this.#until.set(endpointKey(destination.endpoint), this.#clock.now() + Math.min(seconds * 1000, BLOCK_MAX_MS));
  }

  isBlocked(destination: Destination): boolean {
    if (this.#until === undefined || this.#until.size === 0) return false;
    const key = endpointKey(destination.endpoint);
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > this.#clock.now()) return true;
    this.#until.delete(key);
    return false;
  }
}

function forgetExpired(blocked: Map<string, number>, now: number): void {
  for (const [key, until] of blocked) if (until <= now) blocked.delete(key);
}
