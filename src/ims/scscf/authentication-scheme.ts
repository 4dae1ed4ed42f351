/** S-CSCF: which authentication a REGISTER asks for. TS 24.229 §5.4.1.1, TS 33.203 Annex P.4, §7.2A.2; REG-40. */
import type { Credentials } from '../../sip/index.js';
import type { ScscfConfig } from './config.js';

/** SIP-Authentication-Scheme of MAR (TS 29.229 6.3.9). `Unknown`: the HSS shall say. */
export type RequestedScheme = 'Digest-AKAv1-MD5' | 'Digest-AKAv2-MD5' | 'SIP Digest' | 'Unknown';

/** What the P-CSCF wrote into integrity-protected decides; `aka`: the AKA of the operator's choice. TS 33.203 P.4. */
const schemes: ReadonlyMap<string, RequestedScheme | 'aka'> = new Map([
  ['no', 'aka'],
  ['yes', 'aka'],
  ['tls-connected', 'Digest-AKAv2-MD5'],
  ['tls-pending', 'SIP Digest'],
  ['tls-yes', 'SIP Digest'],
  ['ip-assoc-pending', 'SIP Digest'],
  ['ip-assoc-yes', 'SIP Digest'],
]);

/** `credentials` undefined: no Authorization, or none that can be read. */
export function requestedScheme(
  credentials: Credentials | undefined,
  { aka }: ScscfConfig['authentication'],
): RequestedScheme {
  const scheme = schemes.get(credentials?.integrityProtected?.toLowerCase() ?? '') ?? 'Unknown';
  return scheme === 'aka' ? `Digest-${aka}` : scheme;
}

/**
 * What to ask for when the subscription has nothing for `refused`; undefined: nothing else. Deviates: TS 24.229 asks once.
 * A REGISTER tells little before a challenge: test tools begin IMS AKA without Authorization, and SIP Digest begins with one
 * that names no algorithm (TS 24.229 §5.1.1.2.3), which a P-CSCF without security associations may take for IMS AKA.
 */
export function otherScheme(
  refused: RequestedScheme,
  credentials: Credentials | undefined,
  { aka }: ScscfConfig['authentication'],
): RequestedScheme | undefined {
  if (refused === 'Unknown') return `Digest-${aka}`;
  const { algorithm, nonce = '', integrityProtected } = credentials ?? {};
  const isOpen = algorithm === undefined && nonce === '' && integrityProtected?.toLowerCase() === 'no';
  return isOpen && refused !== 'SIP Digest' ? 'SIP Digest' : undefined;
}

/** Values of integrity-protected under which the sender has proved who it is before, so that no challenge is due (REG-44). */
const protectedValues: ReadonlySet<string> = new Set(['yes', 'tls-yes', 'ip-assoc-yes']);

export function isProtected(credentials: Credentials | undefined): boolean {
  return protectedValues.has(credentials?.integrityProtected?.toLowerCase() ?? '');
}

/** Another trusted node has authenticated the user already: an MSC server (TS 24.229 §5.4.1.2.2E, TS 29.292). */
export function isAuthenticatedElsewhere(credentials: Credentials | undefined): boolean {
  return credentials?.integrityProtected?.toLowerCase() === 'auth-done';
}
