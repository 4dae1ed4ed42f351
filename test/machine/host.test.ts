import { assign, setup } from 'xstate';
import type { Trace, TraceRecord } from '../../src/environment/index.js';
import { createMachineHost, effect, type HostMode, type Instance } from '../../src/machine/index.js';
import { TestClock } from './test-clock.js';

/** Asks, waits for an answer a limited time, and tells. */
const question = setup({
  types: {} as {
    input: { subject: string };
    context: { subject: string; answer: string | undefined };
    events: { type: 'peer.answer'; text: string } | { type: 'user.hurry' };
  },
  actions: {
    ask: effect<{ subject: string }>('ask'),
    tell: effect<{ answer: string | undefined }>('tell'),
    sigh: effect('sigh'),
    keep: assign({ answer: (_, { text }: { text: string }) => text }),
  },
  delays: { patience: 1000 },
}).createMachine({
  id: 'question',
  context: ({ input }) => ({ subject: input.subject, answer: undefined }),
  initial: 'asking',
  states: {
    asking: {
      entry: { type: 'ask', params: ({ context }) => ({ subject: context.subject }) },
      after: { patience: { target: 'answered', actions: 'sigh' } },
      on: {
        'peer.answer': { target: 'answered', actions: { type: 'keep', params: ({ event }) => ({ text: event.text }) } },
        'user.hurry': { actions: 'sigh' },
      },
    },
    answered: { type: 'final', entry: { type: 'tell', params: ({ context }) => ({ answer: context.answer }) } },
  },
});

const paramsAreContext = ({ context }: { context: { count: number } }) => context;

interface Owner {
  readonly log: string[];
}

const quiet = {
  ask: ({ subject }: { subject: string }, { log }: Owner) => log.push(`ask ${subject}`),
  tell: ({ answer }: { answer: string | undefined }, { log }: Owner) => log.push(`tell ${answer}`),
  sigh: (_: unknown, { log }: Owner) => log.push('sigh'),
};

function lab(mode: HostMode, inspecting?: boolean) {
  const clock = new TestClock();
  const records: TraceRecord[] = [];
  const trace: Trace | undefined =
    inspecting === undefined ? undefined : { inspecting, acting: undefined, write: (record) => records.push(record) };
  const host = createMachineHost({ node: 'node1', environment: { clock, trace }, mode });
  return { clock, records, trace, host, owner: { log: [] as string[] } };
}

