/**
 * TLS 1.2 on the wire (RFC 5246) with the suite TLS_RSA_WITH_NULL_SHA256: whoever reads a capture reads what is within, and
 * Wireshark takes it for what it is. The octets keep nothing secret: nobody listens in on a simulated network. The premaster
 * secret stands in the clear where RFC 5246 7.4.7.1 encrypts it, so that one seed gives one capture.
 */
import { createHash, createHmac } from 'node:crypto';

const VERSION = 0x0303;
/** TLS_RSA_WITH_NULL_SHA256. */
const CIPHER_SUITE = 0x003b;
/** RFC 5246 6.2.1. */
const FRAGMENT_MAX = 16_384;
const HEADER_LENGTH = 5;
const MAC_LENGTH = 32;
const VERIFY_DATA_LENGTH = 12;

export const contentType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
export const handshakeType = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverHelloDone: 14,
  clientKeyExchange: 16,
  finished: 20,
} as const;
/** RFC 5246 7.2. */
export const alert = { closeNotify: 0, badCertificate: 42, certificateExpired: 45, unknownCa: 48 } as const;

export interface TlsRecord {
  readonly type: number;
  readonly fragment: Buffer;
}

/** RFC 5246 5: P_SHA256. */
function pseudoRandom(secret: Buffer, label: string, seed: Buffer, length: number): Buffer {
  const labelled = Buffer.concat([Buffer.from(label, 'latin1'), seed]);
  const hmac = (data: Buffer): Buffer => createHmac('sha256', secret).update(data).digest();
  const parts: Buffer[] = [];
  for (let a = hmac(labelled), octets = 0; octets < length; a = hmac(a), octets += MAC_LENGTH) {
    parts.push(hmac(Buffer.concat([a, labelled])));
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** What both ends know when the key exchange is over. */
export class TlsKeys {
  readonly master: Buffer;
  readonly clientMac: Buffer;
  readonly serverMac: Buffer;

  constructor(
    premaster: Buffer,
    readonly clientRandom: Buffer,
    serverRandom: Buffer,
  ) {
    this.master = pseudoRandom(premaster, 'master secret', Buffer.concat([clientRandom, serverRandom]), 48);
    const seed = Buffer.concat([serverRandom, clientRandom]);
    const block = pseudoRandom(this.master, 'key expansion', seed, 2 * MAC_LENGTH);
    this.clientMac = block.subarray(0, MAC_LENGTH);
    this.serverMac = block.subarray(MAC_LENGTH);
  }

  /** Of Finished, over all handshake messages before it. */
  verifyData(side: 'client' | 'server', transcript: readonly Buffer[]): Buffer {
    const hash = createHash('sha256').update(Buffer.concat(transcript)).digest();
    return pseudoRandom(this.master, `${side} finished`, hash, VERIFY_DATA_LENGTH);
  }

  get logLine(): string {
    return `CLIENT_RANDOM ${this.clientRandom.toString('hex')} ${this.master.toString('hex')}`;
  }
}

/** Seals what one end sends: in the clear until it has keys. */
export class RecordWriter {
  #macKey: Buffer | undefined;
  #sequence = 0n;

  useKey(macKey: Buffer): void {
    this.#macKey = macKey;
    this.#sequence = 0n;
  }

  /** Several records where it is too long for one. */
  write(type: number, content: Buffer): Buffer {
    if (content.length <= FRAGMENT_MAX) return this.#record(type, content);
    const parts: Buffer[] = [];
    for (let at = 0; at < content.length; at += FRAGMENT_MAX) {
      parts.push(this.#record(type, content.subarray(at, at + FRAGMENT_MAX)));
    }
    return Buffer.concat(parts);
  }

  #record(type: number, fragment: Buffer): Buffer {
    const mac = this.#macKey === undefined ? undefined : this.#mac(this.#macKey, type, fragment);
    const header = recordHeader(type, fragment.length + (mac?.length ?? 0));
    return Buffer.concat(mac === undefined ? [header, fragment] : [header, fragment, mac]);
  }

  /** RFC 5246 6.2.3.1. */
  #mac(key: Buffer, type: number, fragment: Buffer): Buffer {
    const sequence = Buffer.alloc(8);
    sequence.writeBigUInt64BE(this.#sequence++);
    return createHmac('sha256', key)
      .update(sequence)
      .update(recordHeader(type, fragment.length))
      .update(fragment)
      .digest();
  }
}

function recordHeader(type: number, length: number): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt8(type, 0);
  header.writeUInt16BE(VERSION, 1);
  header.writeUInt16BE(length, 3);
  return header;
}

/** Cuts what arrives into records. The simulated network changes no octet: MACs are there to be seen, and not checked. */
export class RecordReader {
  #rest: Buffer = Buffer.alloc(0);
  /** The peer has changed to keys. */
  hasMac = false;

  /** `onRecord` may set `hasMac`. False: what came is no TLS. */
  feed(bytes: Buffer, onRecord: (record: TlsRecord) => void): boolean {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (rest.length > 0) {
      const type = rest[0]!;
      if (type < contentType.changeCipherSpec || type > contentType.applicationData) return false;
      if (rest.length < HEADER_LENGTH) break;
      const end = HEADER_LENGTH + rest.readUInt16BE(3);
      if (rest.length < end) break;
      const content = rest.subarray(HEADER_LENGTH, this.hasMac ? end - MAC_LENGTH : end);
      rest = rest.subarray(end);
      onRecord({ type, fragment: content });
    }
    this.#rest = rest.length === 0 ? rest : Buffer.from(rest);
    return true;
  }
}

export function handshakeMessage(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length, 0);
  header.writeUInt8(type, 0);
  return Buffer.concat([header, body]);
}

