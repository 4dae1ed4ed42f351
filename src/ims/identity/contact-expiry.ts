/** How long a Contact of REGISTER or of its answer is for: one reading for all who grant, refuse or remove by it. RFC 3261 10.2.1.1, 20.10. */
import type { NameAddress } from '../../sip/index.js';

/** What a value that is no number counts as. */
const malformedSeconds = 3600;

/** Its own parameter, else what Expires says; undefined: neither is there. */
export function contactExpires({ parameters }: NameAddress, expires: number | undefined): number | undefined {
  const own = parameters.get('expires');
  if (own === undefined) return expires;
  return typeof own === 'string' && /^\d{1,10}$/.test(own) ? Number(own) : malformedSeconds;
}
