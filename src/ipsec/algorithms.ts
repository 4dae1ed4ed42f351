/** The algorithms of a security association: what TS 33.203 Annex H names, and which go together. */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../environment/index.js';

/** `alg` and `ealg` of one security mechanism. */
export interface AlgorithmPair {
  readonly integrity: IntegrityAlgorithm;
  readonly encryption: EncryptionAlgorithm;
}

/**
 * Every pair that may be agreed on (AKA-40): `null` integrity with AES-GCM only, which brings its own; AES-GMAC without
 * encryption only. HMAC-MD5-96 and 3DES are gone from newer releases and stay for older phones.
 */
export const algorithmPairs: readonly AlgorithmPair[] = [
  { integrity: 'hmac-sha-1-96', encryption: 'aes-cbc' },
  { integrity: 'hmac-sha-1-96', encryption: 'des-ede3-cbc' },
  { integrity: 'hmac-sha-1-96', encryption: 'null' },
  { integrity: 'hmac-md5-96', encryption: 'aes-cbc' },
  { integrity: 'hmac-md5-96', encryption: 'des-ede3-cbc' },
  { integrity: 'hmac-md5-96', encryption: 'null' },
  { integrity: 'aes-gmac', encryption: 'null' },
  { integrity: 'null', encryption: 'aes-gcm' },
];

/** The pair of that name, if the two may go together. Names are lower case. */
export function algorithmPair(integrity: string, encryption: string): AlgorithmPair | undefined {
  return algorithmPairs.find((pair) => pair.integrity === integrity && pair.encryption === encryption);
}

export function isSamePair(a: AlgorithmPair, b: AlgorithmPair): boolean {
  return a.integrity === b.integrity && a.encryption === b.encryption;
}
