/**
 * A scenario as it is run: plain data. The YAML reader and the typed API build the same. Parameters, variables, loops
 * over sets and `for` are resolved here already; `${name}` that is left stands for what an earlier step captured.
 */
import type { Fault } from '../faults/index.js';
import type { Matcher, MessagePattern } from '../selection/index.js';
import type { DataWord } from '../topology/sh-schema.js';
import type { Override } from '../topology/source.js';

/** Where a step was written. */
export interface StepPlace {
  /** `profiles/scenarios/loss.yaml:12:5`, or `test/volte.test.ts:31:9` of the typed API. */
  readonly where: string;
  /** `steps[3]`, `steps[3].parallel[1]`; empty for the typed API. */
  readonly key: string;
}

interface Placed {
  readonly place: StepPlace;
}

interface Timed extends Placed {
  /** The longest it may take, ms. */
  readonly timeoutMs: number;
}

// -- what UEs do ---------------------------------------------------------------------------------------------------

/** Each UE in turn, or all at once; `paceMs` between two beginnings. */
export interface RegistrationStep extends Timed {
  readonly do: 'register' | 'reregister' | 'deregister';
  readonly ue: readonly string[];
  readonly atOnce: boolean;
  readonly paceMs: number | undefined;
  /** Seconds asked for; the profile's where absent. */
  readonly expires: number | undefined;
  /** Of deregister: every contact of the user (Contact: *); the UE's own where absent. */
  readonly contacts?: 'all' | undefined;
}

/**
 * A call to its end. When a later step speaks of it (`as`), the scenario goes on while it lasts and the outcome is judged
 * there; otherwise the step waits for the end and the call must succeed.
 */
export interface CallStep extends Timed {
  readonly do: 'call';
  readonly from: string;
  /** A UE of the topology, called at its public identity, or a SIP or tel URI. */
  readonly to: string;
  readonly as: string;
  /** `undefined`: until somebody hangs up. */
  readonly holdForMs: number | undefined;
  /** How the callee behaves in this call; its profile's way where absent. `ring`: it rings until a step answers. */
  readonly answer: 'accept' | 'busy' | 'decline' | 'ring' | undefined;
}

/** Of a call that goes on: `ue` is one of its two ends where the step is about one of them. */
export interface CallControlStep extends Timed {
  readonly do: 'answer' | 'reject' | 'cancel' | 'hang-up' | 'hold' | 'resume';
  readonly as: string;
  /** Who does it: the callee for answer and reject, the caller for the others where absent. */
  readonly ue: string | undefined;
  /** Of reject. */
  readonly status: number | undefined;
}

/** Pager mode (RFC 3428). */
export interface MessageStep extends Timed {
  readonly do: 'message';
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** Awaited final status; any 2xx where absent. */
  readonly status: number | undefined;
}

/** An application server sends a MESSAGE for a user (TS 24.229 §5.7.3). */
export interface OriginateStep extends Timed {
  readonly do: 'originate';
  readonly node: string;
  /** A UE, or a URI. */
  readonly servedUser: string;
  readonly to: string;
  readonly text: string;
  /** Awaited final status; any 2xx where absent. */
  readonly status: number | undefined;
}

/** `power-off` de-registers first (TS 24.229 5.1.1.6); losing coverage cuts the UE's links without a word. */
export interface UePowerStep extends Timed {
  readonly do: 'power-off' | 'power-on' | 'lose-coverage' | 'regain-coverage';
  readonly ue: readonly string[];
}

// -- what nodes do -------------------------------------------------------------------------------------------------

/** `crash`: the process is gone without a word (kill -9); `restart`: stop, then start. */
export interface NodeStep extends Timed {
  readonly do: 'stop' | 'start' | 'restart' | 'crash';
  readonly node: string;
}

/** Changes a value of the node's profile while it runs; `key` as in the topology file below the node, `call.answer`. */
export interface SetStep extends Timed {
  readonly do: 'set';
  readonly node: string;
  readonly key: string;
  readonly value: unknown;
}

/** An HSS ends a registration with RTR (TS 29.228 6.1.3), or the operator of an S-CSCF by itself (TS 24.229 5.4.1.5). */
export interface NetworkDeregisterStep extends Timed {
  readonly do: 'network-deregister';
  readonly node: string;
  readonly ue: string;
  /** Of an HSS. */
  readonly reason: 'permanent-termination' | 'new-server-assigned' | 'server-change' | 'remove-s-cscf';
  /** Of an S-CSCF: whether the UE is told to register again; it is not where absent. */
  readonly comeBack: boolean | undefined;
  /** Of an HSS: the S-CSCF has to refuse it, or not to answer. */
  readonly refused?: boolean | undefined;
}

/** The S-CSCF has the UE authenticate again within a time (TS 24.229 5.4.1.6). */
export interface ReauthenticateStep extends Timed {
  readonly do: 'reauthenticate';
  readonly node: string;
  readonly ue: string;
  readonly withinMs: number;
}

