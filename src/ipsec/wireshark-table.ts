/** The security associations of a run as Wireshark's table `esp_sa` has them, so that it shows what is inside ESP. */
import type { EncryptionAlgorithm, IntegrityAlgorithm, SecurityAssociationSet } from '../environment/index.js';
import { espKeys } from './keys.js';

const encryptionNames: Readonly<Record<EncryptionAlgorithm, string>> = {
  'des-ede3-cbc': 'TripleDES-CBC [RFC2451]',
  'aes-cbc': 'AES-CBC [RFC3602]',
  'aes-gcm': 'AES-GCM with 16 octet ICV [RFC4106]',
  null: 'NULL',
};

const integrityNames: Readonly<Record<Exclude<IntegrityAlgorithm, 'aes-gmac'>, string>> = {
  'hmac-md5-96': 'HMAC-MD5-96 [RFC2403]',
  'hmac-sha-1-96': 'HMAC-SHA-1-96 [RFC2404]',
  null: 'NULL',
};

/**
 * A line without its end for each of the two associations over which the local end sends: protocol, addresses, SPI,
 * encryption and key, integrity and key. Wireshark knows no AES-GMAC: there the lines are comments, and the message can be
 * read in the packet's octets.
 */
export function espTableLines(set: SecurityAssociationSet): readonly string[] {
  return [set.remote.serverSpi, set.remote.clientSpi].map((spi) => line(set, spi));
}

function line(set: SecurityAssociationSet, spi: number): string {
  const { local, remote } = set;
  const { encryptionKey, integrityKey, salt } = espKeys(set);
  const protocol = local.address.includes(':') ? 'IPv6' : 'IPv4';
  const spiText = `0x${spi.toString(16).padStart(8, '0')}`;
  // Behind a NAT the packets have other addresses than the ends; the SPI tells them apart.
  const [from, to] = set.mode === 'UDP-enc-tun' ? ['*', '*'] : [local.address, remote.address];
  const selector = [protocol, from, to, spiText];
  if (set.integrity === 'aes-gmac') return `# AES-GMAC [RFC4543], which is not encrypted: ${selector.join(' ')}`;
  const encryption = [encryptionNames[set.encryption], keyText(Buffer.concat([encryptionKey, salt]))];
  const integrity = [integrityNames[set.integrity], keyText(integrityKey)];
  return [...selector, ...encryption, ...integrity].map((field) => `"${field}"`).join(',');
}

function keyText(key: Buffer): string {
  return key.length === 0 ? '' : `0x${key.toString('hex')}`;
}
