/** An artificial machine: one level of nesting with every way in, out and round about. */
import fc from 'fast-check';
import { assign, setup } from 'xstate';
import { effect } from '../../src/machine/index.js';
import type { MachineSamples } from './samples.js';

const eventTypes = [
  'to.sibling',
  'to.outer',
  'to.outerSelf',
  'to.outerSelfAnew',
  'to.inner',
  'to.innerAnew',
  'to.parent',
  'to.parentAnew',
  'to.deep',
  'to.deepById',
  'to.self',
  'to.selfAnew',
  'to.masked',
  'to.guarded',
  'to.anywhere',
  'to.anywhereAnew',
  'to.end',
] as const;

type NestedEvent = { type: (typeof eventTypes)[number]; high: boolean };

export const nested = setup({
  types: {} as { context: { steps: readonly string[] }; events: NestedEvent },
  actions: {
    log: effect<{ at: string; steps: number }>('log'),
    push: assign({ steps: ({ context }, { step }: { step: string }) => [...context.steps, step].slice(-4) }),
  },
  guards: { high: ({ event }) => event.high === true, few: ({ context }) => context.steps.length < 3 },
  delays: { outerTime: 70, innerTime: ({ context }) => 20 + context.steps.length, restTime: 50 },
}).createMachine({
  id: 'nested',
  context: { steps: [] },
  initial: 'busy',
  on: {
    'to.anywhere': '.busy.second',
    'to.anywhereAnew': { target: '.busy', reenter: true },
    'to.masked': { actions: { type: 'push', params: { step: 'root' } } },
    'to.guarded': {
      target: '.idle',
      actions: { type: 'log', params: ({ context }) => ({ at: 'root', steps: context.steps.length }) },
    },
  },
  states: {
    idle: {
      entry: { type: 'push', params: { step: 'idle' } },
      exit: { type: 'log', params: { at: 'idle out', steps: 0 } },
      after: { restTime: 'busy' },
      on: { 'to.deep': 'busy.second', 'to.deepById': '#nested.busy.third', 'to.outer': 'busy', 'to.end': 'over' },
    },
    busy: {
      initial: 'first',
      entry: [
        { type: 'push', params: { step: 'busy' } },
        { type: 'log', params: ({ context }) => ({ at: 'busy in', steps: context.steps.length }) },
      ],
      exit: { type: 'log', params: ({ context }) => ({ at: 'busy out', steps: context.steps.length }) },
      after: { outerTime: [{ guard: 'few', target: '.first' }, { target: 'idle' }] },
      on: {
        'to.outerSelf': { target: 'busy', actions: { type: 'push', params: { step: 'self' } } },
        'to.outerSelfAnew': { target: 'busy', reenter: true },
        'to.inner': '.second',
        'to.innerAnew': { target: '.second', reenter: true },
        'to.masked': { actions: { type: 'push', params: { step: 'masked' } } },
        'to.guarded': { guard: 'few', target: 'idle' },
        'to.outer': 'idle',
      },
      states: {
        first: {
          entry: { type: 'push', params: ({ event }) => ({ step: event.type }) },
          exit: { type: 'log', params: { at: 'first out', steps: 1 } },
          after: { innerTime: 'second' },
          on: {
            'to.sibling': 'second',
            'to.parent': '#nested.busy',
            'to.parentAnew': { target: '#nested.busy', reenter: true },
            'to.guarded': { guard: 'high', target: 'third' },
          },
        },
        second: {
          entry: {
            type: 'log',
            params: ({ context, event }) => ({ at: `second in ${event.type}`, steps: context.steps.length }),
          },
          exit: { type: 'push', params: { step: 'second out' } },
          on: {
            'to.sibling': 'third',
            'to.self': { target: 'second', actions: { type: 'log', params: { at: 'self', steps: 2 } } },
            'to.selfAnew': { target: 'second', reenter: true },
            'to.masked': undefined,
            'to.end': '#nested.over',
          },
        },
        third: {
          after: {
            innerTime: { actions: { type: 'push', params: { step: 'third time' } } },
            outerTime: '#nested.idle',
          },
          on: { 'to.sibling': 'first', 'to.outer': [{ guard: 'high', target: '#nested.idle' }, { target: 'first' }] },
        },
      },
    },
    over: { type: 'final', entry: { type: 'log', params: { at: 'over', steps: 9 } } },
  },
});

export const samples: MachineSamples = {
  machine: nested,
  input: fc.constant(undefined),
  event: fc.record({ type: fc.constantFrom(...eventTypes), high: fc.boolean() }),
};
