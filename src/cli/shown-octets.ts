/** Octets as text, those that are not printable as \xhh. */
export function shownOctets(octets: Buffer): string {
  return Array.from(octets, (octet) =>
    octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `\\x${octet.toString(16).padStart(2, '0')}`,
  ).join('');
}
