/**
 * Loops and spirals. SIP-43 / RFC 5393: the last part of our branch is a hash over what decides where a request goes. A
 * request that comes back with the same hash has looped; one that comes back changed spirals, as all calls in an IMS do.
 *
 * Deviates: the topmost Via is not part of the hash, because the branch that the previous hop puts there differs in every
 * round, so that no loop would ever be found.
 */
import { CALL_ID, CSEQ, FROM, headerId, TO } from '../message/header-names.js';
import { hostPort, type SipRequest } from '../message/index.js';
import { inDigits, suffixOfBranch } from '../transaction/branch.js';

/** What decides where a request goes, beside its Request-URI and what tells it from others. RFC 5393 4.2.1. */
const hashedHeaders = [CALL_ID, FROM, TO, ...['Route', 'Proxy-Require', 'Proxy-Authorization'].map(headerId)];

const DIGIT_ZERO = 0x30;
const DIGIT_NINE = 0x39;

/**
 * 64 bits, taken in character by character. RFC 3261 16.6 item 8 asks for no particular hash: it tells a request from what becomes of it, nobody
 * gains by a collision but a 482 for himself, and MD5 would cost four times as much.
 */
class Hash {
  #one = 0x811c9dc5;
  #other = 0x9e3779b1;

  /** Up to `end`, and that it ends there. */
  add(text: string, end = text.length): void {
    let one = this.#one;
    let other = this.#other;
    for (let at = 0; at < end; at++) {
      const code = text.charCodeAt(at);
      one = Math.imul(one ^ code, 0x01000193); // FNV-1a
      other = Math.imul((other << 5) ^ (other >>> 27) ^ code, 0x85ebca6b);
    }
    this.#one = Math.imul(one ^ 0x100, 0x01000193);
    this.#other = Math.imul((other << 5) ^ (other >>> 27) ^ 0x100, 0x85ebca6b);
  }

  digits(): string {
    return inDigits(this.#one >>> 0, this.#other >>> 0);
  }
}

/** Of the request as it was received. Of CSeq the number alone: CANCEL and ACK have another method (RFC 3261 16.6 item 8). */
export function loopHash({ requestUri, index }: SipRequest): string {
  const hash = new Hash();
  hash.add(requestUri);
  const sequence = index.value(index.find(CSEQ, '', 0));
  hash.add(sequence, digitsEnd(sequence));
  for (const id of hashedHeaders) {
    for (let line = index.find(id, '', 0); line !== -1; line = index.find(id, '', line + 1)) {
      hash.add(index.value(line));
    }
  }
  return hash.digits();
}

function digitsEnd(text: string): number {
  let end = 0;
  while (end < text.length && text.charCodeAt(end) >= DIGIT_ZERO && text.charCodeAt(end) <= DIGIT_NINE) end++;
  return end;
}

/** True when the request has been here before and nothing has changed since. `sentBy` are those of this proxy, as it writes them. */
export function isLoop(request: SipRequest, sentBy: readonly string[]): boolean {
  // Most requests are here for the first time: nothing is parsed for them.
  const lines = request.headers('Via');
  if (!sentBy.some((own) => lines.some((line) => line.includes(own)))) return false;
  let hash: string | undefined;
  for (const via of request.vias) {
    if (via.branch === undefined || !sentBy.includes(hostPort(via.host, via.port))) continue;
    hash ??= loopHash(request);
    if (suffixOfBranch(via.branch) === hash) return true;
  }
  return false;
}
