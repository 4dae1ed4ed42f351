/** IPv6 addresses in text (RFC 3986 3.2.2, RFC 5952, RFC 5118). */
import { bracketed, ipv6Text } from '../../address-octets.js';
import { DIGIT, decimal, HEX, lowerCase, octetsOf, skip } from './characters.js';

const COLON = 0x3a;
const DOT = 0x2e;

/**
 * The span is an IPv6 address. Three colons in a row, which the first grammar of SIP let through, are read as two
 * (RFC 5118 4.10: lenient on receipt).
 */
export function isIpv6(octets: Uint8Array, start: number, end: number): boolean {
  let pos = start;
  let groups = 0;
  let hasGap = false;
  if (octets[pos] === COLON) {
    pos = afterGap(octets, pos, end);
    if (pos === -1) return false;
    hasGap = true;
  }
  while (pos < end) {
    const stop = skip(HEX, octets, pos, Math.min(pos + 4, end));
    if (stop === pos) return false;
    if (stop < end && octets[stop] === DOT) {
      groups += 2;
      return isIpv4(octets, pos, end) && (hasGap ? groups < 8 : groups === 8);
    }
    groups++;
    if (stop === end) break;
    if (octets[stop] !== COLON) return false;
    pos = stop + 1;
    if (pos === end) return false;
    if (octets[pos] !== COLON) continue;
    if (hasGap) return false;
    hasGap = true;
    pos = afterGap(octets, stop, end);
  }
  return hasGap ? groups < 8 : groups === 8;
}

/** Past the `::` (or `:::`) that begins at `pos`; -1 when there is a single colon. */
function afterGap(octets: Uint8Array, pos: number, end: number): number {
  if (pos + 1 >= end || octets[pos + 1] !== COLON) return -1;
  return pos + 2 < end && octets[pos + 2] === COLON ? pos + 3 : pos + 2;
}

/** Four decimal octets with dots. */
function isIpv4(octets: Uint8Array, start: number, end: number): boolean {
  let pos = start;
  for (let octet = 0; octet < 4; octet++) {
    const stop = skip(DIGIT, octets, pos, end);
    if (stop - pos > 3 || decimal(octets, pos, stop, 255) === -1) return false;
    if (octet === 3) return stop === end;
    if (stop >= end || octets[stop] !== DOT) return false;
    pos = stop + 1;
  }
  return false;
}

/** The address in lower case and shortest form (RFC 5952), an IPv4 tail dotted; undefined when the text is no IPv6 address. */
export function canonicalIpv6(text: string): string | undefined {
  if (!isIpv6(octetsOf(text), 0, text.length)) return undefined;
  const tailStart = text.includes('.') ? text.lastIndexOf(':') + 1 : text.length;
  const groupCount = tailStart === text.length ? 8 : 6;
  const head = text.slice(0, tailStart).replace(':::', '::');
  const gap = head.indexOf('::');
  const left = readGroups(gap === -1 ? head : head.slice(0, gap));
  const right = gap === -1 ? [] : readGroups(head.slice(gap + 2));
  const zeros = new Array<number>(groupCount - left.length - right.length).fill(0);
  const groups = [...left, ...zeros, ...right];
  const tail = tailStart === text.length ? '' : text.slice(tailStart);
  const shortest = ipv6Text(groups);
  return tail === '' || shortest.endsWith('::') ? shortest + tail : `${shortest}:${tail}`;
}

function readGroups(text: string): number[] {
  const groups: number[] = [];
  for (const group of text.split(':')) if (group !== '') groups.push(Number.parseInt(group, 16));
  return groups;
}

/** `host:port` with an IPv6 address in brackets (RFC 3261 25.1 hostport). */
export function hostPort(address: string, port?: number): string {
  const host = bracketed(address);
  return port === undefined ? host : `${host}:${port}`;
}

/** The host of a scanned span: lower case, an IPv6 reference (the span inside the brackets) in its shortest form. */
export function hostOf(text: string, start: number, end: number): string {
  const written = text.slice(start, end);
  if (text.charCodeAt(start - 1) === 0x5b) return canonicalIpv6(written) ?? written;
  return lowerCase(written);
}
