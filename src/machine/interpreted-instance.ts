import {
  type AnyActor,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  createActor,
  type InspectionEvent,
  type StateValue,
} from 'xstate';
import type { Timer } from '../environment/index.js';
import type { CompiledMachine } from './compile.js';
import { declaredTransitions } from './declared-transitions.js';
import { bindPerformer } from './effect.js';
import type { Instance } from './host.js';
import {
  type Creation,
  type HostState,
  type Performers,
  type Performing,
  type Resumed,
  resumedLeaf,
} from './instance-parts.js';

/** A machine that runs as an XState root actor of its own: the reference, and what inspection shows. */
export class InterpretedInstance implements Instance, Performing {
  readonly id: string;
  readonly owner: unknown;
  done = false;
  private readonly actor: AnyActor;
  private readonly onDone: ((owner: never) => void) | undefined;
  private ended = false;
  private from = '';
  /** Where the effects of the running event begin among the host's. */
  private first: number | undefined;
  /** Numbers of the transitions that the running event has taken; undefined when none. The start counts as taken. */
  private taken: number[] | undefined = [];
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly host: HostState,
    private readonly definition: AnyStateMachine,
    readonly machine: CompiledMachine,
    readonly performers: Performers,
    creation: Creation,
  ) {
    this.id = creation.id;
    this.owner = creation.owner;
    this.onDone = creation.onDone;
    const { resumed } = creation;
    if (resumed !== undefined) {
      this.from = resumed.state;
      this.taken = undefined;
    }
    this.actor = createActor(definition, {
      id: creation.id,
      input: creation.input,
      clock: {
        setTimeout: (callback: () => void, delayMs: number) =>
          host.clock.setTimer(delayMs, () => this.guarded(callback)),
        clearTimeout: (timer: Timer) => timer.cancel(),
      },
      inspect: (event) => this.inspect(event),
      ...(resumed !== undefined && { snapshot: this.snapshotOf(resumed) }),
    });
    const indexes = new Map(machine.effects.map((name, index) => [name, index]));
    bindPerformer(this.actor, (name, params) => {
      this.first ??= host.pending.count;
      host.pending.push(indexes.get(name)!, params);
    });
    // Without an observer XState would throw the error from a timer of its own.
    this.actor.subscribe({ error: (error) => this.fail(error) });
  }

  get instance(): this {
    return this;
  }

  get state(): string {
    return stateOf(this.actor.getSnapshot().value);
  }

  get context(): object {
    return this.actor.getSnapshot().context;
  }

  get pendingTimers(): readonly string[] {
    if (this.done) return [];
    const scheduled = Object.values(this.actor.system.getSnapshot()._scheduledEvents);
    const types = new Set(scheduled.map(({ event }) => event.type));
    return this.machine.timers.filter((timer) => types.has(timer.event.type)).map((timer) => timer.name);
  }

  start(): void {
    this.host.instanceCount++;
    this.guarded(() => this.actor.start());
  }

  send(event: AnyEventObject): void {
    if (!this.done) this.guarded(() => this.actor.send(event));
  }

  stop(): void {
    if (this.done) return;
    this.end();
    this.actor.stop();
  }

  private snapshotOf({ state, context }: Resumed): AnyMachineSnapshot {
    resumedLeaf(this.machine, state);
    const [outer, inner] = state.split('.') as [string, string | undefined];
    return this.definition.resolveState({ value: inner === undefined ? outer : { [outer]: inner }, context });
  }

  /** XState keeps errors inside the actor; here they reach the caller, as from a compiled instance. */
  private guarded(action: () => void): void {
    action();
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure.error;
  }

  private inspect(inspected: InspectionEvent): void {
    if (inspected.type === '@xstate.event') {
      const timer = this.machine.timersByEvent.get(inspected.event.type);
      if (timer !== undefined) this.host.tracer?.timer(this, timer.name);
    } else if (inspected.type === '@xstate.microstep') {
      this.note(inspected._transitions);
    } else if (inspected.type === '@xstate.snapshot') {
      this.completed(inspected.event, inspected.snapshot as AnyMachineSnapshot);
    }
  }

  private note(transitions: readonly AnyTransitionDefinition[]): void {
    for (const transition of transitions) {
      this.taken ??= [];
      const number = declaredTransitions(this.definition).findIndex(({ definition }) => definition === transition);
      if (number >= 0) this.taken.push(number);
    }
  }

  /** The actor has run an event to completion; what it decided is performed now, inside the actor's mailbox turn. */
  private completed(event: AnyEventObject, snapshot: AnyMachineSnapshot): void {
    if (this.done) return;
    const final = snapshot.status === 'done';
    this.done = final;
    const { taken, from } = this;
    this.taken = undefined;
    this.from = stateOf(snapshot.value);
    try {
      this.perform(event, taken, from);
    } catch (error) {
      this.fail(error);
      this.actor.stop();
      return;
    }
    if (final) this.end();
  }

  private perform(event: AnyEventObject, taken: readonly number[] | undefined, from: string): void {
    const { pending, tracer } = this.host;
    const first = this.first ?? pending.count;
    this.first = undefined;
    if (tracer === undefined) {
      pending.perform(first, this);
      return;
    }
    if (taken !== undefined) {
      tracer.transition(this, event.type, from, pending.names(first, this.machine.effects), taken);
    }
    if (pending.count > first) pending.performTraced(first, this, tracer);
  }

  private fail(error: unknown): void {
    this.failure = { error };
    if (this.first !== undefined) this.host.pending.drop(this.first);
    this.first = undefined;
    this.end();
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.done = true;
    this.host.instanceCount--;
    this.onDone?.(this.owner as never);
  }
}

function stateOf(value: StateValue): string {
  if (typeof value === 'string') return value;
  const [outer, inner] = Object.entries(value)[0]!;
  return `${outer}.${stateOf(inner!)}`;
}
