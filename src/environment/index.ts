/**
 * What a node may know of the world outside it. Protocol code sees these types only; `environment/simulated` and
 * `environment/real` implement them. Types only: this room imports nothing, and what runs in it is for those two alone.
 */

export type { Clock, Timer } from './clock.js';
export type {
  EncryptionAlgorithm,
  IntegrityAlgorithm,
  Ipsec,
  IpsecFailure,
  IpsecMode,
  ProtectedEnd,
  ProtectedEndpoint,
  SecurityAssociationSet,
} from './ipsec.js';
export type {
  DatagramHandlers,
  DatagramSocket,
  Endpoint,
  Network,
  Packet,
  PacketCarrier,
  PacketFault,
  PacketTap,
  StreamConnection,
  StreamHandlers,
  StreamListener,
  StreamListenerHandlers,
  TransportProtocol,
} from './network.js';
export type { Random } from './random.js';
export type { TlsFailure, TlsIdentity, TlsKeyListener, TlsTrust } from './tls.js';
export type {
  EffectRecord,
  FaultRecord,
  MessageRecord,
  NoteRecord,
  TimerRecord,
  Trace,
  TraceRecord,
  TransitionRecord,
} from './trace.js';

import type { Clock } from './clock.js';
import type { Ipsec } from './ipsec.js';
import type { Network } from './network.js';
import type { Random } from './random.js';
import type { Trace } from './trace.js';

/** Everything a node is given. One environment serves all nodes of a run; `random` is a stream of the node's own. */
export interface Environment {
  readonly clock: Clock;
  readonly network: Network;
  readonly random: Random;
  /** Absent when nobody listens: the caller tests for it once, so that tracing costs one branch when off. */
  readonly trace: Trace | undefined;
  /** Absent where the network carries no ESP. */
  readonly ipsec?: Ipsec | undefined;
}
