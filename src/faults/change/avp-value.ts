/** What a user writes for an AVP, as its octets. */
import { formats } from '../../diameter/codec/formats.js';
import type { KnownAvp } from './avp-tree.js';

/** Undefined: the text is no value of that AVP. Octets are `0x…` in hexadecimal, or text. */
export function avpData({ format, values }: KnownAvp, written: string | number): Buffer | undefined {
  const text = String(written);
  const octets = octetsOf(text);
  switch (format) {
    case 'Grouped':
      return octets;
    case 'OctetString':
      return octets ?? Buffer.from(text, 'utf8');
    case 'UTF8String':
    case 'DiameterIdentity':
    case 'DiameterURI':
      return Buffer.from(text, 'utf8');
    case 'Unsigned64':
      return /^\d{1,19}$/.test(text) ? encoded(format, 8, BigInt(text)) : undefined;
    case 'Time': {
      const time = typeof written === 'number' ? written : Date.parse(text);
      return Number.isNaN(time) ? undefined : encoded(format, 4, time);
    }
    case 'Address':
      return /^[\d.]+$|^[\da-f:]*:[\da-f:.]*$/i.test(text) ? encoded(format, 18, text) : undefined;
    default: {
      const number = Object.hasOwn(values, text) ? values[text]! : Number(text);
      const isFit = Number.isInteger(number) && number >= -(2 ** 31) && number < 2 ** 32 && text.trim() !== '';
      return isFit ? encoded(format, 4, number) : undefined;
    }
  }
}

function octetsOf(text: string): Buffer | undefined {
  return /^0x(?:[\da-f]{2})*$/i.test(text) ? Buffer.from(text.slice(2), 'hex') : undefined;
}

function encoded(format: Exclude<KnownAvp['format'], 'Grouped'>, room: number, value: unknown): Buffer {
  const into = Buffer.alloc(room);
  return into.subarray(0, formats[format].write(into, 0, value as never));
}
