/** S-CSCF selection (REG-60; TS 29.228 §6.7, TS 23.228 5.1.2): a pure function of what the HSS asks and what there is. */
import type { ServerCapabilities } from '../../diameter/index.js';
import type { ServingCandidate } from './config.js';

/**
 * The S-CSCFs to try, best first. Names given by the HSS win over capability ids; otherwise an S-CSCF must have every
 * mandatory capability and is ranked by how many optional ones it has. Equal ones keep the configured order, turned by
 * `turn`, so that load spreads and a run can be repeated.
 */
export function selectServers(
  required: ServerCapabilities | undefined,
  candidates: readonly ServingCandidate[],
  turn: number,
): readonly string[] {
  if (required !== undefined && required.serverNames.length > 0) return required.serverNames;
  const mandatory = required?.mandatoryCapabilities ?? [];
  const optional = required?.optionalCapabilities ?? [];
  const able = candidates.filter((candidate) => mandatory.every((id) => candidate.capabilities.includes(id)));
  return able
    .map((candidate, index) => ({
      serverName: candidate.serverName,
      matches: optional.filter((id) => candidate.capabilities.includes(id)).length,
      turn: (index - (turn % able.length) + able.length) % able.length,
    }))
    .sort((one, other) => other.matches - one.matches || one.turn - other.turn)
    .map((candidate) => candidate.serverName);
}
