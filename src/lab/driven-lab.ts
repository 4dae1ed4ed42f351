/** What a test suite has of a lab: how it asks for one, and what it does with it. */
import type { DeregistrationOptions, Names, RegistrationOptions } from '../scenario/language/steps.js';
import type { CheckName, Step } from '../scenario/model.js';
import type { Verdict } from '../scenario/run/verdict.js';
import type { MessagePattern } from '../selection/index.js';

export interface LabOptions {
  /** File or name of a topology; `volte` where absent. */
  readonly topology?: string | undefined;
  /** Changes of it: `{ 'nodes.ue2.call.answer': 'busy' }`. */
  readonly set?: Readonly<Record<string, unknown>> | undefined;
  /** Virtual time and a simulated network, the default; `real`: sockets of this machine. */
  readonly environment?: 'simulated' | 'real' | undefined;
  /** Everything random in a simulated run follows from it; 1 where absent. */
  readonly seed?: number | undefined;
  /** Where report.html, capture.pcapng, trace.jsonl and the others go; none are written where absent. */
  readonly out?: string | undefined;
  /** Machines as XState actors, with full contexts in the trace. */
  readonly inspect?: boolean | undefined;
}

/** A message on the network. */
export interface LabMessage {
  /** 1, 2, 3 … in order of sending; the same in trace.jsonl, in the capture's comments and in explanations. */
  readonly id: number;
  /** Names of nodes. */
  readonly from: string;
  readonly to: string;
  /** `200 OK (REGISTER)`, `UAA 2001 FIRST_REGISTRATION` */
  readonly summary: string;
  /** Milliseconds since the Unix epoch, of the environment's clock. */
  readonly time: number;
  readonly bytes: Buffer;
  /** The values of a field, `Contact.expires` or `SIP-Auth-Data-Item.SIP-Authenticate`; none where it is not there. */
  field(path: string): readonly string[];
}

/** A lab that runs until it is closed. Names of UEs and nodes may be `all` or `ue*`, as in a scenario file. */
export interface DrivenLab {
  /** Plays steps one after the other. Throws ScenarioError with the first that fails; the lab may be used on. */
  play(...steps: readonly Step[]): Promise<Verdict>;
  register(ue: Names, options?: Omit<RegistrationOptions, 'ue'>): Promise<void>;
  deregister(ue: Names, options?: Omit<DeregistrationOptions, 'ue'>): Promise<void>;
  /**
   * Those that match and came, in order of sending; all where no pattern is given. As for `expectMessage`, one that a fault
   * dropped or its link lost has not come. Of RTP and RTCP the first of each stretch.
   */
  messages(pattern?: MessagePattern): readonly LabMessage[];
  /** Those that match and never arrived: a fault dropped them, or their link lost them. */
  lost(pattern?: MessagePattern): readonly LabMessage[];
  /** The state of the node's newest machine of that id, such as `registered` of `registration`. */
  state(node: string, machine: string): string | undefined;
  /** The identity that a UE is called at. */
  identity(ue: string): string | undefined;
  /** The environment's time, ms since the Unix epoch. */
  readonly now: number;
  /**
   * Stops the nodes and completes the files. The verdict is that of the checks, the rules of the specifications and the
   * invariants where none are named; a second call gives the first one's verdict, whatever it names. Await what is played first.
   */
  close(checks?: readonly CheckName[]): Promise<Verdict>;
}
