/** The security agreement of UEs and P-CSCFs (RFC 3329, TS 33.203 Annex H) as files have it. */
import { z } from 'zod';
import type { IpsecMode } from '../environment/index.js';
import { type AlgorithmPair, algorithmPairs } from '../ipsec/index.js';
import { strict } from './scalars.js';

/** A P-CSCF agrees to TLS where it listens on tls://. */
const pcscfMechanism = z.enum(['none', 'ipsec-3gpp']);
const ueMechanism = z.enum(['none', 'ipsec-3gpp', 'tls']);

/** The name of a pair is `alg/ealg` of TS 33.203 Annex H: `hmac-sha-1-96/aes-cbc`. */
const pairs = new Map(algorithmPairs.map((pair) => [`${pair.integrity}/${pair.encryption}`, pair]));
const algorithms = z.array(z.enum([...pairs.keys()])).min(1);

const port = z.int().min(1).max(65_535);

/** A section, or its mechanism alone. */
function section<TMechanism extends z.ZodType, TShape extends z.ZodRawShape>(mechanism: TMechanism, shape: TShape) {
  return z.preprocess(
    (value) => (typeof value === 'string' ? { mechanism: value } : value),
    strict({ mechanism: mechanism.optional(), algorithms: algorithms.optional(), ...shape }),
  );
}

export const ueSecurity = section(ueMechanism, { mode: z.enum(['trans', 'UDP-enc-tun']).optional() });

/** Its ports are the same for all UEs; they take nothing but ESP (AKA-52). */
export const pcscfSecurity = section(pcscfMechanism, {
  'client-port': port.optional(),
  'server-port': port.optional(),
});

export type UeSecurityInput = z.output<typeof ueSecurity>;
export type PcscfSecurityInput = z.output<typeof pcscfSecurity>;

export interface UeSecuritySettings {
  readonly mechanism: z.output<typeof ueMechanism>;
  /** Offered, in order of preference (AKA-42). */
  readonly algorithms: readonly AlgorithmPair[];
  readonly mode: IpsecMode;
}

export interface PcscfSecuritySettings {
  readonly mechanism: z.output<typeof pcscfMechanism>;
  /** Of these the first that the UE offers is taken (REG-23). */
  readonly algorithms: readonly AlgorithmPair[];
  readonly clientPort: number;
  readonly serverPort: number;
}

export const defaultUeSecurity: UeSecuritySettings = {
  mechanism: 'none',
  algorithms: [
    { integrity: 'hmac-sha-1-96', encryption: 'aes-cbc' },
    { integrity: 'null', encryption: 'aes-gcm' },
    { integrity: 'hmac-sha-1-96', encryption: 'null' },
  ],
  mode: 'trans',
};

/** Every pair that there is, those that encrypt with AES first. */
export const defaultPcscfSecurity: PcscfSecuritySettings = {
  mechanism: 'none',
  algorithms: [...algorithmPairs].sort((a, b) => strength(b) - strength(a)),
  clientPort: 6060,
  serverPort: 6061,
};

export function withUeSecurity(before: UeSecuritySettings, said: UeSecurityInput = {}): UeSecuritySettings {
  const { mechanism, algorithms, mode } = said;
  return {
    mechanism: mechanism ?? before.mechanism,
    algorithms: algorithms?.map((name) => pairs.get(name)!) ?? before.algorithms,
    mode: mode ?? before.mode,
  };
}

export function withPcscfSecurity(before: PcscfSecuritySettings, said: PcscfSecurityInput = {}): PcscfSecuritySettings {
  const { mechanism, algorithms, 'client-port': clientPort, 'server-port': serverPort } = said;
  return {
    mechanism: mechanism ?? before.mechanism,
    algorithms: algorithms?.map((name) => pairs.get(name)!) ?? before.algorithms,
    clientPort: clientPort ?? before.clientPort,
    serverPort: serverPort ?? before.serverPort,
  };
}

function strength({ encryption }: AlgorithmPair): number {
  return encryption === 'null' ? 0 : encryption === 'des-ede3-cbc' ? 1 : 2;
}
