/** The machine host's contract: the one place that creates, feeds, inspects and stops machine instances. */
import type { AnyStateMachine, ContextFrom, EventFromLogic, InputFrom, StateMachine } from 'xstate';

/** The `{ type, params }` union of a machine's declared actions. */
// biome-ignore format: one type parameter a line would hide the one that matters
type ActionsOf<TMachine> = TMachine extends StateMachine<any, any, any, any, infer TAction, any, any, any, any, any, any, any, any, any> ? TAction : never;

/**
 * How a node performs a machine's effects: effect name → function of the effect's params and of the instance's owner.
 * One table serves all instances of a machine. An effect of the machine that is missing here is refused at start-up.
 */
export type EffectsOf<TMachine, TOwner> = {
  readonly [A in ActionsOf<TMachine> as A['type']]?: (params: A['params'], owner: TOwner) => void;
};

export interface InstanceOptions<TMachine extends AnyStateMachine, TOwner> {
  /** Unique within the node while the instance lives, and the same in every run with one seed. */
  readonly id: string;
  readonly input: InputFrom<TMachine>;
  readonly owner: TOwner;
  readonly effects: EffectsOf<TMachine, TOwner>;
  /** The instance has reached a final state or was stopped; it has no timers any more. */
  readonly onDone?: (owner: TOwner) => void;
}

/** A live machine. Events sent from within its own effects are queued and run after the current one (run to completion). */
export interface Instance<TMachine extends AnyStateMachine = AnyStateMachine> {
  readonly id: string;
  /** `queryingHss`, or `established.refreshing` where states nest. */
  readonly state: string;
  readonly context: ContextFrom<TMachine>;
  readonly done: boolean;
  send(event: EventFromLogic<TMachine>): void;
  /** Ends it without running exit actions; pending timers are gone. */
  stop(): void;
}

export interface MachineHost {
  /** Starts an instance: entry actions of the initial state run before it returns. Effects may send to it at once. */
  create<TMachine extends AnyStateMachine, TOwner>(
    machine: TMachine,
    options: InstanceOptions<TMachine, TOwner>,
  ): Instance<TMachine>;
  /** Live instances, for invariants and leak checks. */
  readonly instanceCount: number;
}

export type HostMode = 'compiled' | 'interpreted';
