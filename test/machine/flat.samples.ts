/** An artificial machine: everything that a machine without nesting may do, but eventless transitions. */
import fc from 'fast-check';
import { assign, setup } from 'xstate';
import { effect } from '../../src/machine/index.js';
import type { MachineSamples } from './samples.js';

interface FlatContext {
  readonly periodMs: number;
  readonly count: number;
  readonly last: string;
}

type FlatEvent =
  | { type: 'user.open'; by: number }
  | { type: 'user.close' }
  | { type: 'user.touch'; by: number }
  | { type: 'user.restart' }
  | { type: 'user.ignored' }
  | { type: 'user.end' }
  | { type: 'admin.note'; text: string }
  | { type: 'admin.reset' }
  | { type: 'admin.restart' };

export const flat = setup({
  types: {} as { input: { periodMs: number }; context: FlatContext; events: FlatEvent },
  actions: {
    announce: effect<{ at: string; count: number }>('announce'),
    report: effect<{ event: string; count: number; last: string }>('report'),
    ring: effect('ring'),
    add: assign(({ context }, { by }: { by: number }) => ({ count: context.count + by })),
    swap: assign({ count: ({ context }) => context.count + 1, last: ({ context }) => `after ${context.count}` }),
    clear: assign({ count: 0, last: 'cleared' }),
    remember: assign({ last: ({ event }) => (event.type === 'admin.note' ? event.text : event.type) }),
  },
  guards: {
    atLeast: ({ context }, { min }: { min: number }) => context.count >= min,
    isBig: ({ event }) => event.type === 'user.open' && event.by > 3,
    even: ({ context }) => context.count % 2 === 0,
  },
  delays: { short: 40, period: ({ context }) => context.periodMs + context.count },
}).createMachine({
  id: 'flat',
  context: ({ input }) => ({ periodMs: input.periodMs, count: 0, last: '' }),
  initial: 'closed',
  on: {
    'admin.note': { actions: ['remember', { type: 'announce', params: { at: 'note', count: -1 } }] },
    'admin.reset': { target: '.closed', actions: 'clear' },
    'admin.restart': { target: '.open', reenter: true, actions: 'swap' },
    'user.ignored': { actions: 'ring' },
  },
  states: {
    closed: {
      entry: [{ type: 'announce', params: ({ context }) => ({ at: 'closed', count: context.count }) }, 'swap'],
      exit: 'ring',
      on: {
        'user.open': [
          {
            guard: 'isBig',
            target: 'open',
            actions: [
              { type: 'report', params: ({ context, event }) => ({ event: event.type, ...context }) },
              { type: 'add', params: ({ event }) => ({ by: event.by }) },
              { type: 'report', params: ({ context, event }) => ({ event: event.type, ...context }) },
            ],
          },
          { guard: { type: 'atLeast', params: { min: 4 } }, target: 'open' },
          { actions: { type: 'add', params: { by: 1 } } },
        ],
        'user.end': { target: 'ended', actions: 'remember' },
        'user.ignored': {},
      },
    },
    open: {
      entry: ['swap', { type: 'announce', params: ({ context }) => ({ at: 'open', count: context.count }) }],
      exit: [{ type: 'report', params: ({ context, event }) => ({ event: event.type, ...context }) }, 'swap'],
      after: {
        period: [
          {
            guard: 'even',
            target: 'closed',
            actions: { type: 'report', params: ({ context, event }) => ({ event: event.type, ...context }) },
          },
          { guard: { type: 'atLeast', params: ({ context }) => ({ min: context.periodMs }) }, actions: 'ring' },
        ],
        short: { actions: 'swap' },
      },
      on: {
        'user.close': 'closed',
        'user.touch': { target: 'open', actions: { type: 'add', params: ({ event }) => ({ by: event.by }) } },
        'user.restart': { target: 'open', reenter: true, actions: 'clear' },
        'user.end': { guard: 'even', target: 'failed' },
      },
    },
    failed: { type: 'final', exit: 'ring' },
    ended: {
      type: 'final',
      entry: { type: 'report', params: ({ context, event }) => ({ event: event.type, ...context }) },
      exit: [
        { type: 'add', params: { by: 10 } },
        { type: 'announce', params: ({ context }) => ({ at: 'ended', count: context.count }) },
      ],
    },
  },
});

export const samples: MachineSamples = {
  machine: flat,
  input: fc.record({ periodMs: fc.nat(60) }),
  event: fc.oneof(
    fc.record({ type: fc.constantFrom('user.open', 'user.touch'), by: fc.nat(6) }),
    fc.record({ type: fc.constant('admin.note'), text: fc.string({ maxLength: 3 }) }),
    fc
      .constantFrom(
        'user.close',
        'user.restart',
        'user.ignored',
        'user.end',
        'admin.reset',
        'admin.restart',
        'nobody.knows',
      )
      .map((type) => ({ type })),
  ),
  typicalLife: {
    input: { periodMs: 30 },
    events: [{ type: 'user.open', by: 5 }, { type: 'user.touch', by: 1 }, { type: 'user.close' }, { type: 'user.end' }],
  },
};
