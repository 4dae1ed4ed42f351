/** One AVP's value as people write it ↔ its octets (RFC 6733 4.2, 4.3). */
import { addressOctets } from '../../address-octets.js';
import { formats, isAddress } from '../codec/formats.js';
import type { NamedAvp } from './dictionary.js';

/** What is wrong with something written, and how to mend it. */
export class Refusal {
  constructor(
    readonly what: string,
    readonly mend: string,
    /** Words of which one is probably meant: the nearest is named in place of `mend`. */
    readonly known: readonly string[] = [],
    /** The word that none of them is. */
    readonly word = '',
  ) {}
}

export type WrittenScalar = string | number | bigint | boolean;

type AvpFormat = Pick<NamedAvp, 'name' | 'format' | 'values' | 'isText'>;

const hexadecimal = /^0x((?:[0-9a-fA-F]{2})*)$/;

/** Octets as `0x…`, or hexadecimal digits alone; undefined for anything else. */
export function octetsOfHex(text: string): Buffer | undefined {
  const digits = text.replaceAll(/[\s:]/g, '').replace(/^0x/i, '');
  return digits.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

/** The data of an AVP that is no group. */
export function scalarOctets(avp: AvpFormat, value: WrittenScalar): Buffer | Refusal {
  switch (avp.format) {
    case 'Unsigned32':
    case 'Integer32':
    case 'Enumerated':
    case 'Unsigned64':
      return numberOctets(avp, value);
    case 'Time':
      return timeOctets(value);
    case 'Address':
      return addressData(value);
    case 'Grouped':
      return new Refusal(
        `${avp.name} is a group`,
        `write its members: { ${avp.name}: { NAME: VALUE } }, or { hex: … }`,
      );
    default:
      return textOctets(avp, value);
  }
}

function textOctets({ format }: AvpFormat, value: WrittenScalar): Buffer | Refusal {
  if (typeof value !== 'string') {
    return new Refusal(`${value} is no text`, 'put it in quotes, so that all its digits stay as they are');
  }
  const hex = format === 'OctetString' ? hexadecimal.exec(value) : null;
  if (hex !== null) return Buffer.from(hex[1]!, 'hex');
  if (format === 'OctetString' && value.startsWith('0x')) {
    return new Refusal(
      `'${value}' is no hexadecimal number of whole octets`,
      'write two digits for each octet, or { text: … }',
    );
  }
  return Buffer.from(value, 'utf8');
}

const ranges: Readonly<Record<string, readonly [min: bigint, max: bigint]>> = {
  Unsigned32: [0n, 2n ** 32n - 1n],
  Integer32: [-(2n ** 31n), 2n ** 31n - 1n],
  Enumerated: [-(2n ** 31n), 2n ** 31n - 1n],
  Unsigned64: [0n, 2n ** 64n - 1n],
};

function numberOctets({ name, format, values }: AvpFormat, value: WrittenScalar): Buffer | Refusal {
  const number = typeof value === 'string' ? (values.get(value) ?? valueSpelledAs(value, values) ?? value) : value;
  const isNumber =
    typeof number === 'bigint' ||
    (typeof number === 'number' && Number.isInteger(number)) ||
    (typeof number === 'string' && /^-?\d{1,20}$/.test(number));
  if (!isNumber) {
    const what = `'${String(value)}' is no value of ${name}`;
    return new Refusal(what, 'write a whole number', [...values.keys()], String(value));
  }
  if (typeof number === 'number' && !Number.isSafeInteger(number)) {
    return new Refusal(`${number} has lost digits`, 'put it in quotes');
  }
  const [min, max] = ranges[format]!;
  const whole = BigInt(number as string | number | bigint);
  if (whole < min || whole > max) return new Refusal(`${whole} does not fit into ${name}`, `use ${min} to ${max}`);
  const octets = Buffer.alloc(format === 'Unsigned64' ? 8 : 4);
  if (format === 'Unsigned64') octets.writeBigUInt64BE(whole);
  else octets.writeUInt32BE(Number(BigInt.asUintN(32, whole)));
  return octets;
}

/** Specifications, registries and dictionaries differ in case and in what stands between the words. */
function valueSpelledAs(name: string, values: ReadonlyMap<string, number>): number | undefined {
  if (/^-?\d+$/.test(name)) return undefined;
  const wanted = wordsOf(name);
  for (const [known, value] of values) if (wordsOf(known) === wanted) return value;
  return undefined;
}

function wordsOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** 1968-01-20T03:14:08Z to 2104-02-26T09:42:23Z: the two eras that RFC 5905 6 tells apart. */
const timeMin = -61_505_152_000;
const timeMax = timeMin + (2 ** 32 - 1) * 1000;

function timeOctets(value: WrittenScalar): Buffer | Refusal {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) return new Refusal(`'${String(value)}' is no time`, "write it like '2026-01-31T12:00:00Z'");
  const seconds = Math.floor(time / 1000) * 1000;
  if (seconds < timeMin || seconds > timeMax)
    return new Refusal(`${String(value)} has no place in a Time`, 'use 1969 to 2103');
  const octets = Buffer.alloc(4);
  formats.Time.write(octets, 0, seconds as never);
  return octets;
}

function addressData(value: WrittenScalar): Buffer | Refusal {
  const text = String(value);
  if (addressOctets(text) === undefined) {
    return new Refusal(`'${text}' is no numeric address`, 'write it like 192.0.2.1 or 2001:db8::1');
  }
  const octets = Buffer.alloc(18);
  return octets.subarray(0, formats.Address.write(octets, 0, text as never));
}

/** The value as it would be written; undefined where only hexadecimal digits say it. */
export function writtenScalar(avp: AvpFormat, data: Buffer): string | number | undefined {
  const written = plainScalar(avp, data);
  if (written === undefined) return undefined;
  // Only what is read back as the same octets.
  const again = scalarOctets(avp, written);
  return again instanceof Refusal || !again.equals(data) ? undefined : written;
}

function plainScalar({ format, isText, values }: AvpFormat, data: Buffer): string | number | undefined {
  if (format === 'Grouped') return undefined;
  if (format === 'OctetString') {
    const text = data.toString('utf8');
    const isShown = isText && isPrintable(text) && !text.startsWith('0x');
    return isShown || data.length === 0 ? text : `0x${data.toString('hex')}`;
  }
  const { minimum, maximum, read } = formats[format];
  if (data.length < minimum || data.length > maximum) return undefined;
  if (format === 'Address' && !isAddress(data, 0, data.length)) return undefined;
  const value = read(data, 0, data.length);
  if (format === 'Time') return new Date(value as number).toISOString().replace('.000Z', 'Z');
  if (typeof value === 'bigint') return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
  if (typeof value === 'string') return isPrintable(value) ? value : undefined;
  for (const [name, number] of values) if (number === value) return name;
  return value as number;
}

function isPrintable(text: string): boolean {
  return !/[^\t\n\P{C}]|\ufffd/u.test(text);
}
