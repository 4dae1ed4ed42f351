/** Why a UE found the MAC of a challenge wrong, as far as its own key material can tell. For verdicts. */
import { authenticationFunctions, type KeyMaterial } from './key-material.js';
import { computeOpc } from './milenage.js';

export type MacFailureCause =
  | 'opcIsOp'
  | 'networkUsesOpAsOpc'
  | 'networkOpIsZero'
  | 'networkOpcIsZero'
  | 'kAndOpcSwapped'
  | 'sqnNotConcealed'
  | 'kOrOpcDiffer';

export interface MacFailureDiagnosis {
  readonly cause: MacFailureCause;
  /** One plain sentence. */
  readonly text: string;
}

interface Challenge {
  /** The UE's. */
  readonly material: KeyMaterial;
  readonly rand: Buffer;
  readonly autn: Buffer;
  /** OP, where the UE was configured with it. */
  readonly op?: Buffer | undefined;
}

interface Card {
  readonly k: Buffer;
  readonly opc: Buffer;
  readonly op?: Buffer | undefined;
}

interface Hypothesis {
  readonly cause: MacFailureCause;
  readonly text: string;
  /** Key material that the network would have used; undefined where the hypothesis cannot be tried. */
  readonly key: (card: Card) => { k: Buffer; opc: Buffer } | undefined;
  readonly sqnInClear?: boolean;
}

const zeroBlock = Buffer.alloc(16);

const hypotheses: readonly Hypothesis[] = [
  {
    cause: 'opcIsOp',
    text: 'the value configured as OPc at the UE is an OP: the MAC fits the OPc computed from it (TS 35.206 5.1)',
    key: ({ k, opc }) => ({ k, opc: computeOpc(k, opc) }),
  },
  {
    cause: 'networkUsesOpAsOpc',
    text: 'the network uses OP where OPc belongs: the MAC fits the OP configured at the UE taken as OPc',
    key: ({ k, op }) => (op === undefined ? undefined : { k, opc: op }),
  },
  {
    cause: 'networkOpIsZero',
    text: 'K is the same, but the network computes OPc from an OP of zeros',
    key: ({ k }) => ({ k, opc: computeOpc(k, zeroBlock) }),
  },
  {
    cause: 'networkOpcIsZero',
    text: 'K is the same, but the network uses an OPc of zeros',
    key: ({ k }) => ({ k, opc: zeroBlock }),
  },
  {
    cause: 'kAndOpcSwapped',
    text: 'K and OPc are exchanged on one side: the MAC fits with the two swapped',
    key: ({ k, opc }) => ({ k: opc, opc: k }),
  },
  {
    cause: 'sqnNotConcealed',
    text: 'K and OPc agree, but the network sends SQN in AUTN without concealing it by AK (TS 33.102 6.3.2)',
    key: ({ k, opc }) => ({ k, opc }),
    sqnInClear: true,
  },
];

/**
 * Tries the usual mistakes and names the one under which the MAC of AUTN fits. AMF and SQN are not among them: both
 * travel in AUTN, so a UE computes with the network's own. RAND and AUTN have 16 octets.
 */
export function diagnoseMacFailure(challenge: Challenge): MacFailureDiagnosis {
  const { material, op } = challenge;
  if (material.algorithm === 'milenage') {
    for (const { cause, text, key, sqnInClear } of hypotheses) {
      const tried = key({ k: material.k, opc: material.opc, op });
      if (tried && macFits({ ...material, ...tried }, challenge, sqnInClear === true)) return { cause, text };
    }
  }
  return { cause: 'kOrOpcDiffer', text: 'K or OPc differ between the UE and the network' };
}

function macFits(material: KeyMaterial, { rand, autn }: Challenge, sqnInClear: boolean): boolean {
  const key = authenticationFunctions(material);
  const sqn = Buffer.from(autn.subarray(0, 6));
  if (!sqnInClear) {
    const ak = key.f5(rand);
    for (let i = 0; i < 6; i++) sqn[i] = sqn[i]! ^ ak[i]!;
  }
  return key.f1(rand, sqn, autn.subarray(6, 8)).macA.equals(autn.subarray(8, 16));
}
