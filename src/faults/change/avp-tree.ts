/** Diameter messages as AVPs that can be changed: flags and what nobody here knows are kept as they are (RFC 6733 4.1). */
import { foreignNames } from '../../diameter/codec/foreign-names.js';
import { avpEnd, dataOffset } from '../../diameter/codec/view.js';
import { type AvpDefinition, spokenAvps } from '../../diameter/index.js';

export const HEADER_OCTETS = 20;
const VENDOR = 0x80;
const MANDATORY = 0x40;
const LENGTH_MAX = 0xffffff;

export interface Avp {
  readonly code: number;
  /** 0 where the V bit is clear. */
  readonly vendor: number;
  /** The whole octet. */
  readonly flags: number;
  readonly data: Buffer;
  /** Offset of the data in what it was read from; -1 for one that was made. */
  readonly at: number;
}

export interface KnownAvp {
  readonly code: number;
  readonly vendor: number;
  readonly format: AvpDefinition['format'];
  readonly mandatory: boolean;
  readonly values: Readonly<Record<string, number>>;
}

/** What is known of an AVP by its name; `AVP-123` is one without a vendor. */
export function avpNamed(name: string): KnownAvp | undefined {
  const own = Object.hasOwn(spokenAvps, name) ? spokenAvps[name] : undefined;
  if (own !== undefined) return { ...own, values: own.values ?? {} };
  const unnamed = /^AVP-(\d{1,10})$/.exec(name);
  if (unnamed !== null)
    return { code: Number(unnamed[1]), vendor: 0, format: 'OctetString', mandatory: false, values: {} };
  for (const [key, avp] of foreignNames().avps) {
    if (avp.name !== name) continue;
    const [vendor, code] = key.split(':').map(Number);
    const values = Object.fromEntries([...avp.meanings].map(([number, meaning]) => [meaning, number]));
    return { code: code!, vendor: vendor!, format: avp.format, mandatory: false, values };
  }
  return undefined;
}

/** The AVPs between two offsets; undefined where their lengths do not fit. */
export function readAvps(bytes: Buffer, start: number, end: number): readonly Avp[] | undefined {
  const avps: Avp[] = [];
  for (let at = start; at < end; ) {
    const dataAt = end - at < 8 ? end + 1 : dataOffset(bytes, at);
    const next = end - at < 8 ? 0 : avpEnd(bytes, at);
    if (dataAt > end || next < dataAt || next > end) return undefined;
    const flags = bytes[at + 4]!;
    const vendor = (flags & VENDOR) !== 0 ? bytes.readUInt32BE(at + 8) : 0;
    avps.push({ code: bytes.readUInt32BE(at), vendor, flags, data: bytes.subarray(dataAt, next), at: dataAt });
    at = (next + 3) & ~3;
  }
  return avps;
}

/** A new AVP as its dictionary wants it. */
export function makeAvp({ code, vendor, mandatory }: KnownAvp, data: Buffer): Avp {
  return { code, vendor, flags: (vendor !== 0 ? VENDOR : 0) | (mandatory ? MANDATORY : 0), data, at: -1 };
}

/** With padding; undefined where an AVP has become too long. */
export function writeAvps(avps: readonly Avp[]): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (const { code, vendor, flags, data } of avps) {
    const headerLength = (flags & VENDOR) !== 0 ? 12 : 8;
    const length = headerLength + data.length;
    if (length > LENGTH_MAX) return undefined;
    const piece = Buffer.alloc((length + 3) & ~3);
    piece.writeUInt32BE(code, 0);
    piece.writeUInt32BE(length, 4);
    piece[4] = flags;
    if (headerLength === 12) piece.writeUInt32BE(vendor, 8);
    data.copy(piece, headerLength);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The header of `message` before other AVPs, with their length. */
export function withAvps(message: Buffer, avps: Buffer): Buffer {
  const bytes = Buffer.concat([message.subarray(0, HEADER_OCTETS), avps]);
  bytes.writeUIntBE(bytes.length, 1, 3);
  return bytes;
}
