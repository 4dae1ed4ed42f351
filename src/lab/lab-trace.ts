/**
 * What nodes write, on the lab's clock: a node whose clock has been stepped ahead stamps its records in its own future, and
 * one story has one clock.
 */
import type { Clock, Trace, TraceRecord } from '../environment/index.js';

export class LabTrace implements Trace {
  constructor(
    private readonly inner: Trace,
    private readonly clock: Clock,
  ) {}

  /** Only a stepped clock is ahead of the lab's: nodes stamp with what they read a moment ago. */
  write(record: TraceRecord): void {
    const now = this.clock.now();
    this.inner.write(record.time > now ? { ...record, time: now } : record);
  }

  get inspecting(): boolean {
    return this.inner.inspecting;
  }

  get acting(): string | undefined {
    return this.inner.acting;
  }

  set acting(actor: string | undefined) {
    this.inner.acting = actor;
  }

  get cause(): number | undefined {
    return this.inner.cause;
  }

  takeUp(message: string | undefined): void {
    this.inner.takeUp?.(message);
  }
}
