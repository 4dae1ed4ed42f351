/** P-CSCF: what `integrity-protected` in Authorization says to the S-CSCF. TS 24.229 §5.2.2, §7.2A.2; REG-21. */
import { decodeNonce } from '../../aka/index.js';
import type { Credentials } from '../../sip/index.js';

/** How a UE authenticates: IMS AKA, SIP Digest (TS 33.203 Annex N), or without a word of its own (GIBA, Annex T). */
export type Scheme = 'aka' | 'digest' | 'none';

/** Where a REGISTER comes from, as far as it matters here. */
export interface Origin {
  readonly scheme: Scheme;
  /** Over TLS; `bound`: over the connection over which this private identity has registered (TS 33.203 O.3). */
  readonly tls: 'none' | 'unbound' | 'bound';
  /** Over a security association of the UE. */
  readonly isProtected: boolean;
  /** From where this private identity has registered with SIP Digest: its IP association (TS 33.203 N.2.1). */
  readonly isAssociated: boolean;
  /** From a node that is trusted to have authenticated the user itself (TS 29.292: an MSC server). */
  readonly isTrusted: boolean;
}

/**
 * The algorithm says it. Without one the nonce does: RAND and AUTN are IMS AKA (TS 24.229 §5.4.1.2.1A). A first REGISTER that
 * has neither counts as IMS AKA, since many UEs and test tools begin so, unless the contact has used SIP Digest before.
 */
export function schemeOf(credentials: Credentials | undefined, before: Scheme | undefined): Scheme {
  if (credentials === undefined) return 'none';
  const { algorithm, nonce = '' } = credentials;
  if (algorithm !== undefined) return algorithm.toLowerCase().startsWith('akav') ? 'aka' : 'digest';
  if (nonce === '') return before === 'digest' ? 'digest' : 'aka';
  return decodeNonce(nonce) === undefined ? 'digest' : 'aka';
}

/** The value; undefined: the parameter is left out, whatever the UE wrote. */
export function integrityProtected(
  { response = '', algorithm = '' }: Credentials,
  { scheme, tls, isProtected, isAssociated, isTrusted }: Origin,
): string | undefined {
  if (isTrusted) return 'auth-done';
  if (isProtected) return 'yes'; // TS 24.229 §5.2.2.2
  if (tls !== 'none') {
    if (scheme === 'aka') return algorithm.toLowerCase().startsWith('akav2') ? 'tls-connected' : 'no';
    if (tls === 'bound') return 'tls-yes'; // TS 24.229 §5.2.2.4
    return response === '' ? undefined : 'tls-pending';
  }
  if (scheme === 'aka') return 'no';
  if (isAssociated) return 'ip-assoc-yes'; // TS 24.229 §5.2.2.3
  return response === '' ? undefined : 'ip-assoc-pending';
}
