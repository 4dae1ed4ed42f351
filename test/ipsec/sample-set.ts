import type {
  EncryptionAlgorithm,
  IntegrityAlgorithm,
  IpsecMode,
  SecurityAssociationSet,
} from '../../src/environment/index.js';

export interface SampleOptions {
  readonly integrity?: IntegrityAlgorithm;
  readonly encryption?: EncryptionAlgorithm;
  readonly mode?: IpsecMode;
  /** Of the UE and of the P-CSCF. */
  readonly addresses?: readonly [string, string];
  /** Added to the UE's ports and to all SPIs. */
  readonly shift?: number;
}

/** A set as the UE sees it. */
export function sampleSet({
  integrity = 'hmac-sha-1-96',
  encryption = 'aes-cbc',
  mode = 'trans',
  addresses: [ue, pcscf] = ['192.0.2.10', '192.0.2.1'],
  shift = 0,
}: SampleOptions = {}): SecurityAssociationSet {
  const [clientPort, serverPort] = [31_000 + shift, 31_001 + shift];
  return {
    local: { address: ue, clientPort, serverPort, clientSpi: 1001 + shift, serverSpi: 1002 + shift },
    remote: { address: pcscf, clientPort: 5062, serverPort: 5064, clientSpi: 2001 + shift, serverSpi: 2002 + shift },
    integrity,
    encryption,
    mode,
    ck: Buffer.from('b40ba9a3c58b2a05bbf0d987b21bf8cb', 'hex'),
    ik: Buffer.from('f769bcd751044604127672711c6d3441', 'hex'),
  };
}

/** The same set as the other end sees it. */
export function mirrored(set: SecurityAssociationSet): SecurityAssociationSet {
  return { ...set, local: set.remote, remote: set.local };
}
