/** S-CSCF selection (REG-60; TS 29.228 §6.7, TS 23.228 5.1.2): a pure function of what the HSS asks and what there is. */
import type { ServerCapabilities } from '../../diameter/index.js';
import type { ServingCandidate } from './config.js';

/**
 * The S-CSCFs to try, best first. Names given by the HSS win over capability ids; otherwise an S-CSCF must have every
 * mandatory capability and is ranked by how many optional ones it has. Equal ones keep the configured order, turned by what
 * `turnOf` says of the best of them, so that load spreads and a run can be repeated.
 */
export function selectServers(
  required: ServerCapabilities | undefined,
  candidates: readonly ServingCandidate[],
  turnOf: (best: readonly string[]) => number,
): readonly string[] {
  if (required !== undefined && required.serverNames.length > 0) return required.serverNames;
  const mandatory = required?.mandatoryCapabilities ?? [];
  const optional = new Set(required?.optionalCapabilities);
  const groups = Array.from({ length: optional.size + 1 }, (): string[] => []);
  for (const { serverName, capabilities } of candidates) {
    if (!mandatory.every((id) => capabilities.includes(id))) continue;
    const matches = [...optional].filter((id) => capabilities.includes(id)).length;
    groups[optional.size - matches]!.push(serverName);
  }
  const best = groups.find((group) => group.length > 0);
  if (best === undefined) return [];
  const turn = turnOf(best);
  return groups.flatMap((group) => turned(group, turn));
}

function turned(group: readonly string[], turn: number): readonly string[] {
  const first = turn % Math.max(group.length, 1);
  return [...group.slice(first), ...group.slice(0, first)];
}
