/** The machine host's contract: the one place that creates, feeds, inspects and stops machine instances. */
import type { AnyStateMachine, ContextFrom, EventFromLogic, InputFrom, StateMachine } from 'xstate';

/** The `{ type, params }` union of a machine's declared actions. */
// biome-ignore format: one type parameter a line would hide the one that matters
type ActionsOf<TMachine> = TMachine extends StateMachine<any, any, any, any, infer TAction, any, any, any, any, any, any, any, any, any> ? TAction : never;

/**
 * How a node performs a machine's effects: effect name → function of the effect's params, of the instance's owner and
 * of the instance (which the owner cannot know yet while `create` runs). One table, made once, serves all instances of a
 * machine. An effect of the machine that is missing here is refused when the first instance is created.
 *
 * Effects are performed in order when the event has run to completion: the instance is in its new state with its new
 * context, its timers are armed, and in a final state it is done. An effect that throws ends the instance; the error
 * reaches whoever sent the event (or the timer's caller).
 */
export type EffectsOf<TMachine, TOwner> = {
  readonly [A in ActionsOf<TMachine> as A['type']]?: (
    params: A['params'],
    owner: TOwner,
    instance: Instance<TMachine extends AnyStateMachine ? TMachine : never>,
  ) => void;
};

export interface InstanceOptions<TMachine extends AnyStateMachine, TOwner> {
  /** Unique within the node while the instance lives, and the same in every run with one seed. */
  readonly id: string;
  readonly input: InputFrom<TMachine>;
  readonly owner: TOwner;
  readonly effects: EffectsOf<TMachine, TOwner>;
  /**
   * Where an instance goes on that was there before, in this process or another: no entry action runs, and nothing is
   * traced. Only in a state without timers, for they are lost; `context` is taken as it is. Throws an Error where the
   * machine has no such state, or it is final or timed.
   */
  readonly resumed?: { readonly state: string; readonly context: ContextFrom<TMachine> };
  /** The instance has reached a final state or was stopped; it has no timers any more. */
  readonly onDone?: (owner: TOwner) => void;
}

/** A live machine. Events sent from within its own effects are queued and run after the current one (run to completion). */
export interface Instance<TMachine extends AnyStateMachine = AnyStateMachine> {
  readonly id: string;
  /** `queryingHss`, or `established.refreshing` where states nest. */
  readonly state: string;
  /** As it is now: who keeps it sees no later change. */
  readonly context: ContextFrom<TMachine>;
  readonly done: boolean;
  /** Names of the delays whose timers are running. */
  readonly pendingTimers: readonly string[];
  /** Runs the event to completion, or queues it when the instance is at work. Ignored once the instance is done. */
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
