/**
 * TLS as a node asks for it when it opens a stream or listens for some: what it shows of itself, and whom it believes. The
 * environment makes the connection; the node sees the octets within. RFC 8446, RFC 5246.
 */

/** What the end that listens shows: PEM, its certificate first, then those between it and an authority. */
export interface TlsIdentity {
  readonly certificate: string;
  /** PEM, without a passphrase. */
  readonly key: string;
}

/** Whom the end that opens believes. */
export interface TlsTrust {
  /** Certificates of authorities, PEM, one after the other. No others count. */
  readonly authorities: string;
  /** Host names or numeric addresses: the certificate has to name one of them (RFC 5922 7.1). */
  readonly names: readonly string[];
}

/**
 * Why there is no TLS, in place of an errno name: no authority that this end knows has signed the certificate; it names
 * another host; it is no longer or not yet valid; the other end has refused; the other end speaks no TLS, or none in common.
 */
export type TlsFailure =
  | 'ETLSUNTRUSTED'
  | 'ETLSNAME'
  | 'ETLSEXPIRED'
  | 'ETLSNOTYETVALID'
  | 'ETLSREFUSED'
  | 'ETLSFAILED';

/** A line of a key log (SSLKEYLOGFILE, without its end of line): with it Wireshark opens what was captured. */
export type TlsKeyListener = (line: string) => void;
