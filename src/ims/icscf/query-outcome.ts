/** Where an answer of the HSS leads an I-CSCF: the same for UAA and LIA. */
export type QueryOutcome =
  /** The HSS names the S-CSCF. */
  | { readonly kind: 'server'; readonly serverName: string }
  /** The I-CSCF chose among its S-CSCFs (REG-60); best first, empty when none has the mandatory capabilities. */
  | { readonly kind: 'candidates'; readonly serverNames: readonly string[] }
  /** The request is answered with this SIP status. */
  | { readonly kind: 'refused'; readonly status: number };

/** The best candidate that was not tried before. */
export function untried(outcome: QueryOutcome, tried: readonly string[]): string | undefined {
  return outcome.kind === 'candidates' ? outcome.serverNames.find((name) => !tried.includes(name)) : undefined;
}

/** The status of a refusal; 504 where the answer would have been usable but every S-CSCF in it was tried (REG-32). */
export function refusal(outcome: QueryOutcome): number {
  return outcome.kind === 'refused' ? outcome.status : 504;
}
