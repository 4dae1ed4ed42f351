/** The initial INVITE of a VoLTE call. TS 24.229 5.1.2A.1, 5.1.3.1; GSMA IR.92 2.2. */
import { buildRequest, type SipRequest } from '../../sip/index.js';
import { allow, supported } from './inspection.js';
import { mmtelFeature, type UserAgent } from './user-agent.js';

export interface InviteParts {
  /** SIP or tel URI as dialled. */
  readonly target: string;
  /** The registered public identity that calls. */
  readonly identity: string;
  /** Values of Service-Route, with angle brackets. */
  readonly serviceRoute: readonly string[];
  readonly callId: string;
  readonly tag: string;
  readonly offer: string;
}

const mmtelService = 'urn:urn-7:3gpp-service.ims.icsi.mmtel';

/** Without Via, which the endpoint adds. */
export function inviteRequest(agent: UserAgent, parts: InviteParts): SipRequest {
  const { target, identity, serviceRoute, callId, tag, offer } = parts;
  const { proxyRoute, sessionContact, access, config } = agent;
  const routes = proxyRoute === undefined ? serviceRoute : [proxyRoute, ...serviceRoute]; // REG-14
  return buildRequest({
    method: 'INVITE',
    requestUri: target,
    headers: [
      ...routes.map((route) => ['Route', route] as const),
      ['Max-Forwards', '70'],
      ['From', `<${identity}>;tag=${tag}`],
      ['To', `<${target}>`],
      ['Call-ID', callId],
      ['CSeq', '1 INVITE'],
      ['Contact', sessionContact],
      ['P-Preferred-Identity', `<${identity}>`],
      ['P-Preferred-Service', mmtelService], // CALL-16
      ['Accept-Contact', `*;${mmtelFeature}`],
      ['P-Access-Network-Info', config.accessNetworkInfo],
      ['P-Early-Media', 'supported'], // CALL-14
      // CALL-20: preconditions are never required of the callee.
      ['Supported', supported],
      ['Session-Expires', '1800'], // CALL-27
      ['Allow', allow],
      ['Accept', 'application/sdp'],
      ...access.securityHeaders,
    ],
    body: offer,
    contentType: 'application/sdp',
  });
}
