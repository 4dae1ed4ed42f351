/** AVPs and messages as octets, with every bit as it is asked for: a tester sends wrong ones too (RFC 6733 3, 4.1). */
import { headerLength } from '../codec/decode.js';
import type { RawAvp } from '../dictionaries/application.js';

export interface ScriptAvp extends RawAvp {
  /** The P bit, which RFC 6733 4.1 leaves to others. */
  readonly protected: boolean;
}

export interface MessageHead {
  readonly command: number;
  readonly application: number;
  /** Bits of RFC 6733 3. */
  readonly flags: number;
  readonly hopByHop: number;
  readonly endToEnd: number;
}

const vendorBit = 0x80;
const mandatoryBit = 0x40;
const protectedBit = 0x20;
const lengthMax = 0xffffff;

/** With header and padding. */
function avpOctets({ code, vendor, mandatory, protected: isProtected, data }: ScriptAvp): Buffer {
  const start = vendor === 0 ? 8 : 12;
  const length = start + data.length;
  const octets = Buffer.alloc((length + 3) & ~3);
  octets.writeUInt32BE(code, 0);
  const bits = (vendor === 0 ? 0 : vendorBit) | (mandatory ? mandatoryBit : 0) | (isProtected ? protectedBit : 0);
  octets.writeUInt32BE(((bits << 24) | length) >>> 0, 4);
  if (vendor !== 0) octets.writeUInt32BE(vendor, 8);
  data.copy(octets, start);
  return octets;
}

export function groupOctets(avps: readonly ScriptAvp[]): Buffer {
  return Buffer.concat(avps.map(avpOctets));
}

/** Throws a RangeError where it is longer than the length field can say. */
export function messageOctets(head: MessageHead, avps: readonly ScriptAvp[]): Buffer {
  const body = groupOctets(avps);
  const length = headerLength + body.length;
  if (length > lengthMax) throw new RangeError(`a message of ${length} octets is too long`);
  const octets = Buffer.alloc(length);
  octets.writeUInt32BE((1 << 24) | length, 0);
  octets.writeUInt32BE(((head.flags << 24) | head.command) >>> 0, 4);
  octets.writeUInt32BE(head.application, 8);
  octets.writeUInt32BE(head.hopByHop, 12);
  octets.writeUInt32BE(head.endToEnd, 16);
  body.copy(octets, headerLength);
  return octets;
}

/** The AVPs between two offsets; undefined where their lengths do not fit, or the octets say what `avpOctets` never writes. */
export function readAvps(bytes: Buffer, start = 0, end = bytes.length): ScriptAvp[] | undefined {
  const avps: ScriptAvp[] = [];
  let at = start;
  while (at < end) {
    if (end - at < 8) return undefined;
    const bits = bytes[at + 4]!;
    const dataAt = at + ((bits & vendorBit) !== 0 ? 12 : 8);
    const next = at + bytes.readUIntBE(at + 5, 3);
    const padded = (next + 3) & ~3;
    if (dataAt > end || next < dataAt || padded > end) return undefined;
    const vendor = (bits & vendorBit) !== 0 ? bytes.readUInt32BE(at + 8) : 0;
    const isCanonical =
      (bits & 0x1f) === 0 && (vendor !== 0 || (bits & vendorBit) === 0) && isZero(bytes, next, padded);
    if (!isCanonical) return undefined;
    avps.push({
      code: bytes.readUInt32BE(at),
      vendor,
      mandatory: (bits & mandatoryBit) !== 0,
      protected: (bits & protectedBit) !== 0,
      data: bytes.subarray(dataAt, next),
    });
    at = padded;
  }
  return avps;
}

function isZero(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}
