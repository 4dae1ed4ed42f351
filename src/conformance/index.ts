/** Conformance: rules of the specifications, held against what a run shows. */
export { clauseOf, ruleIds } from './catalogue.js';
export { type ConformanceResult, ConformanceRun } from './conformance-run.js';
export type { LabFacts, Rule } from './rule.js';
export { rules } from './rules.js';
