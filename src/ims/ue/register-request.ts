/** REGISTER as a UE sends it. TS 24.229 5.1.1.2, 5.1.1.4; REG-10, REG-11, REG-15. */
import { buildRequest, type ClientOptions, type Destination, quote, type SipRequest } from '../../sip/index.js';
import type { NetworkAccess } from './network-access.js';
import { type RegisterDraft, withQuirks } from './quirks.js';
import { mmtelFeature, type UserAgent } from './user-agent.js';

export interface RegisterParts {
  readonly callId: string;
  readonly sequence: number;
  /** Seconds; 0 takes the binding away (REG-18). */
  readonly expires: number;
  readonly authorization: string | undefined;
  /** It opens an attempt; not an answer to a challenge. */
  readonly opens: boolean;
  readonly access: NetworkAccess;
  /** Number of the flow, from 1, where outbound is used (RFC 5626 4.2). */
  readonly regId: number | undefined;
  /** Every contact of the user is meant, and not the own one: with `expires` 0 only (RFC 3261 10.2.2). */
  readonly everyContact: boolean;
  /** Value of Security-Client, where a security agreement is wanted. */
  readonly securityClient: string | undefined;
}

/** A REGISTER and how it leaves. */
export interface OutgoingRegister {
  /** Without Via, which the endpoint adds. */
  readonly request: SipRequest;
  readonly destinations: readonly Destination[];
  readonly options: ClientOptions;
  /** As it stands in the request. */
  readonly contactUri: string;
  readonly callId: string;
}

export function registerUri({ config }: UserAgent): string {
  return `sip:${config.homeDomain}`;
}

export function outgoingRegister(agent: UserAgent, parts: RegisterParts): OutgoingRegister {
  const { config } = agent;
  const { access, sequence, expires, opens } = parts;
  const { callId, authorization, securityClient } = parts;
  const isProtected = access.protection !== undefined;
  const draft = withQuirks(
    config.quirks,
    // REG-19: over security associations the answer goes to the port in Via.
    {
      callId,
      contactUri: contactUriOf(agent, access),
      authorization,
      securityClient,
      rport: !isProtected,
      overTcp: false,
    },
    { opens, makeCallId: () => agent.makeCallId() },
  );
  const request = buildRequest({
    method: 'REGISTER',
    requestUri: registerUri(agent),
    headers: [
      ['Max-Forwards', '70'],
      ['From', `<${config.publicIdentity}>;tag=${agent.makeTag()}`],
      ['To', `<${config.publicIdentity}>`],
      ['Call-ID', draft.callId],
      ['CSeq', `${sequence} REGISTER`],
      ['Contact', parts.everyContact ? '*' : contactOf(agent, draft, parts.regId)],
      ['Expires', String(expires)],
      ['Supported', supportedOf(agent, parts)],
      ...securityHeaders(agent, draft, access),
      ...(draft.authorization === undefined ? [] : [['Authorization', draft.authorization] as const]),
    ],
  });
  return {
    request,
    destinations: draft.overTcp ? access.destinations.map(overTcp) : access.destinations,
    options: { rport: draft.rport, keep: config.registration.keepAliveMs !== undefined },
    contactUri: draft.contactUri,
    callId: draft.callId,
  };
}

/** CALL-70, TS 24.229 5.1.6.2: `sos` tells the contact for emergencies from others. */
function contactUriOf({ config }: UserAgent, { contactUri }: NetworkAccess): string {
  return config.registration.emergency === true ? `${contactUri};sos` : contactUri;
}

/** With all that this UE can do (REG-10). */
function contactOf({ config }: UserAgent, { contactUri }: RegisterDraft, regId: number | undefined): string {
  const { instanceId, registration } = config;
  const parameters = [`+sip.instance=${quote(`<${instanceId}>`)}`, mmtelFeature, ...registration.features];
  if (regId !== undefined) parameters.push(`reg-id=${regId}`);
  return `<${contactUri}>;${parameters.join(';')}`;
}

function supportedOf({ config }: UserAgent, { regId }: RegisterParts): string {
  const { registration, security } = config;
  const options = ['path'];
  if (registration.gruu) options.push('gruu');
  if (regId !== undefined) options.push('outbound');
  if (security.mechanism !== 'none') options.push('sec-agree');
  return options.join(', ');
}

/** REG-11, REG-12, REG-15. */
function securityHeaders({ config }: UserAgent, { securityClient }: RegisterDraft, { protection }: NetworkAccess) {
  if (config.security.mechanism === 'none') return [];
  const headers: (readonly [string, string])[] = [
    ['Require', 'sec-agree'],
    ['Proxy-Require', 'sec-agree'],
  ];
  if (securityClient !== undefined) headers.push(['Security-Client', securityClient]);
  if (protection === undefined) return headers;
  for (const value of protection.securityServer) headers.push(['Security-Verify', value]);
  headers.push(['P-Access-Network-Info', config.accessNetworkInfo]); // REG-10: once security associations stand
  return headers;
}

function overTcp({ endpoint }: Destination): Destination {
  return { protocol: 'tcp', endpoint };
}
