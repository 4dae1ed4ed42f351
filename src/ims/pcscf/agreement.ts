/** P-CSCF, the security agreement in a REGISTER: what must be there, and whether it is what was said before. REG-22, REG-24; TS 24.229 §5.2.2.2; RFC 3329 2.3.1. */
import type { IpsecMode } from '../../environment/index.js';
import {
  type AlgorithmPair,
  choose,
  formatSecurityMechanisms,
  type IpsecProposal,
  mechanismProblem,
  parseSecurityMechanisms,
  type SecurityMechanism,
  sameAgreement,
} from '../../ipsec/index.js';
import type { Cause, RoutedRequest } from '../../node/index.js';
import type { Credentials, Headers, ServerRequest, SipRequest, Source } from '../../sip/index.js';
import { canonicalPrivateIdentity } from '../identity/index.js';
import { type Association, securityServer } from './associations.js';
import type { SecurityConfig } from './config.js';
import { isBehindNat } from './nat.js';
import type { TlsAgreed } from './tls-agreement.js';

/** What a REGISTER that may go on says of the security agreement. */
export interface Agreed {
  /** The set over which it came. */
  readonly association: Association | undefined;
  /** Security-Client, and what of it fits; undefined: the REGISTER makes no associations. */
  readonly offer: { readonly client: readonly SecurityMechanism[]; readonly chosen: IpsecProposal } | undefined;
  /** What it says of TLS. */
  readonly tls?: TlsAgreed | undefined;
}

/** A REGISTER with what it says of the agreement. Opaque to machines, as a routed request is. */
export interface RegisterRequest extends RoutedRequest {
  readonly agreed: Agreed;
  /** Of Authorization, read once. */
  readonly credentials: Credentials | undefined;
}

export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly cause: Cause;
}

export const withoutAgreement: Agreed = { association: undefined, offer: undefined };

export function isRefusal(result: Agreed | Refusal): result is Refusal {
  return 'status' in result;
}

/** REG-22: IMS AKA outside every association: it has to offer an agreement. */
export function agreementOf({ message, source }: ServerRequest, { algorithms }: SecurityConfig): Agreed | Refusal {
  const isRequired = message.hasOption('Require', 'sec-agree') || message.hasOption('Proxy-Require', 'sec-agree');
  const client = parseSecurityMechanisms(message.headers('Security-Client'));
  if (client.length === 0 || !isRequired) {
    return {
      status: 421,
      headers: [['Require', 'sec-agree']],
      cause: {
        what: 'cause.securityAgreementRequired',
        text:
          `REGISTER of ${message.to.uri.text} comes without ${isRequired ? '' : 'Require and Proxy-Require: sec-agree'}` +
          `${isRequired || client.length > 0 ? '' : ' and '}${client.length === 0 ? 'Security-Client' : ''}, ` +
          'but IMS AKA needs IPsec here: switch it on in the UE, or security: none at the P-CSCF',
        clause: 'TS 24.229 §5.2.2.2, RFC 3329 2.3.1',
      },
    };
  }
  // AKA-56: behind a NAT ESP passes in UDP alone, and nowhere else is it needed (TS 33.203 Annex M).
  const mode = isBehindNat(message, source) ? 'UDP-enc-tun' : 'trans';
  const chosen = choose(client, algorithms, mode);
  if (chosen !== undefined) return { association: undefined, offer: { client, chosen } };
  const supportedHere: Headers = [
    ['Security-Server', formatSecurityMechanisms(algorithms.map((pair) => supported(pair, mode)))],
  ];
  if (choose(client, algorithms, mode === 'trans' ? 'UDP-enc-tun' : 'trans') !== undefined) {
    return wrongMode(message, source, mode, supportedHere);
  }
  return notUsable(client, algorithms, message, supportedHere);
}

/** Its algorithms would do, but not on this way. */
function wrongMode(
  { to, topVia }: SipRequest,
  { endpoint: { address } }: Source,
  mode: IpsecMode,
  headers: Headers,
): Refusal {
  const text =
    mode === 'UDP-enc-tun'
      ? `the UE of ${to.uri.text} is behind a NAT (it writes ${topVia.host} into Via, and sends from ${address}), but offers no ` +
        'mod=UDP-enc-tun, without which ESP does not pass: set security.mode of the UE to UDP-enc-tun'
      : `the UE of ${to.uri.text} offers mod=UDP-enc-tun alone, but there is no NAT between: let it offer mod=trans too`;
  return {
    status: 494,
    headers,
    cause: { what: 'cause.noCommonSecurityMechanism', text, clause: 'TS 33.203 Annex M' },
  };
}

