/** imslab as a library: a lab that a test suite drives, real or simulated. */
export { type DrivenLab, type LabMessage, type LabOptions, lab, ScenarioError } from './lab/driver.js';
export { StartError, UsageError } from './lab/errors.js';
export { labMatchers } from './lab/matchers.js';
export * from './scenario/language/expectations.js';
export * from './scenario/language/faults.js';
export * from './scenario/language/steps.js';
export type { Step } from './scenario/model.js';
export type { Verdict } from './scenario/run/verdict.js';
export type { Matcher, MessagePattern } from './selection/pattern.js';
export { InputError } from './topology/problem.js';
