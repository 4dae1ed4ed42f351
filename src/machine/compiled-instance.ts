import type { AnyEventObject } from 'xstate';
import type { Timer } from '../environment/index.js';
import type { CompiledMachine, CompiledTimer, CompiledTransition, Leaf, Operation } from './compile.js';
import type { Instance } from './host.js';
import { type Creation, type HostState, type Performers, type Performing, resumedLeaf } from './instance-parts.js';

/** What guards, params and assignments see: the context is always the current one. None of them keeps it. */
interface EventArgs {
  context: object;
  readonly event: AnyEventObject;
}

/** A machine that runs from its tables. Decides first (pure), then performs. */
export class CompiledInstance implements Instance, Performing {
  readonly id: string;
  readonly owner: unknown;
  done = false;
  private current: object;
  /** Somebody may keep the context: it stays as it is, and what assigns makes another one. */
  private lent: boolean;
  private ended = false;
  private leaf: Leaf;
  private running = true;
  private queue: AnyEventObject[] | undefined = undefined;
  /** By index; allocated when the first one is armed. */
  private timers: (Timer | undefined)[] | undefined = undefined;
  private readonly onDone: ((owner: never) => void) | undefined;

  constructor(
    private readonly host: HostState,
    readonly machine: CompiledMachine,
    readonly performers: Performers,
    creation: Creation,
  ) {
    this.id = creation.id;
    this.owner = creation.owner;
    this.onDone = creation.onDone;
    const { resumed } = creation;
    this.leaf = resumed === undefined ? machine.initial.target : resumedLeaf(machine, resumed.state);
    this.current = resumed === undefined ? machine.initialContext(creation.input) : resumed.context;
    this.lent = resumed !== undefined;
  }

  get context(): object {
    this.lent = true;
    return this.current;
  }

  get instance(): this {
    return this;
  }

  get state(): string {
    return this.leaf.name;
  }

  get pendingTimers(): readonly string[] {
    return this.machine.timers.filter((timer) => this.timers?.[timer.index] !== undefined).map((timer) => timer.name);
  }

  /** Enters the initial state, or goes on where it was. Called once, by the host. */
  start({ input, resumed }: Creation): void {
    this.host.instanceCount++;
    if (resumed !== undefined) this.running = false;
    else this.run({ type: 'xstate.init', input }, this.machine.initial);
  }

  send(event: AnyEventObject): void {
    if (this.done) return;
    if (this.running) {
      if (this.queue === undefined) this.queue = [event];
      else this.queue.push(event);
      return;
    }
    this.run(event, undefined);
  }

  stop(): void {
    if (!this.done) this.end();
  }

  /** Runs `event`, and then what was sent meanwhile, to completion. */
  private run(event: AnyEventObject, initial: CompiledTransition | undefined): void {
    const { pending } = this.host;
    const first = pending.count;
    this.running = true;
    try {
      this.process(event, initial);
      if (this.queue !== undefined) {
        // Events may still be added while this runs.
        for (const queued of this.queue) if (!this.done) this.process(queued, undefined);
        this.queue = undefined;
      }
    } catch (error) {
      pending.drop(first);
      this.end();
      throw error;
    } finally {
      this.running = false;
    }
  }

  private process(event: AnyEventObject, initial: CompiledTransition | undefined): void {
    const { pending, tracer } = this.host;
    const first = pending.count;
    const from = this.leaf;
    // One for each event: a lasting one would be noted for the garbage collector whenever something new is put into it.
    const args: EventArgs = { context: this.current, event };
    const taken: number[] | undefined = tracer === undefined ? undefined : [];
    const transition = initial ?? this.select(from.transitions.get(event.type), args);
    if (transition !== undefined) this.take(transition, args, taken);
    // XState looks for eventless transitions after every event, also after one that nothing answered.
    const settled = this.leaf.always !== undefined && this.settle(args, taken);
    const { final } = this.leaf;
    if (final) {
      this.done = true;
      this.cancelTimers();
    }
    if (tracer !== undefined) {
      if (transition !== undefined || settled) {
        const effects = pending.names(first, this.machine.effects);
        tracer.transition(this, event.type, initial === undefined ? from.name : '', effects, taken!);
      }
      if (pending.count > first) pending.performTraced(first, this, tracer);
    } else if (pending.count > first) {
      pending.perform(first, this);
    }
    if (final) this.end();
  }

