/** The number that a caller dials for a UE of the topology. */
import { canonicalIdentity } from '../../ims/identity/index.js';
import { defaultIdentity, identitiesOf, type PublicIdentity } from '../../ims/subscription/subscriber.js';
import { subscriberByImsi } from '../../ims/subscription/subscriber-range.js';
import type { UeNode } from '../../ims/ue/ue.js';
import { isUe, type Lab } from '../../topology/lab.js';
import type { ScenarioLab } from './scenario-lab.js';

/**
 * The default public identity of the UE's subscriber, which is the same whether the UE is registered or not: the first
 * that is not barred (TS 23.003 13.4B: the temporary identity is barred). Undefined where no HSS of the topology knows
 * the subscriber.
 */
export function dialledIdentity(ue: string, lab: Lab): string | undefined {
  return defaultIdentity(identitiesOfUe(ue, lab))?.uri;
}

function identitiesOfUe(ue: string, { nodes }: Lab): readonly PublicIdentity[] {
  const imsi = nodes.filter(isUe).find(({ name }) => name === ue)?.imsi;
  if (imsi === undefined) return [];
  for (const node of nodes) {
    const subscriber = 'subscribers' in node ? subscriberByImsi(node, imsi) : undefined;
    if (subscriber !== undefined) return identitiesOf(subscriber);
  }
  return [];
}

/** Whether a callee is given as a URI, not as a UE of the topology. */
function isUri(callee: string): boolean {
  return callee.startsWith('sip:') || callee.startsWith('tel:');
}

/** What is dialled for `to`, a UE or a URI. Undefined: it is neither. */
export function calledTarget(to: string, lab: ScenarioLab): string | undefined {
  if (isUri(to)) return to;
  return dialledIdentity(to, lab.lab) ?? lab.ue(to)?.publicIdentity;
}

/** The UE behind `to`, a UE or a URI, where the topology has it. */
export function calledUe(to: string, lab: ScenarioLab): UeNode | undefined {
  if (!isUri(to)) return lab.ue(to);
  const dialled = canonicalIdentity(to);
  const callee = lab.lab.nodes
    .filter(isUe)
    .find(({ name }) => identitiesOfUe(name, lab.lab).some(({ uri }) => canonicalIdentity(uri) === dialled));
  return callee === undefined ? undefined : lab.ue(callee.name);
}
