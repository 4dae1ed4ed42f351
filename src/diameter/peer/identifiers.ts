/** Numbers that a node makes up: Session-Id, End-to-End, Origin-State-Id. */
import type { Environment } from '../../environment/index.js';

export class Identifiers {
  /** Grows with every restart (RFC 6733 8.16). */
  readonly originStateId: number;
  #endToEnd: number;
  #sessionHigh: number;
  #sessionLow: number;

  constructor(
    environment: Environment,
    private readonly originHost: string,
    /** How many sessions there were. */
    sessionCount = 0,
  ) {
    this.#sessionLow = sessionCount;
    const seconds = Math.floor(environment.clock.now() / 1000);
    this.originStateId = seconds >>> 0;
    this.#sessionHigh = this.originStateId;
    // RFC 6733 3: low 12 bits of the time on top of 20 random bits, so that a reboot repeats nothing for 4 minutes.
    this.#endToEnd = (((seconds & 0xfff) << 20) | (environment.random.uint32() & 0xfffff)) >>> 0;
  }

  nextEndToEnd(): number {
    this.#endToEnd = (this.#endToEnd + 1) >>> 0;
    return this.#endToEnd;
  }

  /** RFC 6733 8.8: `<host>;<high 32 bits>;<low 32 bits>` of a number that grows, the high ones from the time of the start. */
  nextSessionId(): string {
    this.#sessionLow = (this.#sessionLow + 1) >>> 0;
    if (this.#sessionLow === 0) this.#sessionHigh = (this.#sessionHigh + 1) >>> 0;
    return `${this.originHost};${this.#sessionHigh};${this.#sessionLow}`;
  }
}
