/** The network functions and the UE, each with its factory and its configuration. */
export { type AsConfig, createAs } from './as/index.js';
export type { DiameterConfig } from './diameter-config.js';
export { createDra, type DraConfig } from './dra/index.js';
export {
  createHss,
  type DeregistrationOrder,
  type HssConfig,
  type HssFunction,
  type ProfileChange,
  type TerminationOutcome,
} from './hss/index.js';
export { createIcscf, type IcscfConfig, type ServingCandidate } from './icscf/index.js';
export { createPcscf, type PcscfConfig } from './pcscf/index.js';
export { createScscf, type ScscfConfig } from './scscf/index.js';
export { createSlf, type SlfConfig } from './slf/index.js';
export type { PublicIdentity, Subscriber } from './subscription/subscriber.js';
export { type CallOutcome, createUe, type RegistrationOutcome, type UeConfig, type UeNode } from './ue/index.js';
