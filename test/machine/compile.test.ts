import { type AnyStateMachine, and, assign, createMachine, raise, setup } from 'xstate';
import { compile, effect } from '../../src/machine/index.js';

const leaf = {};

function machine(config: object, implementations: object = {}): AnyStateMachine {
  return createMachine({ id: 'm', initial: 'a', ...config } as never, implementations as never);
}

const inA = (state: object, implementations: object = {}) => machine({ states: { a: state, b: {} } }, implementations);

describe('compile', () => {
  it('makes one table a definition', () => {
    const twice = inA({ on: { 'x.go': 'b' } });
    expect(compile(twice)).toBe(compile(twice));
  });

  it('lists the effects that the machine uses, and its leaves', () => {
    const compiled = compile(
      setup({ actions: { used: effect('used'), unused: effect('unused'), keep: assign({}) } }).createMachine({
        id: 'm',
        initial: 'outer',
        states: {
          outer: { initial: 'inner', entry: ['used', 'keep'], states: { inner: {} } },
          last: { type: 'final' },
        },
      }),
    );
    expect(compiled.effects).toEqual(['used']);
    expect(compiled.leaves.map(({ name }) => name)).toEqual(['outer.inner', 'last']);
  });

  const guards = { yes: () => true };
  const actions = { ring: effect('ring') };
  it.each<[what: string, definition: AnyStateMachine, message: string]>([
    [
      'no id',
      createMachine({ initial: 'a', states: { a: leaf } }),
      "machine '(machine)', state 'root': a machine needs an id",
    ],
    [
      'parallel',
      machine({ type: 'parallel', initial: undefined, states: { a: leaf } }),
      "state 'root': a machine of type 'parallel'",
    ],
    ['root entry', machine({ entry: 'x', states: { a: leaf } }), "state 'root': the machine has 'entry'"],
    ['invoke', inA({ invoke: { src: 'x' } }), "machine 'm', state 'a': the state has 'invoke'"],
    ['history', inA({ type: 'history' }), "state 'a': a state of type 'history'"],
    ['tags', inA({ tags: 'x' }), "state 'a': the state has 'tags'"],
    [
      'two levels',
      inA({ initial: 'c', states: { c: { initial: 'd', states: { d: {} } } } }),
      "state 'a.c': states nest more",
    ],
    [
      'inner final',
      inA({ initial: 'c', states: { c: { type: 'final' } } }),
      "state 'a.c': a final state inside another",
    ],
    ['output', inA({ type: 'final', output: 1 }), "state 'a': the state has 'output'"],
    ['onDone', inA({ initial: 'c', states: { c: {} }, onDone: 'b' }), "state 'a': the state has 'onDone'"],
    ['initial actions', inA({ initial: { target: 'c' }, states: { c: {} } }), "state 'a': initial is not the name"],
    ['wildcard', inA({ on: { '*': 'b' } }), "state 'a': the wildcard event '*'"],
    ['partial wildcard', inA({ on: { 'x.*': 'b' } }), "state 'a': the wildcard event 'x.*'"],
    ["XState's event", inA({ on: { 'xstate.init': 'b' } }), "state 'a': the event 'xstate.init' is XState's own"],
    [
      'inline guard',
      inA({ on: { 'x.go': { guard: () => true } } }),
      "state 'a': the guard 'guard' is not referenced by name",
    ],
    ['unknown guard', inA({ on: { 'x.go': { guard: 'no' } } }), "state 'a': the guard 'no' is not in setup"],
    [
      'combined guard',
      inA({}, { guards: { yes: guards.yes, both: and(['yes']) } }),
      "the guard 'both' is not a plain function",
    ],
    ['inline action', inA({ entry: () => {} }), "state 'a': the action 'entry' is not referenced by name"],
    ['inline assign', inA({ exit: assign({}) }), "state 'a': the action 'xstate.assign' is not referenced by name"],
    ['unknown action', inA({ on: { 'x.go': { actions: 'no' } } }), "state 'a': the action 'no' is not in setup"],
    [
      'raise',
      inA({}, { actions: { again: raise({ type: 'x' }) } }),
      "the action 'again' is neither an effect nor an assign but 'xstate.raise'",
    ],
    ['plain action', inA({}, { actions: { run: () => {} } }), "the action 'run' is neither an effect nor an assign"],
    [
      'misnamed effect',
      inA({}, { actions: { sing: actions.ring } }),
      "the effect 'ring' is declared under the name 'sing'",
    ],
    ['unnamed delay', inA({ after: { 100: 'b' } }), "state 'a': the delay '100' is not named in setup"],
    [
      'transition key',
      inA({ on: { 'x.go': { target: 'b', meta: 1 } } }),
      "state 'a': the transition on 'x.go' has 'meta'",
    ],
    ['two targets', inA({ always: { target: ['a', 'b'] } }), "state 'a': the transition on 'always' has a target"],
    ['root target', inA({ on: { 'x.go': '#m' } }), "state 'a': the machine itself is a target"],
  ])('refuses %s', (_, definition, message) => {
    expect(() => compile(definition)).toThrow(message);
  });
});
