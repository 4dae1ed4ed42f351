/** The emulated UE: a handset of GSMA IR.92 that registers, calls and is called. TS 24.229 5.1. */
import type { NodeOptions } from '../../node/node.js';
import type { UeConfig } from './config.js';
import type { UeNode } from './ue.js';
import { EmulatedUe } from './ue-node.js';

export type { AnswerBehaviour, UeConfig } from './config.js';
export type {
  CallHandle,
  CallOptions,
  CallOutcome,
  CallState,
  MessageOutcome,
  ReceivedMessage,
  RegisterOptions,
  RegistrationOutcome,
  RequestOutcome,
  UeNode,
} from './ue.js';

/** A UE that is not started yet. */
export function createUe(options: NodeOptions, config: UeConfig): UeNode {
  return new EmulatedUe(options, config);
}
