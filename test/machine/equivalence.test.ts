/**
 * Compiled machines behave as XState does: every machine of the project, run both ways over random events and random
 * passing of time, goes through the same states and contexts, with the same effects in order and the same timers.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { AnyEventObject, AnyStateMachine } from 'xstate';
import type { TraceRecord } from '../../src/environment/index.js';
import {
  compile,
  createMachineHost,
  type HostMode,
  type Instance,
  type InstanceOptions,
} from '../../src/machine/index.js';
import { machineFiles, samplesFiles, samplesPathOf } from './machine-files.js';
import type { MachineSamples } from './samples.js';
import { TestClock } from './test-clock.js';

type Step =
  | { readonly kind: 'send'; readonly event: AnyEventObject }
  | { readonly kind: 'advance'; readonly ms: number }
  /** To the next timer that is due. */
  | { readonly kind: 'wake' }
  /** Another instance goes on where this one is, if the state has no timers. */
  | { readonly kind: 'resume' }
  | { readonly kind: 'stop' };

interface Life {
  readonly input: unknown;
  readonly steps: readonly Step[];
  /** The n-th effect sends the n-th of these from within itself. */
  readonly echoes: readonly (AnyEventObject | undefined)[];
  readonly tracing: 'off' | 'on' | 'inspecting';
  /** Looks at the context all the way, not only at the end: a context that was seen stays as it is. */
  readonly watching: boolean;
}

function lives({ input, event }: MachineSamples): fc.Arbitrary<Life> {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 60, arbitrary: event.map((event) => ({ kind: 'send', event }) as const) },
    { weight: 15, arbitrary: fc.constant({ kind: 'wake' } as const) },
    { weight: 10, arbitrary: fc.nat(5000).map((ms) => ({ kind: 'advance', ms }) as const) },
    { weight: 3, arbitrary: fc.constant({ kind: 'resume' } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: 'stop' } as const) },
  );
  return fc.record({
    input,
    steps: fc.array(step, { maxLength: 25 }),
    echoes: fc.array(fc.option(event, { nil: undefined, freq: 2 }), { maxLength: 12 }),
    tracing: fc.constantFrom('off', 'on', 'inspecting'),
    watching: fc.boolean(),
  });
}

/** Runs a life and returns all that can be observed of it. */
function run({ machine }: MachineSamples, life: Life, mode: HostMode): readonly unknown[] {
  const clock = new TestClock();
  const observed: unknown[] = [];
  const trace = {
    inspecting: life.tracing === 'inspecting',
    acting: undefined,
    write: (record: TraceRecord) => observed.push(record),
  };
  const environment = { clock, trace: life.tracing === 'off' ? undefined : trace };
  const host = createMachineHost({ node: 'node1', environment, mode });
  let performed = 0;
  const perform = (effect: string) => (params: unknown, owner: unknown, instance: Instance) => {
    observed.push({ effect, params, owner, acting: trace.acting, ...look(instance, life) });
    const echo = life.echoes[performed++];
    if (echo !== undefined) instance.send(echo);
  };
  const options: InstanceOptions<AnyStateMachine, string> = {
    id: 'instance1',
    input: life.input,
    owner: 'owner1',
    effects: Object.fromEntries(compile(machine).effects.map((name) => [name, perform(name)])),
    onDone: (owner) => observed.push({ onDone: owner }),
  };
  let instance = host.create(machine, options);
  const resume = (): void => {
    const { state, context } = instance;
    if (instance.done || !mayResume(machine, state)) return;
    instance.stop();
    instance = host.create(machine, { ...options, resumed: { state, context } });
  };
  const observe = () => observed.push({ ...look(instance, life), due: clock.pending, count: host.instanceCount });
  observe();
  for (const step of life.steps) {
    if (step.kind === 'send') instance.send(step.event);
    else if (step.kind === 'stop') instance.stop();
    else if (step.kind === 'resume') resume();
    else if (step.kind === 'advance') clock.advance(step.ms);
    else if (clock.pending[0] !== undefined) clock.advance(clock.pending[0] - clock.now());
    observe();
  }
  instance.stop();
  observe();
  observed.push(instance.context);
  return observed;
}

function mayResume(machine: AnyStateMachine, state: string): boolean {
  const leaf = compile(machine).leaves.find(({ name }) => name === state);
  return leaf !== undefined && !leaf.timed && !leaf.final;
}

function look(instance: Instance, { watching }: Life): object {
  const { state, done, pendingTimers } = instance;
  return { state, context: watching ? instance.context : undefined, done, pendingTimers };
}

describe('machine samples', () => {
  const sampled = new Map(samplesFiles());

  it('every machine file exports one machine and has samples of it', () => {
    const faults = machineFiles().flatMap(({ path, machine }) => {
      const samples = sampled.get(samplesPathOf(path));
      if (samples === undefined) return [`${path} has no ${samplesPathOf(path)}`];
      return samples.machine === machine ? [] : [`${samplesPathOf(path)} samples another machine than that of ${path}`];
    });
    expect(faults).toEqual([]);
  });

  it.each([...sampled])(
    '%s: an instance that goes on in the place of another does what the other would have done',
    (_, samples) => {
      const noPauses = (life: Life, isResuming: boolean): Life => ({
        ...life,
        tracing: 'off',
        // Who ends is told so: of that one only it is another.
        steps: life.steps.filter(({ kind }) => kind === 'send' || (isResuming && kind === 'resume')),
      });
      const effectsOf = (observed: readonly unknown[]) => observed.filter((each) => 'effect' in Object(each));
      fc.assert(
        fc.property(lives(samples), fc.constantFrom('compiled' as const, 'interpreted' as const), (life, mode) => {
          const resumed = run(samples, noPauses(life, true), mode);
          expect(effectsOf(resumed)).toEqual(effectsOf(run(samples, noPauses(life, false), mode)));
        }),
        { numRuns: 50 },
      );
    },
  );

  it.each([...sampled])('%s: compiled and interpreted are the same', (_, samples) => {
    fc.assert(
      fc.property(lives(samples), (life) => {
        const compiled = run(samples, life, 'compiled');
        const interpreted = run(samples, life, 'interpreted');
        // Only a difference is worth the slower comparison that shows it.
        if (!isDeepStrictEqual(compiled, interpreted)) expect(compiled).toEqual(interpreted);
      }),
      { numRuns: 150 },
    );
  });
});