describe.each(['compiled', 'interpreted'] as const)('machine host, %s', (mode) => {
  const input = { subject: 'weather' };

  it.each([
    ['asking', 'has timers'],
    ['answered', 'is final'],
    ['nowhere', "has no state 'nowhere'"],
  ])('goes on in no state that would not be as it was: %s %s', (state, why) => {
    const { host, owner } = lab(mode);
    const resumed = { state, context: { subject: 'weather', answer: undefined } };
    expect(() => host.create(question, { id: 'q1', input, owner, effects: quiet, resumed })).toThrow(why);
    expect(host.instanceCount).toBe(0);
  });

  it('runs a life from create to done, with owner, timers and count', () => {
    const { host, owner, clock } = lab(mode);
    const onDone = jest.fn();
    const instance = host.create(question, { id: 'q1', input, owner, effects: quiet, onDone });
    expect(owner.log).toEqual(['ask weather']);
    expect(instance).toMatchObject({ id: 'q1', state: 'asking', done: false, pendingTimers: ['patience'] });
    expect(host.instanceCount).toBe(1);
    instance.send({ type: 'peer.answer', text: 'rain' });
    expect(owner.log).toEqual(['ask weather', 'tell rain']);
    expect(instance).toMatchObject({ state: 'answered', done: true, pendingTimers: [], context: { answer: 'rain' } });
    expect(onDone.mock.calls).toEqual([[owner]]);
    expect(host.instanceCount).toBe(0);
    expect(clock.pending).toEqual([]);
    instance.send({ type: 'user.hurry' });
    expect(owner.log).toHaveLength(2);
  });

  it('stop ends it without effects, and once', () => {
    const { host, owner, clock } = lab(mode);
    const onDone = jest.fn();
    const instance = host.create(question, { id: 'q1', input, owner, effects: quiet, onDone });
    instance.stop();
    instance.stop();
    expect([instance.state, instance.done, clock.pending, host.instanceCount]).toEqual(['asking', true, [], 0]);
    expect(onDone).toHaveBeenCalledTimes(1);
  });

  it('queues what an effect sends, also while it is created', () => {
    const { host, owner } = lab(mode);
    const effects = {
      ...quiet,
      ask(_: unknown, __: unknown, instance: Instance<typeof question>) {
        instance.send({ type: 'user.hurry' });
        instance.send({ type: 'peer.answer', text: 'at once' });
        instance.send({ type: 'user.hurry' });
        owner.log.push(`asked in ${instance.state}`);
      },
    };
    expect(host.create(question, { id: 'q1', input, owner, effects }).done).toBe(true);
    expect(owner.log).toEqual(['asked in asking', 'sigh', 'tell at once']);
  });

  it('leaves a context as it is that somebody has: input, definition or who has read it', () => {
    const counting = setup({
      types: {} as { input: { count: number }; context: { count: number }; events: { type: 'step' } },
      actions: {
        count: assign({ count: ({ context }) => context.count + 1 }),
        show: effect<{ count: number }>('show'),
      },
    });
    const states = {
      counting: { on: { step: { actions: ['count', { type: 'show', params: paramsAreContext }, 'count'] } } },
    } as const;
    const ofInput = counting.createMachine({
      id: 'ofInput',
      context: ({ input }) => input,
      initial: 'counting',
      states,
    });
    const fixed = { count: 10 };
    const ofDefinition = counting.createMachine({ id: 'ofDefinition', context: fixed, initial: 'counting', states });
    const given = { count: 0 };
    const { host, owner } = lab(mode);
    const effects = { show: ({ count }: { count: number }) => owner.log.push(`show ${count}`) };
    const first = host.create(ofInput, { id: 'i1', input: given, owner, effects });
    first.send({ type: 'step' });
    const seen = first.context;
    first.send({ type: 'step' });
    const second = host.create(ofDefinition, { id: 'd1', input: given, owner, effects });
    second.send({ type: 'step' });
    expect([given, seen, first.context, fixed, second.context]).toEqual([0, 2, 4, 10, 12].map((count) => ({ count })));
    expect(owner.log).toEqual(['show 1', 'show 3', 'show 11']);
  });

  it('stopped by its own effect, drops what is queued and its timers', () => {
    const { host, owner, clock } = lab(mode);
    const effects = {
      ...quiet,
      sigh(_: unknown, __: unknown, instance: Instance<typeof question>) {
        instance.send({ type: 'peer.answer', text: 'too late' });
        instance.stop();
        owner.log.push(`stopped in ${instance.state}`);
      },
    };
    const instance = host.create(question, { id: 'q1', input, owner, effects });
    instance.send({ type: 'user.hurry' });
    expect(owner.log).toEqual(['ask weather', 'stopped in asking']);
    expect([instance.done, instance.pendingTimers, clock.pending, host.instanceCount]).toEqual([true, [], [], 0]);
  });

  it('keeps the effects of instances apart that feed one another', () => {
    const { host, owner, trace } = lab(mode, false);
    const acting: (string | undefined)[] = [];
    const inner = host.create(question, {
      id: 'inner',
      input,
      owner,
      effects: { ...quiet, sigh: () => acting.push(trace!.acting) },
    });
    const effects = {
      ...quiet,
      ask: () => inner.send({ type: 'user.hurry' }),
      tell: () => {
        inner.send({ type: 'peer.answer', text: 'nested' });
        acting.push(trace!.acting);
      },
    };
    const outer = host.create(question, { id: 'outer', input, owner, effects });
    outer.send({ type: 'peer.answer', text: 'outer' });
    expect(owner.log).toEqual(['ask weather', 'tell nested']);
    expect(acting).toEqual(['node1 question asking', 'node1 question answered']);
    expect(trace!.acting).toBeUndefined();
  });

  it('an effect that throws ends the instance and reaches the sender', () => {
    const { host, owner, clock } = lab(mode, true);
    const onDone = jest.fn();
    const effects = {
      ...quiet,
      sigh: () => {
        throw new Error('out of breath');
      },
    };
    const create = () => host.create(question, { id: 'q1', input, owner, effects, onDone });
    const sent = create();
    expect(() => sent.send({ type: 'user.hurry' })).toThrow('out of breath');
    expect(sent.done).toBe(true);
    create();
    expect(() => clock.advance(1000)).toThrow('out of breath');
    expect([onDone.mock.calls.length, host.instanceCount, clock.pending]).toEqual([2, 0, []]);
    const failing = { ...effects, ask: effects.sigh };
    expect(() => host.create(question, { id: 'q2', input, owner, effects: failing })).toThrow('out of breath');
    expect(host.instanceCount).toBe(0);
    expect(host.create(question, { id: 'q3', input, owner, effects: quiet }).done).toBe(false);
  });

  it('an assignment that throws ends the instance and reaches the sender', () => {
    const { host, clock } = lab(mode);
    const broken = setup({
      actions: {
        shout: effect('shout'),
        fail: assign(() => {
          throw new Error('no context');
        }),
      },
      delays: { soon: 1 },
    }).createMachine({
      id: 'broken',
      initial: 'calm',
      states: { calm: { after: { soon: { actions: ['shout', 'fail'] } } } },
    });
    const shout = jest.fn();
    const instance = host.create(broken, { id: 'b', input: undefined, owner: undefined, effects: { shout } });
    expect(() => clock.advance(1)).toThrow('no context');
    expect([instance.done, host.instanceCount, shout.mock.calls.length]).toEqual([true, 0, 0]);
  });

  it('refuses an effects table that lacks an effect of the machine', () => {
    const { host, owner } = lab(mode);
    const create = () => host.create(question, { id: 'q1', input, owner, effects: { ask: quiet.ask } });
    expect(create).toThrow("machine 'question': the effects table does not perform 'tell', 'sigh'");
    expect(host.instanceCount).toBe(0);
  });

  it('writes transitions, effects and timers into the trace', () => {
    const { host, owner, clock, records } = lab(mode, true);
    const instance = host.create(question, { id: 'q1', input, owner, effects: quiet });
    instance.send({ type: 'user.hurry' });
    clock.advance(1000);
    const context = { subject: 'weather', answer: undefined };
    const actor = { node: 'node1', actor: 'q1', machine: 'question' };
    const asking = { kind: 'transition', time: 0, ...actor, to: 'asking', context };
    expect(records).toEqual([
      { ...asking, event: 'create', from: '', effects: ['ask'], taken: [] },
      { kind: 'effect', time: 0, ...actor, effect: 'ask', params: { subject: 'weather' } },
      { ...asking, event: 'user.hurry', from: 'asking', effects: ['sigh'], taken: [1] },
      { kind: 'timer', time: 1000, ...actor, timer: 'patience' },
      {
        ...asking,
        time: 1000,
        event: 'timer.patience',
        from: 'asking',
        to: 'answered',
        effects: ['sigh', 'tell'],
        taken: [2],
      },
      { kind: 'effect', time: 1000, ...actor, effect: 'tell', params: { answer: undefined } },
    ]);
  });

  it('leaves contexts and params out of the trace unless it inspects', () => {
    const { host, owner, records } = lab(mode, false);
    host.create(question, { id: 'q1', input, owner, effects: quiet });
    expect(records).toEqual([expect.objectContaining({ kind: 'transition', context: undefined })]);
  });
});
