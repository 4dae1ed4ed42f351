/**
 * Every rule that the project is measured by, with its clause and how far it has come. The ids are stable: tests, scenarios
 * and findings cite them. docs/conformance.md is made from this.
 */
import { akaRules } from './catalogue-aka.js';
import { callRules } from './catalogue-call.js';
import { cxRules } from './catalogue-cx.js';
import type { CatalogueEntry } from './catalogue-entry.js';
import { registeredRules } from './catalogue-registered.js';
import { registeringRules } from './catalogue-registering.js';
import { serviceRules } from './catalogue-service.js';
import { shRules } from './catalogue-sh.js';
import { sipRules } from './catalogue-sip.js';

export const rulePrefixes = ['REG', 'CX', 'SH', 'AKA', 'CALL', 'SIP'] as const;
export type RulePrefix = (typeof rulePrefixes)[number];

/** What the rules of a prefix are about. */
export const subjects: Readonly<Record<RulePrefix, string>> = {
  REG: 'Registration',
  CX: 'Cx and Diameter',
  SH: 'Sh',
  AKA: 'AKA, digest and security agreement',
  CALL: 'Sessions, services and charging',
  SIP: 'SIP core',
};

/** In order of prefix and number. */
export const catalogue: readonly CatalogueEntry[] = [
  ...registeringRules,
  ...registeredRules,
  ...cxRules,
  ...shRules,
  ...akaRules,
  ...callRules,
  ...serviceRules,
  ...sipRules,
];

const byId: ReadonlyMap<string, CatalogueEntry> = new Map(catalogue.map((entry) => [entry.id, entry]));

/** Of all rules. */
export const ruleIds: readonly string[] = catalogue.map(({ id }) => id);

/** Undefined for what is no rule id. */
export function catalogueEntry(id: string): CatalogueEntry | undefined {
  return byId.get(id);
}

/** `TS 24.229 5.2.2.2` of `REG-23`. Throws RangeError for what is no rule id. */
export function clauseOf(id: string): string {
  const entry = byId.get(id);
  if (entry === undefined) throw new RangeError(`${id} is not in the catalogue of rules`);
  return entry.clause;
}
