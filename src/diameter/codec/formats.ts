/** AVP data formats (RFC 6733 4.2, 4.3): how each is read, written and checked. */
import { addressOctets, addressText } from '../../address-octets.js';
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
  if (family === 1) return addressText(bytes.subarray(start + 2, start + 6));
  if (family === 2) return addressText(bytes.subarray(start + 2, start + 18));
  return `${family}:${bytes.toString('hex', start + 2, end)}`;
}

/** RFC 6733 4.3.1: the family (IANA address family numbers), then the address. */
function writeAddress(into: Buffer, at: number, value: string): number {
  const octets = addressOctets(value) ?? Buffer.alloc(4);
  into.writeUInt16BE(octets.length === 4 ? 1 : 2, at);
  into.set(octets, at + 2);
  return at + 2 + octets.length;
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

/** False for an IPv4 or IPv6 address of the wrong length. */
export function isAddress(bytes: Buffer, start: number, end: number): boolean {
  const family = bytes.readUInt16BE(start);
  return family === 1 ? end - start === 6 : family !== 2 || end - start === 18;
}
