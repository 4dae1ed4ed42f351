/** What a UE proves with who it is: its card, or its password. */
import type { z } from 'zod';
import { computeOpc, type KeyMaterial } from '../aka/index.js';
import type { Subscriber } from '../ims/subscription/subscriber.js';
import { keyMaterialInput, keyMaterialOf } from './key-material.js';
import type { LabUe } from './lab.js';
import type { simSection } from './profile-schema.js';
import type { KeyPath } from './source.js';
import type { UeAuthenticationInput } from './ue-schema.js';

type SimInput = z.output<typeof simSection>;

/** Says what is wrong with a key of a UE's line, and how to mend it. */
export type Blame = (line: string, key: KeyPath, what: string, mend: string, at?: 'key' | 'value') => void;

/** How it proves who it is: as the line or the profile says, else as the subscriber file does. */
export function authenticationOf(
  line: string,
  { scheme, password }: UeAuthenticationInput,
  subscriber: Subscriber | undefined,
  blame: Blame,
): LabUe['authentication'] | undefined {
  const known = subscriber?.authentication;
  const chosen = scheme ?? (known === undefined ? 'aka' : schemesOf[known.scheme]);
  if (chosen !== 'sip-digest') return { scheme: chosen };
  if (password !== undefined) return { scheme: chosen, secret: { password: Buffer.from(password, 'utf8') } };
  if (known?.digest !== undefined) return { scheme: chosen, secret: { ha1: known.digest.ha1 } };
  const what = 'has no password, and its subscriber has none for SIP Digest';
  blame(line, [], what, `add nodes.${line}.authentication.password, or let the subscriber have one`);
  return undefined;
}

/**
 * The card: as the subscriber file has it, what `sim` says in its place. In step with the HSS unless `sqn` is given.
 *
 * @param isToBlame all subscriber files were read, so a UE without a subscriber names one that there is not
 */
export function cardOf(
  line: string,
  imsi: string,
  sim: SimInput,
  subscriber: Subscriber | undefined,
  isToBlame: boolean,
  blame: Blame,
): LabUe['sim'] | undefined {
  const aka = subscriber === undefined ? undefined : (subscriber.authentication.aka ?? withoutCard);
  const { sqn, 'sqn-offset': offset = 0, delta = 2 ** 28, 'auts-amf': autsAmf, ...rest } = sim;
  const { 'hss-has-op-as-opc': opcIsOp = false, 'ind-bits': indBits, 'age-limit': age, ...keys } = rest;
  const ahead = (aka?.sqn ?? 0n) + BigInt(offset);
  const window = {
    ...(indBits !== undefined && { indBits }),
    ...(age !== undefined && { ageLimit: BigInt(age) }),
  };
  const counters = { sqn: sqn ?? (ahead < 0n ? 0n : ahead), delta: BigInt(delta), autsAmf, ...window };
  const inherited = aka?.material;
  // A pool whose line says nothing of the card shares one material.
  const found =
    inherited && Object.keys(keys).length === 0
      ? inherited
      : keyMaterialOf(keys, inherited ? keyMaterialInput(inherited) : {});
  if ('algorithm' in found) {
    const op = opcIsOp ? opcOf(found) : keys.op;
    const material = opcIsOp ? computedAnew(found) : found;
    return { material, ...(op !== undefined && { op }), ...counters };
  }
  const material = found;
  const { key, what, mend, problem } = material;
  if (inherited || problem === 'unfit') {
    blame(line, key ? ['sim', key] : ['sim'], what, mend, problem === 'unfit' ? 'key' : 'value');
  } else if (isToBlame) {
    const mend = `use an IMSI that it has, or give the card by hand: nodes.${line}.sim.k and nodes.${line}.sim.opc`;
    blame(line, ['imsi'], `no subscriber file of this topology has '${imsi}'`, mend);
  }
  return undefined;
}

/** How a UE registers whose subscription is for a scheme. */
const schemesOf = {
  aka: 'aka',
  'sip-digest': 'sip-digest',
  giba: 'none',
  'nass-bundled': 'none',
} as const;

/** The OPc of who takes the given one for OP. */
function computedAnew(material: KeyMaterial): KeyMaterial {
  if (material.algorithm !== 'milenage') return material;
  return { ...material, opc: computeOpc(material.k, material.opc) };
}

function opcOf(material: KeyMaterial): Buffer | undefined {
  return material.algorithm === 'milenage' ? material.opc : undefined;
}

/** The UE of a subscription without IMS AKA has no keys: it could answer no AKA challenge. */
const withoutCard = { material: { algorithm: 'xor', k: Buffer.alloc(16) } as const, sqn: 0n };
