import { isIP, SocketAddress } from 'node:net';

const MAPPED_PREFIX = '::ffff:';
/** Verdicts kept; beyond, all are forgotten at once. */
const KNOWN_COUNT_MAX = 65_536;

const known = new Map<string, 0 | 4 | 6>();

/** 4 or 6, or 0 for what is no numeric address. Remembers, as it is asked for each datagram. */
export function familyOf(address: string): 0 | 4 | 6 {
  let family = known.get(address);
  if (family === undefined) {
    family = isIP(address) as 0 | 4 | 6;
    if (known.size >= KNOWN_COUNT_MAX) known.clear();
    known.set(address, family);
  }
  return family;
}

/** The normal form of an address as a user writes it (brackets, upper case …), or undefined for what is none. */
export function normalAddress(text: string): string | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  const address = withoutZone(bare);
  const family = isIP(address);
  if (family === 0) return undefined;
  return family === 4 ? address : fromSystem(new SocketAddress({ address, family: 'ipv6' }).address);
}

/** The normal form of an address as the operating system reports it: no zone, IPv4-mapped as IPv4. */
export function fromSystem(address: string): string {
  if (!address.startsWith(':') && !address.includes('%')) return address;
  const bare = withoutZone(address);
  return bare.startsWith(MAPPED_PREFIX) && bare.includes('.') ? bare.slice(MAPPED_PREFIX.length) : bare;
}

/** How a socket for both families addresses an IPv4 peer (RFC 4291 2.5.5.2). */
export function mapped(address: string): string {
  return MAPPED_PREFIX + address;
}

/** The library throws at some places, and takes the port modulo 65,536 at others. */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65535;
}

function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}
