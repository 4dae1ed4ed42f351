/** An artificial machine: eventless transitions, taken to their fix point, from initial states and through timers. */
import fc from 'fast-check';
import { assign, setup } from 'xstate';
import { effect } from '../../src/machine/index.js';
import type { MachineSamples } from './samples.js';

interface EventlessContext {
  readonly load: number;
  readonly limit: number;
}

type EventlessEvent =
  | { type: 'work.add'; amount: number }
  | { type: 'work.drop' }
  | { type: 'work.peek' }
  | { type: 'work.poke' };

export const eventless = setup({
  types: {} as { input: { load: number; limit: number }; context: EventlessContext; events: EventlessEvent },
  actions: {
    tell: effect<{ what: string; load: number }>('tell'),
    beep: effect('beep'),
    add: assign({ load: ({ context, event }) => context.load + (event.type === 'work.add' ? event.amount : 1) }),
    halve: assign(({ context }) => ({ load: Math.floor(context.load / 2) })),
    decrement: assign({ load: ({ context }) => context.load - 1 }),
  },
  guards: {
    overLimit: ({ context }) => context.load > context.limit,
    wayOver: ({ context }) => context.load > 3 * context.limit,
    odd: ({ context }) => context.load % 2 === 1,
    empty: ({ context }) => context.load <= 0,
    peeked: ({ event }) => event.type === 'work.peek',
    poked: ({ event }) => event.type === 'work.poke',
  },
  delays: { pause: 25, breath: ({ context }) => 5 * context.limit },
}).createMachine({
  id: 'eventless',
  context: ({ input }) => input,
  initial: 'judging',
  on: { 'work.drop': { target: '.judging', actions: 'halve' } },
  states: {
    judging: {
      entry: { type: 'tell', params: ({ context }) => ({ what: 'judging', load: context.load }) },
      exit: 'beep',
      after: { pause: 'over' },
      always: [
        { guard: 'wayOver', target: 'over' },
        {
          guard: 'overLimit',
          target: 'shedding',
          actions: { type: 'tell', params: ({ context, event }) => ({ what: event.type, load: context.load }) },
        },
        { target: 'working' },
      ],
    },
    shedding: {
      exit: { type: 'tell', params: ({ context }) => ({ what: 'shed', load: context.load }) },
      always: [
        { guard: 'overLimit', actions: ['decrement', 'beep'] },
        { guard: 'odd', target: 'shedding', reenter: true, actions: 'decrement' },
        { target: 'working.idle' },
      ],
    },
    working: {
      initial: 'loaded',
      entry: { type: 'tell', params: ({ context }) => ({ what: 'working', load: context.load }) },
      after: { breath: 'judging' },
      always: [
        { guard: 'overLimit', target: 'judging' },
        // Changes nothing: XState takes it once an event.
        { guard: 'peeked', actions: { type: 'tell', params: { what: 'peeked', load: 0 } } },
      ],
      on: { 'work.add': { actions: 'add' } },
      states: {
        idle: { on: { 'work.add': { target: 'loaded', actions: 'add' } } },
        loaded: {
          entry: 'halve',
          always: [
            { guard: 'empty', target: 'idle' },
            { guard: 'poked', target: 'loaded', reenter: true },
          ],
          after: { pause: { actions: 'add' } },
        },
      },
    },
    over: { type: 'final', entry: 'beep' },
  },
});

export const samples: MachineSamples = {
  machine: eventless,
  input: fc.record({ load: fc.nat(12), limit: fc.integer({ min: 1, max: 6 }) }),
  event: fc.oneof(
    fc.record({ type: fc.constant('work.add'), amount: fc.nat(9) }),
    fc.constantFrom('work.drop', 'work.peek', 'work.poke').map((type) => ({ type })),
  ),
};
