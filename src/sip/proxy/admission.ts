/** What a proxy checks before it does anything with a request. SIP-40 / RFC 3261 16.3. */
import type { SipRequest } from '../message/index.js';
import type { ServerRequest } from '../transaction/incoming-request.js';

export interface ProxyRefusal {
  readonly status: 416 | 420 | 482 | 483;
  readonly headers?: readonly (readonly [string, string])[];
}

export interface AdmissionRules {
  /** Option tags that Proxy-Require may name. */
  readonly supportedOptions?: ReadonlySet<string>;
  /** The element answers the request itself, as a user agent server does: it needs no hop more. Asked where there is none left. */
  readonly isEnd?: (request: ServerRequest) => boolean;
  /** Hears what a request has been answered with, so that somebody says why. */
  readonly onRefused?: (request: SipRequest, refusal: ProxyRefusal) => void;
}

const routableSchemes = new Set(['sip', 'sips', 'tel', 'urn']);

/** The first rule that the request breaks, in the order of the clause; syntax (400) was the parser's. */
export function refusalOf(
  server: ServerRequest,
  rules: AdmissionRules,
  isLoop: () => boolean,
): ProxyRefusal | undefined {
  const request = server.message;
  // RFC 3261 16.3 item 2. What begins so has been checked by the parser.
  if (!request.requestUri.startsWith('sip:') && !routableSchemes.has(request.uri.scheme)) return { status: 416 };
  if (request.maxForwards === 0 && rules.isEnd?.(server) !== true) return { status: 483 }; // item 3: it must not be forwarded
  if (isLoop()) return { status: 482 }; // item 4
  // Item 5; an ACK or CANCEL must not carry it (RFC 3261 9.1, 20.29) and cannot be refused for it.
  const unsupported = request.values('Proxy-Require').filter((option) => rules.supportedOptions?.has(option) !== true);
  if (unsupported.length === 0 || request.method === 'ACK') return undefined;
  return { status: 420, headers: [['Unsupported', unsupported.join(', ')]] };
}
