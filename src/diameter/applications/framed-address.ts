/** Addresses that an access network has given to a user (RFC 4005 6.11.1, RFC 3162 2.3), as text. */
import { addressOctets } from '../../address-octets.js';

/** `10.46.0.2`; undefined unless it has the four octets of an IPv4 address. */
export function toFramedAddress(octets: Buffer): string | undefined {
  return octets.length === 4 ? octets.join('.') : undefined;
}

export function fromFramedAddress(address: string): Buffer {
  return octetsOf(address);
}

/** `2001:db8:0:1:0:0:0:0/64` (eight groups); undefined unless its octets agree with its length. */
export function toFramedPrefix(octets: Buffer): string | undefined {
  const length = octets[1];
  if (length === undefined || length > 128 || octets.length > 18 || (octets.length - 2) * 8 < length) return undefined;
  const prefix = Buffer.alloc(16);
  octets.copy(prefix, 0, 2);
  const groups = Array.from({ length: 8 }, (_, index) => prefix.readUInt16BE(2 * index).toString(16));
  return `${groups.join(':')}/${length}`;
}

/** `prefix`: as `toFramedPrefix` gives it, or shortened: `2001:db8::/64`. */
export function fromFramedPrefix(prefix: string): Buffer {
  const [address = '', length = '64'] = prefix.split('/');
  const bits = Number(length);
  return Buffer.concat([Buffer.from([0, bits]), octetsOf(address).subarray(0, Math.ceil(bits / 8))]);
}

/** A subscriber's address was read before it came here. */
function octetsOf(address: string): Buffer {
  return addressOctets(address) ?? Buffer.alloc(0);
}
