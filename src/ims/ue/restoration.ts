/** The order of a 504 to register anew, because the network has lost the registration. TS 24.229 5.1.2A.1.6, 7.6. */
import { bodyOfType, parseUri, type SipResponse } from '../../sip/index.js';

/** What the UE knows of the way to its S-CSCF. */
export interface KnownRoutes {
  /** Values with angle brackets. */
  readonly serviceRoute: readonly string[];
  readonly path: readonly string[];
}

/**
 * True where the body says so and a node on the registered way says it. Deviates: of P-Asserted-Identity only host and port
 * are compared, because Service-Route and Path carry tokens that a node's own URI lacks; and a name of the home domain counts,
 * because the routes of a network without DNS are numeric (SIP-72).
 */
export function isRestoration(response: SipResponse, known: KnownRoutes | undefined, homeDomain: string): boolean {
  if (response.status !== 504 || known === undefined) return false;
  const body = bodyOfType(response, 'application/3gpp-ims+xml');
  if (body === undefined || !restoration.test(body) || !initialRegistration.test(body)) return false;
  const asserted = response.address('P-Asserted-Identity')?.uri;
  if (asserted === undefined) return false;
  if (asserted.host.endsWith(`.${homeDomain}`)) return true;
  return [...known.serviceRoute, ...known.path].some((route) => {
    const uri = parseUri(route.slice(route.indexOf('<') + 1, route.indexOf('>')));
    return uri?.host === asserted.host && (uri.port ?? 5060) === (asserted.port ?? 5060);
  });
}

const restoration = /<type>\s*restoration\s*<\/type>/;
const initialRegistration = /<action>\s*initial-registration\s*<\/action>/;
