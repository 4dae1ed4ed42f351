/** One line of the catalogue of rules: what the project is measured by, and how far it has come. */
import type { Role } from './rule.js';

/** Whom a rule binds: a function of the network, or whatever plays that part in SIP or Diameter. */
export type Party =
  | Role
  | 'SIP element'
  | 'proxy'
  | 'user agent'
  | 'Diameter node'
  | 'USIM'
  | 'PCRF'
  | 'charging system'
  | 'E-CSCF'
  | 'MRF'
  | 'BGCF';

interface EntryOf {
  /** `REG-23` */
  readonly id: string;
  /** Where it is written, in the form `TS 24.229 5.2.2.2, RFC 3329 2.3.1`. */
  readonly clause: string;
  /** What must hold, in one line of our own. */
  readonly title: string;
  readonly binds: readonly Party[];
  /** What of it was taken from one source only, and not found in a second one. */
  readonly unconfirmed?: string;
}

/** `done`: code does it and a test names it. `partly`, `not`: why. */
export type CatalogueEntry =
  | (EntryOf & { readonly status: 'done' })
  | (EntryOf & { readonly status: 'partly' | 'not'; readonly why: string });
