/** Keys of ESP from CK and IK: TS 33.203 Annex I; the key derivation function of TS 33.220 B.2. */
import { createHmac } from 'node:crypto';
import type { EncryptionAlgorithm, IntegrityAlgorithm, SecurityAssociationSet } from '../environment/index.js';

export interface EspKeys {
  /** Empty where nothing is encrypted. */
  readonly encryptionKey: Buffer;
  /** Empty where the encryption has its own integrity. */
  readonly integrityKey: Buffer;
  /** 4 octets for AES-GCM and AES-GMAC, else empty. */
  readonly salt: Buffer;
}

/** The numbers are those of the two functions' FC; the strings are their P0. */
const GMAC_SALT = { code: 0x58, label: 'AES_GMAC_SALT' } as const;
const GCM_SALT = { code: 0x59, label: 'AES_GCM_SALT' } as const;

const none = Buffer.alloc(0);

const integrityKeys: Readonly<Record<IntegrityAlgorithm, (ik: Buffer) => Buffer>> = {
  'hmac-md5-96': (ik) => ik,
  'hmac-sha-1-96': (ik) => Buffer.concat([ik, Buffer.alloc(4)]), // 160 bits: IK and 32 zeros
  'aes-gmac': (ik) => ik,
  null: () => none,
};

const encryptionKeys: Readonly<Record<EncryptionAlgorithm, (ck: Buffer) => Buffer>> = {
  'des-ede3-cbc': (ck) => Buffer.concat([ck, ck.subarray(0, 8)]), // CK1, CK2, CK1; parity bits as they come
  'aes-cbc': (ck) => ck,
  'aes-gcm': (ck) => ck,
  null: () => none,
};

/** The same for all four associations of a set. */
export function espKeys({ integrity, encryption, ck, ik }: Omit<SecurityAssociationSet, 'local' | 'remote'>): EspKeys {
  const salt = encryption === 'aes-gcm' ? GCM_SALT : integrity === 'aes-gmac' ? GMAC_SALT : undefined;
  return {
    encryptionKey: encryptionKeys[encryption](ck),
    integrityKey: integrityKeys[integrity](ik),
    salt: salt === undefined ? none : deriveSalt(ck, ik, salt),
  };
}

/** The last four octets of HMAC-SHA-256 under CK and IK of FC, P0 and L0. */
function deriveSalt(
  ck: Buffer,
  ik: Buffer,
  { code, label }: { readonly code: number; readonly label: string },
): Buffer {
  const text = Buffer.concat([Buffer.of(code), Buffer.from(label), Buffer.of(0, label.length)]);
  const derived = createHmac('sha256', Buffer.concat([ck, ik]))
    .update(text)
    .digest();
  return derived.subarray(derived.length - 4);
}
