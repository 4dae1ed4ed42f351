/**
 * S-CSCF, SIP Digest: a nonce that has been answered goes on counting, so that the next REGISTER needs no challenge.
 * TS 24.229 §5.4.1.2.2A, TS 33.203 N.2.1; RFC 2617 3.2.2 (nc), 3.2.3 (nextnonce).
 */
import {
  type Credentials,
  formatAuthenticationInfo,
  responseAuthentication,
  type SipRequest,
} from '../../sip/index.js';
import { isAnswered, isCorrect, secretOf } from './challenge-answer.js';
import type { DigestProof } from './proof.js';

/** What a nonce has been used for. */
interface UsedNonce {
  readonly until: number;
  /** Highest nc so far; only a higher one is taken (replay). */
  count: number;
}

export class DigestSession {
  /** The nonce of the last answer and the next one that was offered. */
  readonly #nonces = new Map<string, UsedNonce>();

  constructor(
    readonly realm: string,
    readonly proof: DigestProof,
    private readonly lifetimeMs: number,
  ) {}

  /**
   * The credentials have been found correct: Authentication-Info for the 200. `nextNonce` is good from now on beside the one
   * that they used.
   */
  accept(credentials: Credentials, nextNonce: string, now: number): string {
    const { nonce, nc, cnonce, qop } = credentials;
    const used = this.#nonces.get(nonce!);
    const until = used?.until ?? now + this.lifetimeMs;
    this.#nonces.clear();
    // Without a qop there is no count, and a nonce is good for one answer.
    this.#nonces.set(nonce!, { until, count: qop === undefined ? Number.POSITIVE_INFINITY : countOf(nc) });
    this.#nonces.set(nextNonce, { until: now + this.lifetimeMs, count: 0 });
    const { algorithm } = this.proof;
    const rspauth = responseAuthentication(credentials, { ...secretOf(this.proof), algorithm });
    return formatAuthenticationInfo({ qop, rspauth, cnonce, nc, nextnonce: nextNonce });
  }

  /** What the challenge offered. */
  get qop(): readonly string[] {
    return this.proof.qop;
  }

  /** `stale`: what the user knows is right, but the nonce is old, or its count has been seen. */
  judge(message: SipRequest, credentials: Credentials, now: number): 'correct' | 'stale' | 'wrong' | 'unanswered' {
    if (!isAnswered(credentials)) return 'unanswered';
    if (!isCorrect(this, credentials, message)) return 'wrong';
    const used = this.#nonces.get(credentials.nonce!);
    if (used === undefined || used.until <= now) return 'stale';
    const count = credentials.qop === undefined ? 1 : countOf(credentials.nc);
    return count > used.count ? 'correct' : 'stale';
  }
}

/** Eight hexadecimal digits; what is none counts as never higher. */
function countOf(nc: string | undefined): number {
  const count = Number.parseInt(nc ?? '', 16);
  return Number.isNaN(count) ? 0 : count;
}