  private select(
    candidates: readonly CompiledTransition[] | undefined,
    args: EventArgs,
  ): CompiledTransition | undefined {
    if (candidates === undefined) return undefined;
    for (const candidate of candidates) {
      const { guard } = candidate;
      if (guard === undefined) return candidate;
      if (guard.test(args, guard.compute === undefined ? guard.value : guard.compute(args))) return candidate;
    }
    return undefined;
  }

  /** Takes eventless transitions until none is enabled, or one has changed neither state nor context. */
  private settle(args: EventArgs, taken: number[] | undefined): boolean {
    let settled = false;
    for (;;) {
      const { leaf, context } = this;
      const transition = this.select(leaf.always, args);
      if (transition === undefined) return settled;
      settled = true;
      this.take(transition, args, taken);
      if (this.leaf === leaf && this.context === context) return settled;
    }
  }

  private take(transition: CompiledTransition, args: EventArgs, taken: number[] | undefined): void {
    if (taken !== undefined && transition.number >= 0) taken.push(transition.number);
    const { operations } = transition;
    if (operations.length > 0) this.decide(operations, args);
    this.leaf = transition.target;
  }

  /** Each operation sees the context as the ones before it left it. */
  private decide(operations: readonly Operation[], args: EventArgs): void {
    for (const operation of operations) {
      switch (operation.kind) {
        case 'effect': {
          const { compute } = operation;
          const params = compute === undefined ? operation.value : compute(args);
          if (params === this.current) this.lent = true;
          this.host.pending.push(operation.index, params);
          break;
        }
        case 'assign': {
          const context = this.ownContext();
          args.context = context;
          for (const { apply, compute, value } of operation.updates) {
            apply(context, args, compute === undefined ? value : compute(args));
          }
          break;
        }
        case 'arm': {
          const { timer } = operation;
          this.arm(timer, typeof timer.delay === 'number' ? timer.delay : timer.delay(args));
          break;
        }
        case 'cancel':
          this.cancel(operation.timer);
          break;
      }
    }
  }

  /** The context, or a copy of one that is lent: one that nobody else has, to be changed. */
  private ownContext(): Record<string, unknown> {
    if (this.lent) {
      this.current = { ...this.current };
      this.lent = false;
    }
    return this.current as Record<string, unknown>;
  }

  private arm(timer: CompiledTimer, delayMs: number): void {
    if (typeof delayMs !== 'number') {
      throw new Error(`machine '${this.machine.id}': the delay '${timer.name}' is ${String(delayMs)}, not a number`);
    }
    this.timers ??= noTimers(this.machine.timers.length);
    this.timers[timer.index] = this.host.clock.setTimer<CompiledInstance>(delayMs, timer.fire, this);
  }

  fire(timer: CompiledTimer): void {
    this.timers![timer.index] = undefined;
    this.host.tracer?.timer(this, timer.name);
    this.send(timer.event);
  }

  private cancel(timer: CompiledTimer): void {
    this.timers?.[timer.index]?.cancel();
    if (this.timers !== undefined) this.timers[timer.index] = undefined;
  }

  private cancelTimers(): void {
    if (this.timers === undefined) return;
    for (const timer of this.timers) timer?.cancel();
    this.timers = undefined;
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.done = true;
    this.cancelTimers();
    this.host.instanceCount--;
    this.onDone?.(this.owner as never);
  }
}

/** As `fill`, which goes into the runtime, does it. */
function noTimers(count: number): (Timer | undefined)[] {
  const timers = new Array<Timer | undefined>(count);
  for (let index = 0; index < count; index++) timers[index] = undefined;
  return timers;
}
