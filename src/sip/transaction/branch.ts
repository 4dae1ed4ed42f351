/**
 * Branch parameters (SIP-37): cookie, slot of the client transaction, 64 random bits, and for proxies the value that
 * tells a loop from a spiral: `z9hG4bK` slot `.` random [`.` suffix]. The slot makes a response's look-up an array access.
 */
import type { Random } from '../../environment/index.js';

/** RFC 3261 8.1.1.7. */
export const MAGIC_COOKIE = 'z9hG4bK';

const SEPARATOR = '.';

/** True for a branch that alone identifies a transaction: more than the cookie (SIP-30). */
export function hasCookie(branch: string | undefined): branch is string {
  return branch !== undefined && branch.length > MAGIC_COOKIE.length && branch.startsWith(MAGIC_COOKIE);
}

/** `slot` undefined: a request outside every transaction (ACK for a 2xx). */
export function makeBranch(random: Random, slot: number | undefined, suffix: string | undefined): string {
  const unique = random.uint32().toString(36) + random.uint32().toString(36).padStart(7, '0');
  const branch = MAGIC_COOKIE + (slot === undefined ? '' : slot.toString(36)) + SEPARATOR + unique;
  return suffix === undefined ? branch : branch + SEPARATOR + suffix;
}

/** The slot of a branch that `makeBranch` has made; -1 for another's. */
export function slotOfBranch(branch: string): number {
  const end = branch.indexOf(SEPARATOR);
  if (end <= MAGIC_COOKIE.length || !branch.startsWith(MAGIC_COOKIE)) return -1;
  const slot = Number.parseInt(branch.slice(MAGIC_COOKIE.length, end), 36);
  return Number.isSafeInteger(slot) ? slot : -1;
}

/** The suffix that a branch of ours was made with. */
export function suffixOfBranch(branch: string): string | undefined {
  const second = branch.indexOf(SEPARATOR, branch.indexOf(SEPARATOR) + 1);
  return second === -1 ? undefined : branch.slice(second + 1);
}
