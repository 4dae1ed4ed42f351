/** A running network function as its surroundings (topology builder, scenario, CLI) see it. */
import type { Environment } from '../environment/index.js';
import type { HostMode } from '../machine/index.js';
import type { NodeInspection } from './inspection.js';

export type LifecycleState = 'starting' | 'connectingPeers' | 'serving' | 'draining' | 'stopped' | 'failed';

/** Why a node could not start: what it wanted to bind or reach, and the errno name. */
export interface StartFailure {
  readonly node: string;
  /** `udp://127.0.1.1:5060` */
  readonly wanted: string;
  /** `EADDRINUSE`, `EADDRNOTAVAIL` … */
  readonly code: string;
  readonly message: string;
}

export interface NodeOptions {
  readonly name: string;
  readonly environment: Environment;
  readonly hostMode: HostMode;
}

export interface NetworkNode {
  readonly name: string;
  readonly state: LifecycleState;
  readonly failure: StartFailure | undefined;
  /** Binds sockets and connects peers; `onChange` is called at every change of the lifecycle state from then on. */
  start(onChange: (state: LifecycleState) => void): void;
  /** Stops taking new work, lets what runs end (bounded), disconnects peers, closes sockets. */
  stop(): void;
  /** Live machine instances, for invariants and leak checks. */
  readonly instanceCount: number;
  /** For invariants; a node that has nothing to show leaves it out. */
  inspect?(): NodeInspection;
}
