/** What a scenario does with a lab. */
import type { FaultControl } from '../../faults/index.js';
import type { UeNode } from '../../ims/ue/ue.js';
import type { StartFailure } from '../../node/node.js';
import type { Lab } from '../../topology/lab.js';
import type { LinkStep, NetworkDeregisterStep } from '../model.js';

/** Random behaviour of a link; what is absent stays as it is. */
export type LinkChange = Omit<LinkStep, 'do' | 'between' | 'place'>;

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
  /** The HSS ends a registration; `done` once, with its S-CSCF's answer. */
  networkDeregister(
    hss: string,
    query: { readonly ue: string; readonly reason: NetworkDeregisterStep['reason'] },
    done: (outcome: { readonly success: boolean; readonly reason: string }) => void,
  ): void;
  readonly faults: FaultControl;
  /** Undefined on sockets. */
  readonly setLink: ((between: readonly [string, string], change: LinkChange) => void) | undefined;
  /** One sentence for each invariant that does not hold. */
  invariantBreaches(): readonly string[];
}
