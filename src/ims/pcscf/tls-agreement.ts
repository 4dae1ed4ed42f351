/** P-CSCF, REGISTER over TLS, and the security agreement that leads there. TS 33.203 Annex O; TS 24.229 §5.2.2.4; RFC 3329 2.3.1. */
import { formatSecurityMechanisms, parseSecurityMechanisms, sameAgreement } from '../../ipsec/index.js';
import { detached, type ServerRequest, type SipRequest } from '../../sip/index.js';
import { type Agreed, type Refusal, withoutAgreement } from './agreement.js';
import type { UeRegistration, UeRegistrations } from './registrations.js';

/** Security-Server of a P-CSCF that agrees to TLS: it has nothing else to choose from then. */
export const tlsSecurityServer = 'tls';
const server = parseSecurityMechanisms([tlsSecurityServer]);

/** What a UE and this P-CSCF have said of TLS. */
export interface TlsAgreed {
  /** Security-Client, as it came. */
  readonly client: string;
  /** The registration in which it was said. */
  readonly callId: string;
}

/** The UE asks for TLS, and no more than that: undefined, as it wants none or something else. */
function tlsOfferOf(message: SipRequest): TlsAgreed | undefined {
  if (!message.hasOption('Require', 'sec-agree') && !message.hasOption('Proxy-Require', 'sec-agree')) return undefined;
  const client = parseSecurityMechanisms(message.headers('Security-Client'));
  if (!client.some(({ name }) => name === 'tls')) return undefined;
  return { client: formatSecurityMechanisms(client), callId: detached(message.callId) };
}

/** A REGISTER that came over TLS. */
export function agreementOverTls(
  { message, source }: ServerRequest,
  registrations: UeRegistrations,
  privateIdentity: string,
): Agreed | Refusal {
  const owner = registrations.overTls(source);
  if (owner !== undefined && owner.privateIdentity !== privateIdentity) return foreign(owner, privateIdentity);
  const tls = tlsOfferOf(message);
  const before = owner === undefined ? registrations.find(privateIdentity, message)?.tlsOfferedIn(message) : owner.tls;
  const repeats = before !== undefined || message.has('Security-Verify');
  if (repeats && !sameAgreement(parseSecurityMechanisms(message.headers('Security-Verify')), server)) {
    return broken(message, 'Security-Verify', 'Security-Server was sent');
  }
  // TS 33.203 §O.3: until the UE is registered over it, the offer that led here counts.
  if (before !== undefined && owner === undefined && tls !== undefined && tls.client !== before.client) {
    return broken(message, 'Security-Client', 'it was in the first REGISTER');
  }
  return tls === undefined ? withoutAgreement : { ...withoutAgreement, tls };
}

/** In the clear: what was agreed for TLS has to come over it. */
export function agreementBeforeTls({ message }: ServerRequest): Agreed | Refusal {
  const verify = parseSecurityMechanisms(message.headers('Security-Verify'));
  if (verify.some(({ name }) => name === 'tls')) {
    return {
      status: 494,
      headers: [['Security-Server', tlsSecurityServer]],
      cause: {
        what: 'cause.outsideTls',
        text: `REGISTER of ${message.to.uri.text} repeats Security-Server with tls, but came without TLS: the UE has to send it to the port under tls://`,
        clause: 'TS 24.229 §5.2.2.4, RFC 3329 2.3.1',
      },
    };
  }
  const tls = tlsOfferOf(message);
  return tls === undefined ? withoutAgreement : { ...withoutAgreement, tls };
}

function foreign({ privateIdentity: owner }: UeRegistration, privateIdentity: string): Refusal {
  return {
    status: 403,
    headers: [],
    cause: {
      what: 'cause.foreignAssociation',
      text: `REGISTER of ${privateIdentity} came over the TLS connection of ${owner}: each UE has one of its own`,
      clause: 'TS 24.229 §5.2.2.4, TS 33.203 §O.3',
    },
  };
}

function broken({ to }: SipRequest, name: string, before: string): Refusal {
  return {
    status: 494,
    headers: [['Security-Server', tlsSecurityServer]],
    cause: {
      what: 'cause.securityAgreementBroken',
      text: `${name} of ${to.uri.text} is not as ${before}: somebody on the way has changed it, or the UE does not repeat it; compare the two in the ladder`,
      clause: 'TS 33.203 §O.3, RFC 3329 2.3.1',
    },
  };
}
