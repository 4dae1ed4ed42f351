/** Why a node refuses a request before any of its procedures sees it, in words. RFC 3261 16.3. */
import type { ProxyRefusal, SipRequest } from '../sip/index.js';
import type { Cause } from './chassis.js';

type Status = ProxyRefusal['status'];

const refusals: Readonly<Record<Status, Omit<Cause, 'text'> & { readonly why: (refusal: ProxyRefusal) => string }>> = {
  416: {
    what: 'cause.unsupportedScheme',
    why: () => 'its Request-URI has a scheme that nobody here routes: a sip, tel or urn URI would be one',
    clause: 'RFC 3261 16.3 item 2',
  },
  420: {
    what: 'cause.unsupportedOption',
    why: ({ headers = [] }) =>
      `its Proxy-Require names ${headers.map(([, value]) => value).join(', ')}, which is not known here: ` +
      'compare what the sender requires with what the next hop is configured for',
    clause: 'RFC 3261 16.3 item 5',
  },
  482: {
    what: 'cause.loop',
    why: () => 'it has passed here before, unchanged: see which Route, Request-URI or resolver entry leads back',
    clause: 'RFC 3261 16.3 item 4, RFC 5393 4.2',
  },
  483: {
    what: 'cause.tooManyHops',
    why: () => 'its Max-Forwards has come down to 0: it goes round in a loop, or its sender begins with too few',
    clause: 'RFC 3261 16.3 item 3',
  },
};

export function refusalCause({ method, to }: SipRequest, refusal: ProxyRefusal): Cause {
  const { what, why, clause } = refusals[refusal.status];
  return { what, text: `${method} for ${to.uri.text} is refused with ${refusal.status}: ${why(refusal)}`, clause };
}
