/** S-CSCF selection (REG-60; TS 29.228 §6.7, TS 23.228 5.1.2): a pure function of what the HSS asks and what there is. */
import type { ServerCapabilities } from '../../diameter/index.js';
import type { ServingCandidate } from './config.js';

const none: readonly number[] = [];

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
  const mandatory = required?.mandatoryCapabilities ?? none;
  const optional = required?.optionalCapabilities ?? none;
  const able = candidates.filter(({ capabilities }) => mandatory.every((id) => capabilities.includes(id)));
  if (able.length === 0) return [];
  const groups = optional.length === 0 ? [able] : ranked(able, [...new Set(optional)]);
  const named = groups.map((group) => group.map(({ serverName }) => serverName));
  const turn = turnOf(named[0]!);
  return named.length === 1 ? turned(named[0]!, turn) : named.flatMap((group) => turned(group, turn));
}

/** Those with the most optional capabilities first; those with equally many are one group. */
function ranked(
  able: readonly ServingCandidate[],
  optional: readonly number[],
): readonly (readonly ServingCandidate[])[] {
  const groups: ServingCandidate[][] = optional.map(() => []);
  groups.push([]);
  for (const candidate of able) {
    const missing = optional.filter((id) => !candidate.capabilities.includes(id)).length;
    groups[missing]!.push(candidate);
  }
  return groups.filter((group) => group.length > 0);
}

function turned(group: readonly string[], turn: number): readonly string[] {
  const first = turn % Math.max(group.length, 1);
  return [...group.slice(first), ...group.slice(0, first)];
}