/** The HSS changes what is provisioned of a UE, and tells its S-CSCF with PPR (TS 29.228 6.2.2). */
export interface ChangeProfileStep extends Timed {
  readonly do: 'change-profile';
  readonly node: string;
  readonly ue: string;
  /** Public identities that are barred from now on, or no longer. */
  readonly bar: readonly string[];
  readonly unbar: readonly string[];
  /** Names of the services that all identities have from now on; they stay as they are where absent. */
  readonly services: readonly string[] | undefined;
  /** The S-CSCF has to refuse it, or not to answer. */
  readonly refused?: boolean | undefined;
}

/** Which data of a user an application server means (TS 29.328 Table 7.6.1). */
export interface DataKeys {
  readonly data: readonly DataWord[];
  /** Service-Indications of repository data. */
  readonly services: readonly string[];
  readonly identitySets: readonly ('all' | 'registered' | 'implicit' | 'alias')[];
  readonly domain: 'cs' | 'ps' | undefined;
  readonly dsaiTags: readonly string[];
}

/** Result-Code or Experimental-Result-Code, or why none came. */
export type DataResult = number | 'timeout' | 'unreachable';

interface DataStep extends Timed {
  readonly node: string;
  /** A UE, a SIP or tel URI, or a MSISDN such as `+15550100001`. */
  readonly of: string;
  readonly privateIdentity: string | undefined;
  readonly result: DataResult;
}

/** An application server reads data (UDR), or wants to be told of changes, or no more (SNR). */
export interface SubscribeDataStep extends DataStep, DataKeys {
  readonly do: 'read-data' | 'subscribe-data' | 'unsubscribe-data';
  /** Of a subscription; never where absent. */
  readonly expiresMs: number | undefined;
  /** Whether the answer to a subscription is to bring the data. */
  readonly sendsData: boolean;
}

/** An application server writes repository data, or switches a PSI (PUR). */
export interface UpdateDataStep extends DataStep {
  readonly do: 'update-data';
  /** Of repository data; absent, services or a PSI are switched. */
  readonly service: string | undefined;
  readonly dsaiTags: readonly string[];
  /** XML inside ServiceData; absent, the repository data go. */
  readonly content: string | undefined;
  readonly sequence: number | undefined;
  readonly active: boolean | undefined;
}

/** Octets leave one node for another as they are. */
export interface InjectStep extends Timed {
  readonly do: 'inject';
  readonly from: string;
  readonly to: string;
  readonly protocol: 'udp' | 'tcp';
  /** Of text, line ends are made CRLF and Content-Length is left alone. May hold `${…}`. */
  readonly message: string | Buffer;
}

// -- faults --------------------------------------------------------------------------------------------------------

/** A fault is in force from here on; `as` is how later steps name it. */
export interface FaultStep extends Placed {
  readonly do: 'fault';
  readonly as: string;
  readonly fault: Fault;
}

/** A fault is in force no more; what it struck still counts. */
export interface ClearFaultStep extends Placed {
  readonly do: 'clear-fault';
  /** Name of a fault; all where absent. */
  readonly fault: string | undefined;
}

/** Between each of the one and each of the other; all links of the first where the second is empty. */
export interface CutStep extends Placed {
  readonly do: 'cut' | 'heal';
  readonly between: readonly [readonly string[], readonly string[]];
}

/** Random behaviour of a link, in the simulated environment. */
export interface LinkStep extends Placed {
  readonly do: 'link';
  readonly between: readonly [string, string];
  readonly delayMs?: number | undefined;
  readonly jitterMs?: number | undefined;
  readonly loss?: number | undefined;
  readonly duplication?: number | undefined;
  readonly reordering?: number | undefined;
  readonly rateBitsPerSecond?: number | undefined;
}

/** The node's clock jumps ahead; its timers are due so much earlier. */
export interface ClockStep extends Placed {
  readonly do: 'step-clock';
  readonly node: string;
  readonly byMs: number;
}

/** Nothing is done for so long, of the environment's time. */
export interface WaitStep extends Placed {
  readonly do: 'wait';
  readonly forMs: number;
}

// -- blocks --------------------------------------------------------------------------------------------------------

/** Branches at once; it ends when all have ended, and fails with the first that fails. */
export interface ParallelStep extends Placed {
  readonly do: 'parallel';
  readonly branches: readonly (readonly Step[])[];
}

// -- expectations --------------------------------------------------------------------------------------------------

/** `withinMs`: how long it is waited for; what has come since the last `do` step began counts too. */
interface Awaited extends Placed {
  readonly withinMs: number;
  /** Rule behind the expectation, such as `REG-24`: named with its clause when it is not met. */
  readonly rule: string | undefined;
}

/** Field path (see MessagePattern) → name under which later steps find it as `${name}`. */
export type Captures = Readonly<Record<string, string>>;

/** Messages that match pass, or with a count of 0 none. */
export interface ExpectMessageStep extends Awaited {
  readonly expect: 'message';
  readonly pattern: MessagePattern;
  /** How many; at least one where absent. With a maximum (or `0`) the whole of `withinMs` is waited. */
  readonly count: { readonly min: number; readonly max: number } | undefined;
  readonly capture: Captures;
  /** From when on messages count: the last `do` step (default), or the beginning of the scenario. */
  readonly since: 'step' | 'start';
}

