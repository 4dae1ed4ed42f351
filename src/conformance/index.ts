/** Conformance: rules of the specifications, held against what a run shows. */
export type { WireMessage } from './captured/evidence.js';
export { type InferredNetwork, type InferredNode, inferNetwork } from './captured/infer-nodes.js';
export { clauseOf, ruleIds } from './catalogue.js';
export { type ConformanceResult, ConformanceRun } from './conformance-run.js';
export type { LabFacts, Role, Rule } from './rule.js';
export { rules } from './rules.js';
