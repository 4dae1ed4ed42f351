/** Conformance: rules of the specifications, held against what a run shows. */

export { type CheckedCapture, checkCapture } from './captured/check-capture.js';
export { type RulesOfCapture, rulesOfCapture } from './captured/decidable.js';
export type { WireMessage } from './captured/evidence.js';
export { type InferredNetwork, type InferredNode, inferNetwork } from './captured/infer-nodes.js';
export type { RegistrationStory } from './captured/registrations.js';
export { clauseOf, ruleIds } from './catalogue.js';
export { type ConformanceResult, ConformanceRun } from './conformance-run.js';
export type { Finding, LabFacts, Role, Rule } from './rule.js';
export { rules } from './rules.js';
