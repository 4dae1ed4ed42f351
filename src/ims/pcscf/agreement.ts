/** P-CSCF, the security agreement in a REGISTER: what must be there, and whether it is what was said before. REG-22, REG-24; TS 24.229 §5.2.2.2; RFC 3329 2.3.1. */
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
import type { Headers, SipRequest } from '../../sip/index.js';
import { type Association, securityServer } from './associations.js';
import type { SecurityConfig } from './config.js';

/** What a REGISTER that may go on says of the security agreement. */
export interface Agreed {
  /** The set over which it came. */
  readonly association: Association | undefined;
  /** Security-Client, and what of it fits; undefined: the REGISTER makes no associations. */
  readonly offer: { readonly client: readonly SecurityMechanism[]; readonly chosen: IpsecProposal } | undefined;
}

/** A REGISTER with what it says of the agreement. Opaque to machines, as a routed request is. */
export interface RegisterRequest extends RoutedRequest {
  readonly agreed: Agreed;
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
export function agreementOf(message: SipRequest, { algorithms }: SecurityConfig): Agreed | Refusal {
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
  const chosen = choose(client, algorithms);
  return chosen === undefined
    ? notUsable(client, algorithms, message)
    : { association: undefined, offer: { client, chosen } };
}

function notUsable(
  client: readonly SecurityMechanism[],
  algorithms: readonly AlgorithmPair[],
  message: SipRequest,
): Refusal {
  const problem = client.map(mechanismProblem).find((each) => each !== undefined);
  return {
    status: 494,
    headers: [['Security-Server', formatSecurityMechanisms(algorithms.map(supported))]],
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
function supported({ integrity, encryption }: AlgorithmPair): SecurityMechanism {
  return {
    name: 'ipsec-3gpp',
    parameters: new Map([
      ['alg', integrity],
      ['ealg', encryption],
      ['prot', 'esp'],
      ['mod', 'trans'],
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
  if (privateIdentity !== undefined && privateIdentity !== entry.privateIdentity) {
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
  if (entry.machine.done) {
    return {
      status: 403,
      headers: [],
      cause: {
        what: 'cause.associationOver',
        text:
          `REGISTER of ${entry.publicIdentity} came over security associations whose registration has ended: the UE has to ` +
          'begin anew, outside of them',
        clause: 'TS 24.229 §5.1.1.6, §5.2.5',
      },
    };
  }
  if (!sameAgreement(parseSecurityMechanisms(message.headers('Security-Verify')), server)) {
    return mismatch(association, 'Security-Verify', 'Security-Server was sent');
  }
  const client = parseSecurityMechanisms(message.headers('Security-Client'));
  if (isTemporary && !sameAgreement(client, association.client)) {
    return mismatch(association, 'Security-Client', 'it was in the first REGISTER');
  }
  const chosen = choose(client, algorithms);
  return { association, offer: chosen && { client, chosen } };
}

function mismatch(association: Association, name: string, before: string): Refusal {
  return {
    status: 494,
    headers: [['Security-Server', securityServer(association)]],
    cause: {
      what: 'cause.securityAgreementBroken',
      text:
        `${name} of ${association.entry.publicIdentity} is not as ${before}: somebody on the way has changed it, or the UE does ` +
        'not repeat all of its entries in order; compare the two in the ladder',
      clause: 'TS 33.203 §7.2, RFC 3329 2.3.1',
    },
  };
}