function notUsable(
  client: readonly SecurityMechanism[],
  algorithms: readonly AlgorithmPair[],
  message: SipRequest,
  headers: Headers,
): Refusal {
  const problem = client.map(mechanismProblem).find((each) => each !== undefined);
  return {
    status: 494,
    headers,
    cause: {
      what: 'cause.noCommonSecurityMechanism',
      text:
        `nothing in Security-Client of ${message.to.uri.text} can be used${problem === undefined ? '' : ` (${problem})`}: ` +
        `have one of ${algorithms.map(({ integrity, encryption }) => `${integrity}/${encryption}`).join(', ')} in common`,
      clause: 'RFC 3329 2.3.1, TS 33.203 §7.2',
    },
  };
}

/** Without SPIs: it is what may be offered, and no offer. */
function supported({ integrity, encryption }: AlgorithmPair, mode: IpsecMode): SecurityMechanism {
  return {
    name: 'ipsec-3gpp',
    parameters: new Map([
      ['alg', integrity],
      ['ealg', encryption],
      ['prot', 'esp'],
      ['mod', mode],
    ]),
  };
}

/** REG-24, AKA-43: what comes over a set must be of its user, and repeat what was agreed. TS 33.203 §7.2, §7.3.2. */
export function agreementOver(
  message: SipRequest,
  association: Association,
  privateIdentity: string | undefined,
  { algorithms }: SecurityConfig,
): Agreed | Refusal {
  const { entry, server, isTemporary } = association;
  if (privateIdentity !== undefined && canonicalPrivateIdentity(privateIdentity) !== entry.privateIdentity) {
    return foreign(association, privateIdentity);
  }
  if (entry.machine.done) return over(association);
  if (!sameAgreement(parseSecurityMechanisms(message.headers('Security-Verify')), server)) {
    return mismatch(association, message, 'Security-Verify', 'Security-Server was sent');
  }
  const client = parseSecurityMechanisms(message.headers('Security-Client'));
  if (isTemporary && !sameAgreement(client, association.client)) {
    return mismatch(association, message, 'Security-Client', 'it was in the first REGISTER');
  }
  const chosen = choose(client, algorithms, association.set.mode);
  return { association, offer: chosen && { client, chosen } };
}

function foreign({ entry }: Association, privateIdentity: string): Refusal {
  return {
    status: 403,
    headers: [],
    cause: {
      what: 'cause.foreignAssociation',
      text:
        `REGISTER of ${privateIdentity} came over the security associations of ${entry.privateIdentity}: ` +
        'look which UE has taken the other one’s address and ports',
      clause: 'TS 33.203 §7.3.2, TS 24.229 §5.2.2.2',
    },
  };
}

/** Nothing is wrong with it but that its registration is over: upon 500 a UE registers anew, after 403 it would stay away. */
function over({ entry }: Association): Refusal {
  return {
    status: 500,
    headers: [],
    cause: {
      what: 'cause.associationOver',
      text:
        `REGISTER of ${entry.publicIdentity} came over security associations whose registration has ended: the UE has to ` +
        'begin anew, outside of them',
      clause: 'TS 24.229 §5.1.1.4.1, §5.2.5.2',
    },
  };
}

function mismatch(association: Association, message: SipRequest, name: string, before: string): Refusal {
  const what = message.has(name)
    ? `is not as ${before}: somebody on the way has changed it, or the UE does not repeat all of its entries in order; compare the two in the ladder`
    : 'is missing: the UE leaves it out, or somebody on the way has removed it; look at the REGISTER as the UE sent it';
  return {
    status: 494,
    headers: [['Security-Server', securityServer(association)]],
    cause: {
      what: 'cause.securityAgreementBroken',
      text: `${name} of ${association.entry.publicIdentity} ${what}`,
      clause: 'TS 33.203 §7.2, RFC 3329 2.3.1',
    },
  };
}
