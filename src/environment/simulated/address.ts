/**
 * Numeric addresses in the one form that compares by text: IPv4 dotted, IPv6 in the form of RFC 5952 (lower case, longest
 * run of zeros shortened), without brackets and zone. An IPv4-mapped IPv6 address becomes the IPv4 address.
 */
import { addressOctets, addressText } from '../../address-octets.js';

/** RFC 4291 2.5.5.2 */
const mappedPrefix = Buffer.from('00000000000000000000ffff', 'hex');

export type AddressFamily = 4 | 6;

export interface NumericAddress {
  readonly family: AddressFamily;
  readonly text: string;
}

/** Undefined when `text` is no numeric address; brackets and a zone are left out. */
export function parseAddress(text: string): NumericAddress | undefined {
  const octets = addressOctets(text.replace(/^\[(.*:.*)\]$/, '$1').replace(/(:.*)%.*$/, '$1'));
  if (octets === undefined) return undefined;
  const plain = octets.subarray(0, mappedPrefix.length).equals(mappedPrefix) ? octets.subarray(12) : octets;
  return { family: plain.length === 4 ? 4 : 6, text: addressText(plain) };
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65535;
}
