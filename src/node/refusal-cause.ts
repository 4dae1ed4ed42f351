/** Why a node refuses a request before any of its procedures sees it, in words. RFC 3261 16.3. */
import type { ProxyRefusal, SipRequest } from '../sip/index.js';
import type { Cause } from './chassis.js';

const noAgreement =
  'this node makes no security agreement: switch IPsec on at the P-CSCF (security: ipsec-3gpp), or off at the UE (security: none)';
const otherOption = 'compare what the sender requires with what the next hop is configured for';

type Status = ProxyRefusal['status'];

const refusals: Readonly<Record<Status, Omit<Cause, 'text'> & { readonly why: (refusal: ProxyRefusal) => string }>> = {
  416: {
    what: 'cause.unsupportedScheme',
    why: () => 'its Request-URI has a scheme that nobody here routes: a sip, tel or urn URI would be one',
    clause: 'RFC 3261 16.3 item 2',
  },
  420: {
    what: 'cause.unsupportedOption',
    why: (refusal) =>
      `its Proxy-Require names ${unsupportedOf(refusal)}, which is not known here: ` +
      (wantsAgreement(refusal) ? noAgreement : otherOption),
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
  const text = `${method} for ${to.uri.text} is refused with ${refusal.status}: ${why(refusal)}`;
  return { what, text, clause: wantsAgreement(refusal) ? `RFC 3329 2.3.1, ${clause}` : clause };
}

function unsupportedOf({ headers = [] }: ProxyRefusal): string {
  return headers.map(([, value]) => value).join(', ');
}

function wantsAgreement(refusal: ProxyRefusal): boolean {
  return /\bsec-agree\b/i.test(unsupportedOf(refusal));
}

export function drainingCause({ method, to }: SipRequest): Cause {
  return {
    what: 'cause.draining',
    text: `${method} for ${to.uri.text} is refused with 503: this node is stopping, and takes nothing new; start it again`,
    clause: 'RFC 3261 21.5.4',
  };
}
