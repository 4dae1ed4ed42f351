/** Numeric addresses between their text and their octets, in the network's order. */

/**
 * 4 or 16 octets of `192.0.2.1`, `2001:DB8::1`, `::ffff:192.0.2.1` (RFC 4291 2.2). Undefined for anything else, and for brackets
 * and zones, which belong to who writes them around an address.
 */
export function addressOctets(text: string): Buffer | undefined {
  return text.includes(':') ? ipv6Octets(text) : ipv4Octets(text);
}

/** The text of 4 octets, dotted, or of 16 in the form of RFC 5952 4. */
export function addressText(octets: Buffer): string {
  return octets.length === 4 ? octets.join('.') : ipv6Text(groupsOf(octets));
}

/** RFC 5952 4 for eight groups (or fewer, before a dotted tail): the longest run of two or more zeros is shortened, the first of several. */
export function ipv6Text(groups: readonly number[]): string {
  let runStart = 0;
  let runLength = 1;
  for (let start = 0; start < groups.length; start++) {
    const from = start;
    while (start < groups.length && groups[start] === 0) start++;
    if (start - from > runLength) [runStart, runLength] = [from, start - from];
  }
  const words = groups.map(hex);
  if (runLength === 1) return words.join(':');
  return `${words.slice(0, runStart).join(':')}::${words.slice(runStart + runLength).join(':')}`;
}

/** As host of a URI or before a port, where IPv6 stands in brackets (RFC 3986 3.2.2). */
export function bracketed(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
}

function ipv4Octets(text: string): Buffer | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  // A leading zero would be octal to some readers (RFC 6943 3.1.1).
  const octets = parts.map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return octets.every((octet) => octet < 256) ? Buffer.from(octets) : undefined;
}

function ipv6Octets(text: string): Buffer | undefined {
  const tailStart = text.lastIndexOf(':') + 1;
  const dotted = text.includes('.', tailStart) ? ipv4Octets(text.slice(tailStart)) : Buffer.alloc(0);
  if (dotted === undefined) return undefined;
  // The tail takes the place of two groups.
  const groupText = dotted.length === 0 ? text : `${text.slice(0, tailStart)}${groupsOf(dotted).map(hex).join(':')}`;
  const halves = groupText.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], tail, ...more] = halves;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (more.length > 0 || (tail === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...head, ...new Array<string>(missing).fill('0'), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const octets = Buffer.alloc(16);
  groups.forEach((group, at) => {
    octets.writeUInt16BE(Number.parseInt(group, 16), 2 * at);
  });
  return octets;
}

function groupsOf(octets: Buffer): number[] {
  return Array.from({ length: octets.length / 2 }, (_, at) => octets.readUInt16BE(2 * at));
}

function hex(group: number): string {
  return group.toString(16);
}
