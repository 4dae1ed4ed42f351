/**
 * What makes an ESP packet of clear octets and back: encryption and integrity of one set's algorithms. A separate cipher
 * and MAC (RFC 2451, 3602, 2403, 2404), or one algorithm for both (RFC 4106, 4543).
 */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import type { Random, SecurityAssociationSet } from '../environment/index.js';
import { type EspKeys, espKeys } from './keys.js';

/** SPI and sequence number. */
export const ESP_HEADER_LENGTH = 8;

export interface EspTransform {
  /** The clear octets with padding and trailer are a multiple of it. */
  readonly alignment: number;
  /** The whole packet of its header and of the clear octets with padding and trailer. */
  seal(header: Buffer, clear: Buffer): Buffer;
  /** The clear octets with padding and trailer; undefined where length or ICV are wrong. */
  open(packet: Buffer): Buffer | undefined;
}

/** `random` gives the initialisation vectors of CBC. */
export function espTransform(set: Omit<SecurityAssociationSet, 'local' | 'remote'>, random: Random): EspTransform {
  const keys = espKeys(set);
  if (set.encryption === 'aes-gcm') return new CombinedTransform(keys.encryptionKey, keys.salt, true);
  if (set.integrity === 'aes-gmac') return new CombinedTransform(keys.integrityKey, keys.salt, false);
  const hash = set.integrity === 'hmac-md5-96' ? 'md5' : 'sha1';
  return new SeparateTransform(ciphers[set.encryption], hash, keys, random);
}

interface Cipher {
  /** As the library names it; undefined: none. */
  readonly name: string | undefined;
  readonly ivLength: number;
  readonly alignment: number;
}

const ciphers: Readonly<Record<'des-ede3-cbc' | 'aes-cbc' | 'null', Cipher>> = {
  'des-ede3-cbc': { name: 'des-ede3-cbc', ivLength: 8, alignment: 8 },
  'aes-cbc': { name: 'aes-128-cbc', ivLength: 16, alignment: 16 },
  null: { name: undefined, ivLength: 0, alignment: 4 }, // RFC 4303 2.4: the trailer ends at 4 octets
};

/** HMAC-MD5-96 and HMAC-SHA-1-96 have the first 96 bits. */
const TRUNCATED_LENGTH = 12;

class SeparateTransform implements EspTransform {
  readonly alignment: number;

  constructor(
    private readonly cipher: Cipher,
    private readonly hash: 'md5' | 'sha1',
    private readonly keys: EspKeys,
    private readonly random: Random,
  ) {
    this.alignment = cipher.alignment;
  }

  seal(header: Buffer, clear: Buffer): Buffer {
    const { name, ivLength } = this.cipher;
    const authenticated = [header, ...(name === undefined ? [clear] : this.#encrypt(name, ivLength, clear))];
    return Buffer.concat([...authenticated, this.#icv(authenticated)]);
  }

  open(packet: Buffer): Buffer | undefined {
    const { name, ivLength, alignment } = this.cipher;
    const start = ESP_HEADER_LENGTH + ivLength;
    const end = packet.length - TRUNCATED_LENGTH;
    if (end < start + alignment || (end - start) % alignment !== 0) return undefined;
    const isProven = timingSafeEqual(this.#icv([packet.subarray(0, end)]), packet.subarray(end));
    if (!isProven) return undefined;
    const content = packet.subarray(start, end);
    if (name === undefined) return content;
    const decipher = createDecipheriv(name, this.keys.encryptionKey, packet.subarray(ESP_HEADER_LENGTH, start));
    decipher.setAutoPadding(false);
    return Buffer.concat([decipher.update(content), decipher.final()]);
  }

  #encrypt(name: string, ivLength: number, clear: Buffer): Buffer[] {
    const iv = this.random.bytes(ivLength);
    const cipher = createCipheriv(name, this.keys.encryptionKey, iv);
    cipher.setAutoPadding(false);
    return [iv, cipher.update(clear), cipher.final()];
  }

  #icv(parts: readonly Buffer[]): Buffer {
    const hmac = createHmac(this.hash, this.keys.integrityKey);
    for (const part of parts) hmac.update(part);
    return hmac.digest().subarray(0, TRUNCATED_LENGTH);
  }
}

const COMBINED_IV_LENGTH = 8;
const COMBINED_ICV_LENGTH = 16;

/** AES-GCM (RFC 4106), or AES-GMAC, which is the same with everything but the ICV in the clear (RFC 4543). */
export class CombinedTransform implements EspTransform {
  readonly alignment = 4;

  constructor(
    private readonly key: Buffer,
    private readonly salt: Buffer,
    private readonly encrypts: boolean,
  ) {}

  seal(header: Buffer, clear: Buffer): Buffer {
    // The four associations of a set share key and salt, and an IV must not come twice under them (RFC 4106 3.1): SPI and
    // sequence number do not.
    const iv = header;
    const cipher = createCipheriv('aes-128-gcm', this.key, Buffer.concat([this.salt, iv]));
    cipher.setAAD(this.encrypts ? header : Buffer.concat([header, iv, clear])); // RFC 4543 4
    const content = this.encrypts ? cipher.update(clear) : clear;
    cipher.final();
    return Buffer.concat([header, iv, content, cipher.getAuthTag()]);
  }

  open(packet: Buffer): Buffer | undefined {
    const start = ESP_HEADER_LENGTH + COMBINED_IV_LENGTH;
    const end = packet.length - COMBINED_ICV_LENGTH;
    if (end < start + this.alignment || (end - start) % this.alignment !== 0) return undefined;
    const nonce = Buffer.concat([this.salt, packet.subarray(ESP_HEADER_LENGTH, start)]);
    const decipher = createDecipheriv('aes-128-gcm', this.key, nonce, { authTagLength: COMBINED_ICV_LENGTH });
    decipher.setAAD(packet.subarray(0, this.encrypts ? ESP_HEADER_LENGTH : end));
    decipher.setAuthTag(packet.subarray(end));
    const content = packet.subarray(start, end);
    const clear = this.encrypts ? decipher.update(content) : content;
    try {
      decipher.final();
    } catch {
      return undefined; // the library's way to say that the ICV is wrong
    }
    return clear;
  }
}
