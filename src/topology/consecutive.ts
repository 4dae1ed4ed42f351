/** What one line gives to the many that it stands for: numbers and addresses, one after the other. */
import { addressOctets, addressText } from '../address-octets.js';
import type { Listen } from './scalars.js';

/** The digits `offset` further on, as many as before; undefined where they run out. Up to 15 digits. */
export function laterDigits(digits: string, offset: number): string | undefined {
  const later = String(Number(digits) + offset).padStart(digits.length, '0');
  return later.length === digits.length ? later : undefined;
}

/** The same listen points `offset` addresses further on; undefined where there is no such address. */
export function laterListen(entries: readonly Listen[], offset: number): readonly Listen[] | undefined {
  const later = entries.map((entry) => ({ ...entry, address: laterAddress(entry.address, offset) }));
  return later.every((entry): entry is Listen => entry.address !== undefined) ? later : undefined;
}

/** Of IPv4 addresses those that end in 0 or 255 are left out, as a network's own and its broadcast address. */
function laterAddress(address: string, offset: number): string | undefined {
  if (offset === 0) return address;
  const octets = addressOctets(address);
  const later = octets && (octets.length === 4 ? laterIpv4(octets, offset) : laterIpv6(octets, offset));
  return later && addressText(later);
}

function laterIpv4(octets: Buffer, offset: number): Buffer | undefined {
  const host = Math.min(Math.max(octets[3]!, 1), 254) - 1 + offset;
  const network = octets.readUIntBE(0, 3) + Math.floor(host / 254);
  if (network >= 2 ** 24) return undefined;
  octets.writeUIntBE(network, 0, 3);
  octets[3] = (host % 254) + 1;
  return octets;
}

/** Within the last 32 bits. */
function laterIpv6(octets: Buffer, offset: number): Buffer | undefined {
  const last = octets.readUInt32BE(12) + offset;
  if (last > 0xffff_ffff) return undefined;
  octets.writeUInt32BE(last, 12);
  return octets;
}
