/** Which of the causes that nodes named explains a failure best. */
import type { NoteRecord } from '../../environment/index.js';
import type { Role } from '../../topology/topology-schema.js';

/** What a UE finds out by itself, such as a wrong MAC, or what its NAT does, is nearest to the truth; otherwise the node deepest in the network. */
const DEPTH: readonly Role[] = ['hss', 'slf', 'dra', 'as', 's-cscf', 'i-cscf', 'p-cscf', 'ue'];

/** @param causes in the order of writing. Undefined when there is none. */
export function deepestCause(
  causes: readonly NoteRecord[],
  roleOf: (node: string) => Role | undefined,
): NoteRecord | undefined {
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
  return /^cause\.(mac|sync|sqn|mappingOver)/i.test(what);
}
