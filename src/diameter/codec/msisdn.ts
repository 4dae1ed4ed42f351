/** MSISDN as Sh carries it. */

/** TS 29.329 6.3.2: digits in pairs, the first one in the low half, with a filler at the end of an odd number of them. */
export function msisdnOctets(digits: string): Buffer {
  const padded = digits.length % 2 === 0 ? digits : `${digits}f`;
  return Buffer.from(padded.replace(/(.)(.)/g, '$2$1'), 'hex');
}

/** The digits of such octets. */
export function msisdnDigits(octets: Buffer): string {
  return octets
    .toString('hex')
    .replace(/(.)(.)/g, '$2$1')
    .replace(/f$/, '');
}
