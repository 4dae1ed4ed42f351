/** What a 200 to REGISTER grants. REG-13; TS 24.229 5.1.1.2.1; RFC 5626 6, RFC 5627 4.2. */
import { detached, type SipResponse, unquote } from '../../sip/index.js';
import type { UeConfig } from './config.js';
import type { NetworkAccess } from './network-access.js';
import { type SessionGrant, sameTarget, type UserAgent } from './user-agent.js';

export interface Binding extends SessionGrant {
  /** First value of P-Associated-URI. */
  readonly defaultIdentity: string;
  /** Values of Service-Route with angle brackets, in order. */
  readonly serviceRoute: readonly string[];
  /** Values of Path, where the network lets the UE see them. */
  readonly path: readonly string[];
  /** Seconds. */
  readonly expires: number;
}

export function bindingOf(
  { config }: UserAgent,
  response: SipResponse,
  grantedMs: number,
  access: NetworkAccess,
): Binding {
  const [first] = response.addresses('P-Associated-URI');
  return {
    access,
    defaultIdentity: first === undefined ? config.publicIdentity : detached(first.uri.text),
    serviceRoute: response.values('Service-Route').map(detached),
    path: response.values('Path').map(detached),
    expires: grantedMs / 1000,
    publicGruu: config.registration.gruu ? publicGruuOf(response, config) : undefined,
    usesOutbound: response.hasOption('Require', 'outbound'),
  };
}

/** RFC 5627 4.2: in the Contact with our instance, whichever binding of it that is. */
function publicGruuOf({ contacts }: SipResponse, { instanceId }: UeConfig): string | undefined {
  if (contacts === '*') return undefined;
  const own = contacts.find(({ parameters }) => textOf(parameters.get('+sip.instance')) === `<${instanceId}>`);
  return own && textOf(own.parameters.get('pub-gruu'));
}

function textOf(value: string | true | undefined): string | undefined {
  return typeof value === 'string' ? detached(unquote(value)) : undefined;
}

/** How many contacts a 200 lists that are not removed by it. */
export function listedContacts({ contacts }: SipResponse): number {
  return contacts === '*' ? 0 : contacts.filter(({ parameters }) => parameters.get('expires') !== '0').length;
}

/** RFC 3261 10.2.4: `expires` of the own Contact, else the Expires header, else what was asked. 0: no binding of ours. */
export function grantedSeconds(
  response: SipResponse,
  asked: number,
  contactUri: string,
  regId: number | undefined,
): number {
  const { contacts } = response;
  if (contacts === '*' || contacts.length === 0) return response.expires ?? asked;
  const flow = regId === undefined ? undefined : String(regId); // RFC 5626 6: flows may have one address
  const own = contacts.find(
    ({ uri, parameters }) =>
      sameTarget(uri.text, contactUri) && (flow === undefined || (parameters.get('reg-id') ?? flow) === flow),
  );
  if (own === undefined) return 0;
  const seconds = Number.parseInt(String(own.parameters.get('expires')), 10);
  return Number.isNaN(seconds) ? (response.expires ?? asked) : seconds;
}