/** RFC 5246 7.4.1.2; the first host name that is no address goes into server_name (RFC 6066 3). */
export function clientHello(random: Buffer, names: readonly string[]): Buffer {
  const suites = Buffer.alloc(4);
  suites.writeUInt16BE(2, 0);
  suites.writeUInt16BE(CIPHER_SUITE, 2);
  const name = names.find((each) => !/^[\d.]+$|:/.test(each));
  const extensions = name === undefined ? Buffer.alloc(0) : serverName(name);
  return Buffer.concat([versionOctets(), random, Buffer.of(0), suites, Buffer.of(1, 0), extensions]);
}

export function serverHello(random: Buffer, sessionId: Buffer): Buffer {
  const suite = Buffer.alloc(3);
  suite.writeUInt16BE(CIPHER_SUITE, 0);
  return Buffer.concat([versionOctets(), random, Buffer.of(sessionId.length), sessionId, suite]);
}

/** Of ClientHello and ServerHello alike: 32 octets behind the version. */
export function randomIn(body: Buffer): Buffer {
  return Buffer.from(body.subarray(2, 34));
}

/** DER, the own one first. */
export function certificateMessage(chain: readonly Buffer[]): Buffer {
  return lengthPrefixed(Buffer.concat(chain.map((each) => lengthPrefixed(each, 3))), 3);
}

export function certificatesIn(body: Buffer): readonly Buffer[] {
  const certificates: Buffer[] = [];
  for (let at = 3; at + 3 <= body.length; ) {
    const length = body.readUIntBE(at, 3);
    certificates.push(Buffer.from(body.subarray(at + 3, at + 3 + length)));
    at += 3 + length;
  }
  return certificates;
}

export function keyExchange(premaster: Buffer): Buffer {
  return lengthPrefixed(premaster, 2);
}

export function premasterIn(body: Buffer): Buffer {
  return Buffer.from(body.subarray(2));
}

function versionOctets(): Buffer {
  return Buffer.of(VERSION >> 8, VERSION & 0xff);
}

function serverName(name: string): Buffer {
  const entry = Buffer.concat([Buffer.of(0), lengthPrefixed(Buffer.from(name, 'latin1'), 2)]);
  const extension = Buffer.concat([Buffer.of(0, 0), lengthPrefixed(lengthPrefixed(entry, 2), 2)]);
  return lengthPrefixed(extension, 2);
}

function lengthPrefixed(bytes: Buffer, octets: 2 | 3): Buffer {
  const length = Buffer.alloc(octets);
  length.writeUIntBE(bytes.length, 0, octets);
  return Buffer.concat([length, bytes]);
}