/** These messages in this order; others may come between them. */
export interface ExpectOrderStep extends Awaited {
  readonly expect: 'order';
  readonly patterns: readonly MessagePattern[];
  readonly since: 'step' | 'start';
}

/** A machine of a node is in a state, or has been since the last `do` step began. */
export interface ExpectStateStep extends Awaited {
  readonly expect: 'state';
  readonly node: string;
  /** Id of the machine, such as `registration`. */
  readonly machine: string;
  /** Name of the state as the trace has it; a parent's name stands for all of its states. */
  readonly is: string;
  /** Part of the instance's id, where a node has several of the machine. */
  readonly actor: string | undefined;
}

/** A call comes to a condition; `status` is the final one of its INVITE. */
export interface ExpectCallStep extends Awaited {
  readonly expect: 'call';
  readonly as: string;
  readonly is: 'ringing' | 'talking' | 'held' | 'released' | 'failed';
  readonly status: number | undefined;
}

/** Judges the last registration of each UE; the step before it then does not fail by itself. */
export interface ExpectRegistrationStep extends Awaited {
  readonly expect: 'registration';
  readonly ue: readonly string[];
  readonly is: 'registered' | 'failed' | 'not-registered';
  readonly status: number | undefined;
  /** Contacts of the user that the last 200 has listed. */
  readonly contacts?: number | undefined;
}

/** RTP of a call, from now on for `withinMs`: packets arrive at both ends, at one, or at none. */
export interface ExpectMediaStep extends Awaited {
  readonly expect: 'media';
  readonly as: string;
  readonly is: 'both-ways' | 'one-way' | 'silent';
  /** Received at the end that heard least. */
  readonly packetsMin: number | undefined;
}

/** What a node keeps, such as `registrations`: how many of each at one moment. */
export interface ExpectNodeStep extends Awaited {
  readonly expect: 'node';
  readonly node: string;
  readonly counts: Readonly<Record<string, { readonly min: number; readonly max: number }>>;
}

/** A cause that a node has named, as it would stand in the verdict. */
export interface ExpectCauseStep extends Awaited {
  readonly expect: 'cause';
  readonly says: Matcher;
  readonly node: string | undefined;
}

/** Does something. */
export type ActionStep =
  | RegistrationStep
  | CallStep
  | CallControlStep
  | MessageStep
  | OriginateStep
  | UePowerStep
  | NodeStep
  | SetStep
  | NetworkDeregisterStep
  | ReauthenticateStep
  | ChangeProfileStep
  | SubscribeDataStep
  | UpdateDataStep
  | InjectStep
  | FaultStep
  | ClearFaultStep
  | CutStep
  | LinkStep
  | ClockStep
  | WaitStep
  | ParallelStep;

/** Expects something. */
export type ExpectStep =
  | ExpectMessageStep
  | ExpectOrderStep
  | ExpectStateStep
  | ExpectCallStep
  | ExpectRegistrationStep
  | ExpectMediaStep
  | ExpectNodeStep
  | ExpectCauseStep;

/** One entry of a scenario's `steps`. */
export type Step = ActionStep | ExpectStep;

/** What a run is judged by at its end: rules of the specifications, invariants of the nodes, and what a scenario may ask for. */
export const CHECKS = ['ts24229', 'invariants', 'no-retransmission', 'media-both-ways', 'no-fault'] as const;
/** One of `CHECKS`. */
export type CheckName = (typeof CHECKS)[number];

/** A scenario that is to fail says so: then only this failure passes. */
export interface ExpectedVerdict {
  readonly passed: boolean;
  readonly sentence: Matcher | undefined;
}

/** A scenario, complete: nothing in it is a default any more. */
export interface Scenario {
  readonly name: string;
  /** What it proves, in a sentence or two. */
  readonly description: string | undefined;
  /** Rule ids that it proves, such as `REG-24`. */
  readonly proves: readonly string[];
  /** File or name of the topology that it is written for, where the command line names none. */
  readonly topology: string | undefined;
  /** Changes of that topology that it needs, as `--set` makes them. */
  readonly overrides: readonly Override[];
  /** Where it may run; real sockets know no random loss. */
  readonly environments: readonly ('simulated' | 'real')[];
  /** Seeds of its runs in a suite. */
  readonly seeds: readonly number[];
  /** In force from the beginning. */
  readonly faults: readonly Fault[];
  readonly steps: readonly Step[];
  /** `ts24229` and `invariants` always, and those that the file lists. */
  readonly checks: readonly CheckName[];
  /** Rules whose breach is meant: id → why. */
  readonly exceptions: Readonly<Record<string, string>>;
  readonly verdict: ExpectedVerdict;
  /** Bound of the whole scenario, ms: 10 minutes where the file names none. */
  readonly timeoutMs: number;
}
