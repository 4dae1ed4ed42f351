import type { Clock, Trace } from '../environment/index.js';
import type { CompiledMachine } from './compile.js';
import type { Performing } from './instance-parts.js';

/** Writes the records of one host's instances. Exists only while somebody listens. */
export class Tracer {
  constructor(
    private readonly node: string,
    private readonly clock: Clock,
    private readonly trace: Trace,
  ) {}

  /** An event was run to completion and took at least one transition. */
  transition(
    { instance, machine }: Performing,
    eventType: string,
    from: string,
    effects: readonly string[],
    taken: readonly number[],
  ): void {
    this.trace.write({
      kind: 'transition',
      time: this.clock.now(),
      node: this.node,
      actor: instance.id,
      machine: machine.id,
      event: recordedEvent(machine, eventType),
      from,
      to: instance.state,
      taken,
      effects,
      message: this.trace.cause,
      context: this.trace.inspecting ? instance.context : undefined,
    });
  }

  effect({ instance, machine }: Performing, effect: string, params: unknown): void {
    if (params === undefined || !this.trace.inspecting) return;
    const time = this.clock.now();
    this.trace.write({
      kind: 'effect',
      time,
      node: this.node,
      actor: instance.id,
      machine: machine.id,
      effect,
      params,
      message: this.trace.cause,
    });
  }

  timer({ instance, machine }: Performing, timer: string): void {
    const time = this.clock.now();
    this.trace.write({ kind: 'timer', time, node: this.node, actor: instance.id, machine: machine.id, timer });
  }

  /** Effects of this instance are performed from now on. Returns who acted before, for `leave`. */
  enter({ instance, machine }: Performing): string | undefined {
    const outer = this.trace.acting;
    this.trace.acting = `${this.node} ${machine.id} ${instance.state}`;
    return outer;
  }

  leave(outer: string | undefined): void {
    this.trace.acting = outer;
  }
}

/** `timer.NAME` for the event of a timer, `create` for the start of an instance, else the event's type. */
function recordedEvent(machine: CompiledMachine, type: string): string {
  const timer = machine.timersByEvent.get(type);
  if (timer !== undefined) return `timer.${timer.name}`;
  return type === 'xstate.init' ? 'create' : type;
}
