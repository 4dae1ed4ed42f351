/**
 * Branch parameters (SIP-37): cookie, slot of the client transaction, 64 random bits, and for proxies the value that
 * tells a loop from a spiral: `z9hG4bK` slot `.` random [`.` suffix]. The slot makes a response's look-up an array access.
 */
import type { Random } from '../../environment/index.js';

/** RFC 3261 8.1.1.7. */
export const MAGIC_COOKIE = 'z9hG4bK';

const SEPARATOR = '.';

const ZERO = 0x30;
const NINE = 0x39;
const LETTER_A = 0x61;
const DIGITS = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz', 'latin1');
const DOT = SEPARATOR.charCodeAt(0);
/** So long a 32-bit number can be in base 36. */
const DIGITS_MAX = 7;

/** Where a branch is put together: `toString(36)` goes into the runtime and computes with floating point there. */
const scratch = Buffer.from(MAGIC_COOKIE.padEnd(64), 'latin1');

/** True for a branch that alone identifies a transaction: more than the cookie (SIP-30). */
export function hasCookie(branch: string | undefined): branch is string {
  return branch !== undefined && branch.length > MAGIC_COOKIE.length && branch.startsWith(MAGIC_COOKIE);
}

/** `slot` undefined: a request outside every transaction (ACK for a 2xx). */
export function makeBranch(random: Random, slot: number | undefined, suffix: string | undefined): string {
  let end = MAGIC_COOKIE.length;
  if (slot !== undefined) end = writeDigits(slot, 1, end);
  scratch[end++] = DOT;
  end = writeDigits(random.uint32(), 1, end);
  end = writeDigits(random.uint32(), DIGITS_MAX, end);
  const branch = scratch.toString('latin1', 0, end);
  return suffix === undefined ? branch : branch + SEPARATOR + suffix;
}

/** A tag (RFC 3261 19.3), of 64 random bits. */
export function makeTag(random: Random): string {
  return inDigits(random.uint32(), random.uint32());
}

/** Two 32-bit numbers in base 36, one after the other. */
export function inDigits(one: number, other: number): string {
  const start = MAGIC_COOKIE.length;
  const middle = writeDigits(one, 1, start);
  return scratch.toString('latin1', start, writeDigits(other, 1, middle));
}

/** Writes 0 … 2^32-1 in base 36, with leading zeros up to `least` digits. Returns where it ends. */
function writeDigits(value: number, least: number, start: number): number {
  let count = least;
  for (let limit = 36 ** least; value >= limit; limit *= 36) count++;
  let rest = value >>> 0;
  for (let at = start + count - 1; at >= start; at--) {
    scratch[at] = DIGITS[rest % 36]!;
    rest = (rest / 36) >>> 0;
  }
  return start + count;
}

/** The slot of a branch that `makeBranch` has made; -1 for another's. */
export function slotOfBranch(branch: string): number {
  const end = branch.indexOf(SEPARATOR);
  if (end <= MAGIC_COOKIE.length || !branch.startsWith(MAGIC_COOKIE)) return -1;
  let slot = 0;
  for (let at = MAGIC_COOKIE.length; at < end; at++) {
    const code = branch.charCodeAt(at);
    const digit = code <= NINE ? code - ZERO : code - LETTER_A + 10;
    if (digit < 0 || digit >= 36 || (code > NINE && code < LETTER_A)) return -1;
    slot = slot * 36 + digit;
  }
  return Number.isSafeInteger(slot) ? slot : -1;
}

/** The suffix that a branch of ours was made with. */
export function suffixOfBranch(branch: string): string | undefined {
  const second = branch.indexOf(SEPARATOR, branch.indexOf(SEPARATOR) + 1);
  return second === -1 ? undefined : branch.slice(second + 1);
}
