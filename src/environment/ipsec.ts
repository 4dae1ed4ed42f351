/**
 * IPsec as a node sees it: it installs what the security agreement gave, and from then on its datagrams between the
 * protected ports travel in ESP. How they travel is the environment's business.
 */

import type { Endpoint } from './network.js';

/** TS 33.203 Annex H: `alg` and `ealg` of a security mechanism. */
export type IntegrityAlgorithm = 'hmac-md5-96' | 'hmac-sha-1-96' | 'aes-gmac' | 'null';
export type EncryptionAlgorithm = 'des-ede3-cbc' | 'aes-cbc' | 'aes-gcm' | 'null';

/** Transport mode, or a tunnel in UDP (TS 33.203 Annex M). */
export type IpsecMode = 'trans' | 'UDP-enc-tun';

/** One end of a set: each SPI is that of the association that arrives at the port of the same name (TS 33.203 Annex H). */
export interface ProtectedEnd {
  readonly address: string;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly clientSpi: number;
  readonly serverSpi: number;
}

/**
 * The four security associations of a UE and its P-CSCF, seen from one end (TS 33.203 7.1): the other end has the same
 * with `local` and `remote` exchanged.
 */
export interface SecurityAssociationSet {
  readonly local: ProtectedEnd;
  readonly remote: ProtectedEnd;
  readonly integrity: IntegrityAlgorithm;
  readonly encryption: EncryptionAlgorithm;
  readonly mode: IpsecMode;
  /** 16 octets each, of the AKA run that the set belongs to. The keys of ESP follow from them (TS 33.203 Annex I). */
  readonly ck: Buffer;
  readonly ik: Buffer;
  /** The local end is behind a NAT: when nothing has been sent for so long, an octet keeps the binding open (RFC 3948 4), ms. */
  readonly keepAliveMs?: number | undefined;
}

/** Where a datagram came from that a security association has opened. */
export interface ProtectedEndpoint extends Endpoint {
  /** The set of that association, as it was installed. Addresses and ports may be claimed by two sets, an SPI is of one. */
  readonly openedBy: SecurityAssociationSet;
}

/** Why ESP cannot be carried at an address: an errno name and the system's words. */
export interface IpsecFailure {
  readonly code: string;
  readonly message: string;
}

export interface Ipsec {
  /**
   * Makes ready to carry ESP at one of the node's addresses, for good; to be called when the node starts. `protectedPorts`
   * take nothing but ESP from then on, also before any set has them. `onReady` is called once, never synchronously.
   */
  open(address: string, protectedPorts: readonly number[], onReady: (failure?: IpsecFailure) => void): void;
  /** An SPI of 256 … 2^32-1 that no set installed at the address has (TS 33.203 Annex H). */
  newSpi(address: string): number;
  /**
   * From now on. The same set (the object) again changes nothing. Of several sets between the same ports the newest one over
   * which something has come sends, before that the oldest (TS 33.203 7.4).
   */
  install(set: SecurityAssociationSet): void;
  /** The object that was installed; of another nothing happens. */
  remove(set: SecurityAssociationSet): void;
}
