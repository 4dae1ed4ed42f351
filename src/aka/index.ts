/** IMS AKA: Milenage, TUAK, the XOR test algorithm, vectors, sequence numbers. Pure: no clock, no randomness. TS 33.102, TS 35.206, TS 35.231. */
export {
  type AuthenticationVector,
  type AutnOutcome,
  checkAutn,
  generateAuts,
  generateVector,
  type ResynchronisationOutcome,
  resynchronise,
} from './authentication-vector.js';
export { decodeAuts, decodeNonce, encodeAuts, encodeNonce } from './challenge-codec.js';
export { diagnoseAuts, diagnoseMacFailure, isAutnOf, type MacDiagnosis, openAuts } from './diagnosis.js';
export { kcOf, sresOf } from './gsm-values.js';
export {
  type AkaAlgorithm,
  type AuthenticationFunctions,
  authenticationFunctions,
  type KeyMaterial,
} from './key-material.js';
export { type Alternative, alternatives, type KeyMistake, type KnownKeys } from './key-mistakes.js';
export {
  computeOpc,
  type MilenageConstants,
  MilenageKey,
  type MilenageOutput,
  milenage,
  standardConstants,
} from './milenage.js';
export { type MilenageSteps, milenageSteps } from './milenage-steps.js';
export {
  AucSqnCounter,
  type AucSqnCounterOptions,
  decodeSqn,
  defaultCxInd,
  defaultIndBits,
  encodeSqn,
  type SqnProfile,
  type SqnRequest,
  UsimSqnWindow,
  type UsimSqnWindowOptions,
} from './sequence-number.js';
export { computeTopc, TuakKey, type TuakParameters } from './tuak.js';
export { XorKey } from './xor-algorithm.js';
