/** What a scenario does with a lab. */
import type { FaultControl } from '../../faults/index.js';
import type { SubscriberData } from '../../ims/as/subscriber-data.js';
import type { UeNode } from '../../ims/ue/ue.js';
import type { StartFailure } from '../../node/node.js';
import type { Lab } from '../../topology/lab.js';
import type { ChangeProfileStep, LinkStep, NetworkDeregisterStep, ReauthenticateStep } from '../model.js';

/** Random behaviour of a link; what is absent stays as it is. */
export type LinkChange = Omit<LinkStep, 'do' | 'between' | 'place'>;

type Done = (outcome: { readonly success: boolean; readonly reason: string }) => void;

/** Its nodes have been started. */
export interface ScenarioLab {
  readonly lab: Lab;
  /** Another object once the UE was started again. */
  ue(name: string): UeNode | undefined;
  /** `done` once, when the node serves. */
  startNode(name: string, done: (failure?: StartFailure) => void): void;
  /** `done` once, when the node has stopped. */
  stopNode(name: string, done: () => void): void;
  /** Gone at once and without a word. */
  crashNode(name: string): void;
  /** Changes a value of a running node. Returns why it cannot be changed. */
  changeSetting(node: string, key: string, value: unknown): string | undefined;
  /** An HSS ends a registration, and `done` once, with the S-CSCF's answer; or an S-CSCF, and `done` at once. */
  networkDeregister(node: string, query: Pick<NetworkDeregisterStep, 'ue' | 'reason' | 'comeBack'>, done: Done): void;
  /** The S-CSCF shortens a registration. Returns why it cannot. */
  reauthenticate(scscf: string, query: Pick<ReauthenticateStep, 'ue' | 'withinMs'>): string | undefined;
  /** The HSS changes a subscriber; `done` once, with the answer of the S-CSCF that serves it. */
  changeProfile(hss: string, change: Pick<ChangeProfileStep, 'ue' | 'bar' | 'unbar' | 'services'>, done: Done): void;
  /**
   * `ask` at an application server that speaks Sh; `lost` where it crashes before `finish`. Returns why it cannot be.
   */
  askData(
    as: string,
    ask: (data: SubscriberData, finish: (work: () => void) => void) => void,
    lost: () => void,
  ): string | undefined;
  /** An application server sends a MESSAGE for a user; `done` once. Returns why it cannot be. */
  originate(
    as: string,
    message: { readonly servedUser: string; readonly target: string; readonly text: string },
    done: (outcome: { readonly status: number | undefined; readonly reason: string }) => void,
  ): string | undefined;
  /** How many of each thing a running node keeps. */
  counts(node: string): Readonly<Record<string, number>> | undefined;
  readonly faults: FaultControl;
  /** Undefined on sockets. */
  readonly setLink: ((between: readonly [string, string], change: LinkChange) => void) | undefined;
  /** One sentence for each invariant that does not hold. */
  invariantBreaches(): readonly string[];
}
