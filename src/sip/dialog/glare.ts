import type { Random } from '../../environment/index.js';

/**
 * How long to wait after a 491 before the re-INVITE goes out again, ms: 2.1 to 4 s for whoever made the Call-ID, up to 2 s
 * for the other, in steps of 10 ms. SIP-53 / RFC 3261 14.1.
 */
export function glareDelayMs(random: Random, ownsCallId: boolean): number {
  const [firstMs, lastMs] = ownsCallId ? [2100, 4000] : [0, 2000];
  return firstMs + 10 * Math.floor(random.fraction() * ((lastMs - firstMs) / 10 + 1));
}
