/** imslab as a library: a lab that a test suite drives, real or simulated. */
export type { Fault, FieldChanges } from './faults/index.js';
export type { DrivenLab, LabMessage, LabOptions } from './lab/driven-lab.js';
export { lab, ScenarioError } from './lab/driver.js';
export { StartError, UsageError } from './lab/errors.js';
export { labMatchers } from './lab/matchers.js';
export {
  readData,
  subscribeData,
  unsubscribeData,
  updateData,
} from './scenario/language/data-steps.js';
export {
  expectCall,
  expectCause,
  expectMedia,
  expectMessage,
  expectNode,
  expectNoMessage,
  expectOrder,
  expectRegistration,
  expectState,
} from './scenario/language/expectations.js';
export {
  answerWith,
  change,
  corrupt,
  delay,
  drop,
  duplicate,
  reorder,
  replace,
} from './scenario/language/faults.js';
export type { Duration } from './scenario/language/place.js';
export {
  answer,
  call,
  cancel,
  changeProfile,
  clearFault,
  crash,
  cut,
  deregister,
  fault,
  hangUp,
  heal,
  hold,
  inject,
  link,
  loseCoverage,
  message,
  networkDeregister,
  originate,
  parallel,
  powerOff,
  powerOn,
  reauthenticate,
  regainCoverage,
  register,
  reject,
  reregister,
  restart,
  resume,
  set,
  start,
  stepClock,
  stop,
  wait,
} from './scenario/language/steps.js';
export type { CheckName, Step, StepPlace } from './scenario/model.js';
export type { Verdict } from './scenario/run/verdict.js';
export type { Matcher, MessagePattern } from './selection/index.js';
export { InputError } from './topology/problem.js';
