/** AVP data formats (RFC 6733 4.2, 4.3): how each is read, written and checked. */
import type { Format } from '../dictionaries/application.js';

export interface FormatCodec {
  /** Fewest octets of data; what Failed-AVP zero-fills (RFC 6733 7.5). */
  readonly minimum: number;
  /** Most octets of data. */
  readonly maximum: number;
  read(bytes: Buffer, start: number, end: number): unknown;
  /** Room for `value` in octets, at most. */
  room(value: never): number;
  /** Returns the offset after the data. The room is there. */
  write(into: Buffer, at: number, value: never): number;
}

const unlimited = 0xffffff;
/** Seconds from 1900 to 1970, and the NTP era that RFC 6733 4.3.1 (SNTP, RFC 5905) counts in. */
const ntpToUnixSeconds = 2208988800;
const ntpEraSeconds = 2 ** 32;

const shortLengthMax = 32;

function writeString(into: Buffer, at: number, value: string): number {
  const length = value.length;
  // Storing a short ASCII name here costs less than the call into the runtime.
  if (length > shortLengthMax) return at + into.write(value, at, 'utf8');
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code > 0x7f) return at + into.write(value, at, 'utf8');
    into[at + i] = code;
  }
  return at + length;
}

const text: FormatCodec = {
  minimum: 0,
  maximum: unlimited,
  read: (bytes, start, end) => bytes.toString('utf8', start, end),
  room: (value: string) => value.length * 3,
  write: writeString,
};

const nonEmptyText: FormatCodec = { ...text, minimum: 1 };

function writeUnsigned32(into: Buffer, at: number, value: number): number {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
  return at + 4;
}

const unsigned32: FormatCodec = {
  minimum: 4,
  maximum: 4,
  read: (bytes, start) => bytes.readUInt32BE(start),
  room: () => 4,
  write: writeUnsigned32,
};

const integer32: FormatCodec = { ...unsigned32, read: (bytes, start) => bytes.readInt32BE(start) };

const octets: FormatCodec = {
  minimum: 0,
  maximum: unlimited,
  read: (bytes, start, end) => bytes.subarray(start, end),
  room: (value: Buffer) => value.length,
  write: (into, at, value: Buffer) => {
    into.set(value, at);
    return at + value.length;
  },
};

function readAddress(bytes: Buffer, start: number, end: number): string {
  const family = bytes.readUInt16BE(start);
  if (family === 1) return `${bytes[start + 2]}.${bytes[start + 3]}.${bytes[start + 4]}.${bytes[start + 5]}`;
  if (family === 2) return formatIpv6(bytes, start + 2);
  return `${family}:${bytes.toString('hex', start + 2, end)}`;
}

/** RFC 5952: lower case, the longest run of zero groups (two or more) shortened. */
function formatIpv6(bytes: Buffer, start: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(start + 2 * i));
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > runLength) [runStart, runLength] = [i, length];
  }
  const hex = groups.map((group) => group.toString(16));
  if (runStart < 0) return hex.join(':');
  return `${hex.slice(0, runStart).join(':')}::${hex.slice(runStart + runLength).join(':')}`;
}

function writeAddress(into: Buffer, at: number, value: string): number {
  const isIpv6 = value.includes(':');
  into[at] = 0;
  into[at + 1] = isIpv6 ? 2 : 1;
  if (!isIpv6) {
    const parts = value.split('.').map(Number);
    for (let i = 0; i < 4; i++) into[at + 2 + i] = parts[i] ?? 0;
    return at + 6;
  }
  const [head = '', tail] = value.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  into.fill(0, at + 2, at + 18);
  before.forEach((group, i) => {
    into.writeUInt16BE(Number.parseInt(group, 16), at + 2 + 2 * i);
  });
  after.forEach((group, i) => {
    into.writeUInt16BE(Number.parseInt(group, 16), at + 18 - 2 * (after.length - i));
  });
  return at + 18;
}

export const formats: Readonly<Record<Exclude<Format, 'Grouped'>, FormatCodec>> = {
  OctetString: octets,
  UTF8String: text,
  DiameterIdentity: nonEmptyText,
  DiameterURI: nonEmptyText,
  Unsigned32: unsigned32,
  Integer32: integer32,
  Enumerated: integer32,
  Unsigned64: {
    minimum: 8,
    maximum: 8,
    read: (bytes, start) => bytes.readBigUInt64BE(start),
    room: () => 8,
    write: (into, at, value: bigint) => into.writeBigUInt64BE(value, at),
  },
  Time: {
    minimum: 4,
    maximum: 4,
    // RFC 5905 6: values below 1968's fall into the era that begins in 2036.
    read: (bytes, start) => {
      const seconds = bytes.readUInt32BE(start);
      return (seconds + (seconds < 0x80000000 ? ntpEraSeconds : 0) - ntpToUnixSeconds) * 1000;
    },
    room: () => 4,
    write: (into, at, value: number) =>
      writeUnsigned32(into, at, (Math.floor(value / 1000) + ntpToUnixSeconds) % ntpEraSeconds),
  },
  // The family and the shortest address in use, IPv4: as an example (RFC 6733 7.5) less would be none.
  Address: { minimum: 6, maximum: unlimited, read: readAddress, room: () => 18, write: writeAddress },
};

/** The octets of a numeric address without its family: 4 of IPv4, 16 of IPv6. */
export function addressOctets(address: string): Buffer {
  const whole = Buffer.alloc(18);
  return whole.subarray(2, writeAddress(whole, 0, address));
}

/** False for an IPv4 or IPv6 address of the wrong length. */
export function isAddress(bytes: Buffer, start: number, end: number): boolean {
  const family = bytes.readUInt16BE(start);
  return family === 1 ? end - start === 6 : family !== 2 || end - start === 18;
}
