/** Where an answer of the HSS leads an I-CSCF: the same for UAA and LIA. */
import { isSameUri } from '../../sip/index.js';

export type QueryOutcome =
  /** The HSS names the S-CSCF. */
  | { readonly kind: 'server'; readonly serverName: string }
  /** The I-CSCF chose among its S-CSCFs (REG-60); best first, empty when none has the mandatory capabilities. */
  | { readonly kind: 'candidates'; readonly serverNames: readonly string[] }
  /** The request is answered with this SIP status. */
  | { readonly kind: 'refused'; readonly status: number };

/** By then nobody waits for the answer any more (timer F, RFC 3261 17.1.2.2); an HSS could name others for ever. */
const triedMax = 8;

/** The best S-CSCF that was not tried before: names are URIs, and may be written in several ways (RFC 3261 19.1.4). */
export function untried(outcome: QueryOutcome, tried: readonly string[]): string | undefined {
  if (outcome.kind === 'refused' || tried.length >= triedMax) return undefined;
  const names = outcome.kind === 'server' ? [outcome.serverName] : outcome.serverNames;
  return names.find((name) => !tried.some((each) => isSameUri(each, name)));
}

/** No S-CSCF of this network has the mandatory capabilities, tried or not. */
export function hasNobody(outcome: QueryOutcome): boolean {
  return outcome.kind === 'candidates' && outcome.serverNames.length === 0;
}

/** The status of a refusal; 504 where the answer would have been usable but every S-CSCF in it was tried (REG-32). */
export function refusal(outcome: QueryOutcome): number {
  return outcome.kind === 'refused' ? outcome.status : 504;
}
