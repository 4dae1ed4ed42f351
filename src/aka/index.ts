/** IMS AKA: Milenage, vectors, sequence numbers. Pure: no clock, no randomness. TS 33.102, TS 35.206. */
export {
  type AuthenticationVector,
  type AutnOutcome,
  checkAutn,
  generateAuts,
  generateVector,
  type ResynchronisationOutcome,
  resynchronise,
  type SubscriberKey,
} from './authentication-vector.js';
export { decodeAuts, decodeNonce, encodeAuts, encodeNonce } from './challenge-codec.js';
export { diagnoseMacFailure, type MacFailureCause, type MacFailureDiagnosis } from './diagnosis.js';
export {
  computeOpc,
  type MilenageConstants,
  MilenageKey,
  type MilenageOutput,
  milenage,
  standardConstants,
} from './milenage.js';
export {
  AucSqnCounter,
  type AucSqnCounterOptions,
  decodeSqn,
  defaultCxInd,
  encodeSqn,
  UsimSqnWindow,
  type UsimSqnWindowOptions,
} from './sequence-number.js';
