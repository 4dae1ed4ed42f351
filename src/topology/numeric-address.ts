import { parseAddress } from '../environment/simulated/address.js';

/** Reads `192.0.2.1`, `[2001:DB8:0::1]` into the form that the network room compares; undefined when it is neither. */
export function readHost(host: string): string | undefined {
  const bracketed = host.startsWith('[') && host.endsWith(']');
  const bare = bracketed ? host.slice(1, -1) : host;
  if (bracketed !== bare.includes(':') || bare.includes('%')) return undefined;
  return parseAddress(bare)?.text;
}

export function isIpv6(address: string): boolean {
  return address.includes(':');
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
