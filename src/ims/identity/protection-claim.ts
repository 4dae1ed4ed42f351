/** What a P-CSCF says of the UE that sent a REGISTER, and who may say it. TS 24.229 §4.4, §5.2.2.1, §5.4.1.1. */
import { parseCredentials, type SipRequest } from '../../sip/index.js';

/** Values of integrity-protected that spare the UE a challenge (REG-44). */
const sparing: ReadonlySet<string> = new Set(['yes', 'tls-yes', 'ip-assoc-yes', 'auth-done']);

/**
 * The claim that the user has proved who it is, where it comes from outside the trust domain. Undefined: there is none, or it
 * is one of ours who says so. `trusted` undefined: everybody is.
 */
export function unbelievedClaim(
  request: SipRequest,
  address: string,
  trusted: ReadonlySet<string> | undefined,
): string | undefined {
  if (trusted === undefined || trusted.has(address)) return undefined;
  const authorization = request.header('Authorization');
  const claim = authorization === undefined ? undefined : parseCredentials(authorization)?.integrityProtected;
  return claim !== undefined && sparing.has(claim.toLowerCase()) ? claim : undefined;
}

/** Why it is refused. */
export function unbelievedText(identity: string, address: string, claim: string): string {
  return (
    `REGISTER of ${identity} came from ${address} with integrity-protected="${claim}": only a node of the topology may say so; ` +
    'a UE goes to its P-CSCF, and a P-CSCF that imslab does not run has to stand in the topology as external'
  );
}
