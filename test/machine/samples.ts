import type fc from 'fast-check';
import type { AnyEventObject, AnyStateMachine } from 'xstate';

/**
 * What `NAME.samples.ts` beside a machine's test exports as `samples`: enough to drive the machine at random. The
 * equivalence property runs each machine compiled and interpreted over such events; the benchmark runs `typicalLife`.
 */
export interface MachineSamples {
  readonly machine: AnyStateMachine;
  /** Values of the machine's Input. */
  readonly input: fc.Arbitrary<unknown>;
  /** Every event type of the machine, with payloads that make each guard both hold and fail. */
  readonly event: fc.Arbitrary<AnyEventObject>;
  /** One ordinary life, from creation to a final state where the machine has one. Without it a drawn one is measured. */
  readonly typicalLife?: { readonly input: unknown; readonly events: readonly AnyEventObject[] };
}
