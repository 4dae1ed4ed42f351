/** REGISTER as a UE sends it without a security agreement. TS 24.229 5.1.1.2.1, 5.1.1.2.2; REG-10, REG-11. */
import { buildRequest, formatCredentials, type SipRequest } from '../../sip/index.js';
import type { UserAgent } from './user-agent.js';

export interface RegisterParts {
  readonly callId: string;
  readonly sequence: number;
  /** Seconds; 0 takes the binding away (REG-18). */
  readonly expires: number;
  /** As last calculated; absent on the first one, which names the IMPI only. */
  readonly authorization: string | undefined;
}

export function registerUri({ config }: UserAgent): string {
  return `sip:${config.homeDomain}`;
}

/** Without Via, which the endpoint adds. */
export function registerRequest(agent: UserAgent, parts: RegisterParts): SipRequest {
  const { config } = agent;
  const { publicIdentity } = config;
  return buildRequest({
    method: 'REGISTER',
    requestUri: registerUri(agent),
    headers: [
      ['Max-Forwards', '70'],
      ['From', `<${publicIdentity}>;tag=${agent.makeTag()}`],
      ['To', `<${publicIdentity}>`],
      ['Call-ID', parts.callId],
      ['CSeq', `${parts.sequence} REGISTER`],
      ['Contact', agent.registeredContact],
      ['Expires', String(parts.expires)],
      ['Supported', 'path'],
      ['Authorization', parts.authorization ?? emptyCredentials(agent)],
    ],
  });
}

/** REG-11: the IMPI travels in Authorization before there is anything to answer. */
function emptyCredentials(agent: UserAgent): string {
  const { privateIdentity, homeDomain } = agent.config;
  return formatCredentials({
    username: privateIdentity,
    realm: homeDomain,
    uri: registerUri(agent),
    nonce: '',
    response: '',
    algorithm: 'AKAv1-MD5',
  });
}
