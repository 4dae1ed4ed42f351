/** Which of the causes that nodes named explains a failure best. */
import type { NoteRecord } from '../../environment/index.js';
import type { Role } from '../../topology/topology-schema.js';

/** The node deepest in the network is nearest to the truth. */
const DEPTH: readonly Role[] = ['hss', 'slf', 'dra', 'as', 's-cscf', 'i-cscf', 'p-cscf', 'ue'];

type RoleOf = (node: string) => Role | undefined;

/**
 * What a UE finds out by itself, such as a wrong MAC, goes before everything else. What its NAT does explains why nothing
 * reaches the UE, and nothing else: it goes before what others say of their waiting for it, and before what the UE says.
 * @param causes in the order of writing. Undefined when there is none.
 */
export function deepestCause(causes: readonly NoteRecord[], roleOf: RoleOf): NoteRecord | undefined {
  const mapping = causes.find(({ what }) => what === 'cause.mappingOver');
  const best = nearest(mapping === undefined ? causes : causes.filter(({ what }) => what !== mapping.what), roleOf);
  if (mapping === undefined || best === undefined) return best ?? mapping;
  const isAtEdge = roleOf(best.node) === 'ue' ? !isOwnDiagnosis(best.what) : roleOf(best.node) === 'p-cscf';
  return isAtEdge || isSilenceOfUe(best.what) ? mapping : best;
}

function nearest(causes: readonly NoteRecord[], roleOf: RoleOf): NoteRecord | undefined {
  const rank = ({ node, what }: NoteRecord): number => {
    const role = roleOf(node);
    if (role === undefined) return DEPTH.length;
    return role === 'ue' && isOwnDiagnosis(what) ? -1 : DEPTH.indexOf(role);
  };
  return causes.reduce<NoteRecord | undefined>(
    (best, cause) => (best === undefined || rank(cause) < rank(best) ? cause : best),
    undefined,
  );
}

/** Other causes of a UE only repeat what the network answered. */
function isOwnDiagnosis(what: string): boolean {
  return /^cause\.(mac|sync|sqn)/i.test(what);
}

/** Somebody has waited for a UE, or for a node that waited for it longer. */
function isSilenceOfUe(what: string): boolean {
  return /^cause\.(ueUnreachable|(proxy|serving|interrogating)NodeUnreachable|flowFailed|sessionExpired)$/.test(what);
}
