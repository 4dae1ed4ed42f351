/** The transitions that a machine declares, numbered, so that those that were taken can be counted. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { stateName } from './subset.js';

export interface DeclaredTransition {
  readonly definition: AnyTransitionDefinition;
  /** The state that declares it: a leaf, a state that holds others, or the machine itself. */
  readonly source: AnyStateNode;
}

const declared = new WeakMap<AnyStateMachine, readonly DeclaredTransition[]>();

/** In document order: the machine's own, then each state's with those of its inner states. The index is the number. */
export function declaredTransitions(machine: AnyStateMachine): readonly DeclaredTransition[] {
  let list = declared.get(machine);
  if (list === undefined) {
    list = statesOf(machine.root).flatMap((source) =>
      [...[...source.transitions.values()].flat(), ...(source.always ?? [])].map((definition) => ({
        definition,
        source,
      })),
    );
    declared.set(machine, list);
  }
  return list;
}

/** Names of the states in which an instance can be, in document order. */
export function leafStates(machine: AnyStateMachine): readonly string[] {
  return statesOf(machine.root)
    .filter(({ type }) => type !== 'compound')
    .map(stateName);
}

function statesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(statesOf)];
}
