/** What a node shows of itself, so that a lab can check after every step that all is well. Read-only, plain data. */

/** A public identity that an HSS has assigned, or that an S-CSCF serves. */
export interface RegistrationClaim {
  /** Canonical (REG-03). */
  readonly publicIdentity: string;
  /** Server-Name of the S-CSCF. */
  readonly serverName: string;
  /** When it was last confirmed by a Cx-Put, ms. */
  readonly since: number;
  /** False while something is under way that may change it: an authentication, an assignment, a de-registration. */
  readonly settled: boolean;
}

/** Something that fills, and what it may hold at most. */
export interface Queue {
  readonly name: string;
  readonly length: number;
  readonly max: number;
}

/** A SIP transaction and the time after which its timers must have ended it. */
export interface OldestTransaction {
  readonly actor: string;
  readonly ageMs: number;
  readonly limitMs: number;
}

/** Live machines of a kind, and how many of them the node's tables know. */
export interface MachineCount {
  readonly machine: string;
  readonly live: number;
  readonly held: number;
}

/** What the network function of a node adds. */
export interface FunctionInspection {
  /** How many machines its tables hold, by the machine's id. */
  readonly machines: Readonly<Record<string, number>>;
  readonly queues?: readonly Queue[];
  readonly assigned?: readonly RegistrationClaim[];
  readonly served?: readonly RegistrationClaim[];
  readonly serverName?: string;
}

export interface NodeInspection {
  readonly node: string;
  /** Exceptions that the node has survived. */
  readonly exceptionCount: number;
  /** Own Diameter requests that wait for an answer. */
  readonly pendingCount: number;
  /** Since when the node has lost neither its memory (a start) nor a Diameter request of its own, ms. */
  readonly unbrokenSince: number;
  readonly queues: readonly Queue[];
  /** The one that is nearest to its limit, or the furthest beyond; kept only while somebody traces the run. */
  readonly oldestTransaction: OldestTransaction | undefined;
  /** Kept only while somebody traces the run. */
  readonly machines: readonly MachineCount[];
  /** HSS: registered identities and who serves them. Undefined at other nodes. */
  readonly assigned: readonly RegistrationClaim[] | undefined;
  /** S-CSCF: the identities that it serves. Undefined at other nodes. */
  readonly served: readonly RegistrationClaim[] | undefined;
  /** S-CSCF: its Server-Name. */
  readonly serverName: string | undefined;
}
