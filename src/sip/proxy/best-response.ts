/** Which of several final responses goes upstream. SIP-44 / RFC 3261 16.7 items 6 and 7. */
import type { SipResponse } from '../message/index.js';

/** Within 4xx: what tells the caller how to do better comes first. */
const preferred4xx: readonly number[] = [401, 407, 415, 420, 484];

/** A smaller rank is the better response: 6xx, then the lowest class, and in it the most helpful. */
function rank(status: number): number {
  const hundreds = Math.floor(status / 100);
  if (hundreds === 6) return 0;
  const preference = preferred4xx.indexOf(status);
  if (preference !== -1) return hundreds * 1000 + preference;
  // RFC 3261 16.7 item 6: a 503 speaks of one next hop only.
  return hundreds * 1000 + (status === 503 ? 999 : 500);
}

/** The best of at least one final response that is not a 2xx; of equals the first. A 401 or 407 bears the challenges of all. */
export function bestResponse(finals: readonly SipResponse[]): SipResponse {
  let best = finals[0]!;
  for (const final of finals) if (rank(final.status) < rank(best.status)) best = final;
  if (best.status !== 401 && best.status !== 407) return best;
  return withChallenges(best, finals);
}

/** RFC 3261 16.7 item 7. */
function withChallenges(best: SipResponse, finals: readonly SipResponse[]): SipResponse {
  const others = finals.filter((final) => final !== best && (final.status === 401 || final.status === 407));
  if (others.length === 0) return best;
  const editor = best.edit();
  for (const name of ['WWW-Authenticate', 'Proxy-Authenticate']) {
    for (const other of others) for (const value of other.headers(name)) editor.append(name, value);
  }
  return editor.message();
}
