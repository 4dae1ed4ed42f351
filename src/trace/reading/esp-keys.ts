/** Opens captured ESP (RFC 4303) with Wireshark's table `esp_sa`, and reads what has no encryption. */
import { createDecipheriv } from 'node:crypto';

export interface EspContent {
  /** RFC 4303 2.6: a transport protocol, or IP in tunnel mode. */
  readonly protocol: number;
  readonly payload: Buffer;
}

interface Opening {
  readonly cipher: string;
  readonly key: Buffer;
  /** Octets before what is encrypted, and behind it. */
  readonly ivLength: number;
  readonly icvLength: number;
  readonly salt: Buffer;
}

const HEADER_LENGTH = 8;
/** HMAC of 96 bits, AES-GMAC or HMAC-SHA-256-128, none. */
const icvLengths = [12, 16, 0];
/** IPv4 and IPv6 in tunnel mode, TCP, UDP. */
const carriedProtocols: ReadonlySet<number> = new Set([4, 41, 6, 17]);

export class EspKeys {
  /** By SPI, in hexadecimal digits; associations without encryption can be read as they are. */
  readonly #openings = new Map<string, Opening>();

  /** @param table the lines of `esp_sa` */
  constructor(table: string) {
    for (const line of table.split('\n')) {
      const fields = [...line.matchAll(/"([^"]*)"/g)].map(([, field]) => field!);
      const [, , , spi = '', encryption = '', keyText = ''] = fields;
      const opening = openingOf(encryption, Buffer.from(keyText.slice(2), 'hex'));
      if (opening !== undefined) this.#openings.set(spi.slice(2).toLowerCase().padStart(8, '0'), opening);
    }
  }

  /** Whether `packet` begins with the SPI of a known association. */
  knows(packet: Buffer): boolean {
    return this.#openings.has(packet.toString('hex', 0, 4));
  }

  /** @param packet from its SPI on */
  open(packet: Buffer): EspContent | undefined {
    const opening = this.#openings.get(packet.toString('hex', 0, 4));
    return opening === undefined ? unencrypted(packet) : decrypted(packet, opening);
  }
}

/** Names as Wireshark has them. RFC 3602, RFC 2451, RFC 4106; an HMAC of 96 bits behind the first two. */
function openingOf(name: string, key: Buffer): Opening | undefined {
  const none = Buffer.alloc(0);
  const bits = key.length * 8;
  if (name.startsWith('AES-CBC')) return { cipher: `aes-${bits}-cbc`, key, ivLength: 16, icvLength: 12, salt: none };
  if (name.startsWith('TripleDES')) return { cipher: 'des-ede3-cbc', key, ivLength: 8, icvLength: 12, salt: none };
  if (!name.startsWith('AES-GCM')) return undefined;
  const salt = key.subarray(-4);
  return { cipher: `aes-${bits - 32}-gcm`, key: key.subarray(0, -4), ivLength: 8, icvLength: 16, salt };
}

function decrypted(packet: Buffer, { cipher, key, ivLength, icvLength, salt }: Opening): EspContent | undefined {
  const start = HEADER_LENGTH + ivLength;
  try {
    const decipher = createDecipheriv(cipher, key, Buffer.concat([salt, packet.subarray(HEADER_LENGTH, start)]));
    if (cipher.endsWith('cbc')) decipher.setAutoPadding(false);
    return contentOf(decipher.update(packet.subarray(start, packet.length - icvLength)));
  } catch {
    return undefined; // no whole blocks, or no key of the right length
  }
}

/** RFC 2410: nothing tells that ESP has no encryption, except that its trailer makes sense. AES-GMAC has an IV of eight octets (RFC 4543). */
function unencrypted(packet: Buffer): EspContent | undefined {
  for (const icvLength of icvLengths) {
    for (const ivLength of [0, 8]) {
      const found = contentOf(packet.subarray(HEADER_LENGTH + ivLength, packet.length - icvLength));
      if (found !== undefined && isPlausible(found)) return found;
    }
  }
  return undefined;
}

/** RFC 4303 2.4: padding that counts from 1, its length, and the next header. */
function contentOf(plain: Buffer): EspContent | undefined {
  const protocol = plain.at(-1);
  const padding = plain.at(-2);
  if (protocol === undefined || padding === undefined || !carriedProtocols.has(protocol)) return undefined;
  const end = plain.length - 2 - padding;
  const isPadding = plain.subarray(Math.max(end, 0), -2).every((octet, index) => octet === index + 1);
  return end > 0 && isPadding ? { protocol, payload: plain.subarray(0, end) } : undefined;
}

const UDP = 17;

/** The length of a UDP datagram says whether octets before it are a header. */
function isPlausible({ protocol, payload }: EspContent): boolean {
  if (protocol === UDP) return payload.length >= 8 && payload.readUInt16BE(4) === payload.length;
  const first = payload[0]! >> 4;
  if (protocol === 4) return first === 4;
  return protocol === 41 ? first === 6 : payload.length >= 20 && (payload[12] ?? 0) >> 4 >= 5;
}
