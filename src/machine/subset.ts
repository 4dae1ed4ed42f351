/**
 * The part of XState that machines of this project may use. What the compiler cannot run exactly as XState does is
 * refused here by name, in both host modes, so that a machine never behaves differently under inspection.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { effectName } from './effect.js';

const ROOT_KEYS = new Set(['id', 'initial', 'context', 'states', 'on', 'description', 'types']);
const COMPOUND_KEYS = new Set(['initial', 'states', 'entry', 'exit', 'on', 'after', 'always', 'description']);
const LEAF_KEYS = new Set(['type', 'entry', 'exit', 'on', 'after', 'always', 'description']);
const FINAL_KEYS = new Set(['type', 'entry', 'exit', 'description']);
const TRANSITION_KEYS = new Set(['target', 'guard', 'actions', 'reenter', 'description']);
const REFERENCE_KEYS = new Set(['type', 'params']);

/** `state` is a state's path, or `root`. */
export function refusal(machine: AnyStateMachine, state: string, what: string): Error {
  return new Error(`machine '${machine.id}', state '${state}': ${what}`);
}

/** `queryingHss`, `established.refreshing`, and `root` for the machine itself. */
export function stateName(node: AnyStateNode): string {
  return node.parent === undefined ? 'root' : node.path.join('.');
}

/** A named action or guard as the configuration refers to it. */
export interface Reference {
  readonly name: string;
  /** A value, or a function of `{ context, event }`. */
  readonly params: unknown;
}

export function toArray<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Reads `'name'` or `{ type: 'name', params }`; inline functions and built-in actions or guards are refused. */
export function reference(node: AnyStateNode, kind: 'action' | 'guard', value: unknown): Reference {
  if (typeof value === 'string') return { name: value, params: undefined };
  const { type, params } = Object(value) as { type?: unknown; params?: unknown };
  if (typeof value !== 'object' || typeof type !== 'string') {
    const given = typeof type === 'string' ? type : (Object(value) as { name?: string }).name || typeof value;
    throw refusal(node.machine, stateName(node), `the ${kind} '${given}' is not referenced by name`);
  }
  allowOnly(node, value, REFERENCE_KEYS, `the ${kind} '${type}' has`);
  return { name: type, params };
}

/** Throws an Error that names machine, state and construct when the machine leaves the declared subset. */
export function checkSubset(machine: AnyStateMachine): void {
  const { root } = machine;
  if (!machine.config.id) throw refusal(machine, 'root', 'a machine needs an id');
  if (root.type !== 'compound') throw refusal(machine, 'root', `a machine of type '${root.type}' is not supported`);
  allowOnly(root, root.config, ROOT_KEYS, 'the machine has');
  checkInitial(root);
  checkEvents(root);
  for (const state of Object.values(root.states)) checkState(state, 1);
  for (const [name, action] of Object.entries(machine.implementations.actions)) checkAction(machine, name, action);
  for (const [name, guard] of Object.entries(machine.implementations.guards)) {
    if (typeof guard !== 'function' || 'check' in guard) {
      throw refusal(machine, 'root', `the guard '${name}' is not a plain function`);
    }
  }
}

function checkState(node: AnyStateNode, depth: number): void {
  const name = stateName(node);
  const keys = { compound: COMPOUND_KEYS, atomic: LEAF_KEYS, final: FINAL_KEYS }[node.type as string];
  if (keys === undefined) throw refusal(node.machine, name, `a state of type '${node.type}' is not supported`);
  allowOnly(node, node.config, keys, 'the state has');
  checkEvents(node);
  checkDelays(node);
  for (const transition of toArray(node.config.always)) checkTransition(node, 'always', transition);
  if (node.type === 'final' && depth > 1) {
    // XState raises an internal event here, for an onDone that the subset does not have.
    throw refusal(node.machine, name, 'a final state inside another state is not supported');
  }
  if (node.type !== 'compound') return;
  if (depth > 1) throw refusal(node.machine, name, 'states nest more than one level');
  checkInitial(node);
  for (const child of Object.values(node.states)) checkState(child, depth + 1);
}

function checkInitial(node: AnyStateNode): void {
  if (typeof node.config.initial !== 'string') {
    throw refusal(node.machine, stateName(node), 'initial is not the name of a state');
  }
}

function checkEvents(node: AnyStateNode): void {
  for (const [type, transitions] of Object.entries(Object(node.config.on))) {
    if (type.includes('*'))
      throw refusal(node.machine, stateName(node), `the wildcard event '${type}' is not supported`);
    if (type.startsWith('xstate.')) throw refusal(node.machine, stateName(node), `the event '${type}' is XState's own`);
    for (const transition of toArray(transitions)) checkTransition(node, type, transition);
  }
}

function checkDelays(node: AnyStateNode): void {
  for (const [name, transitions] of Object.entries(Object(node.config.after))) {
    const delay = node.machine.implementations.delays[name];
    // XState takes a numeric key for the delay itself.
    if ((typeof delay !== 'number' && typeof delay !== 'function') || !Number.isNaN(Number(name))) {
      throw refusal(node.machine, stateName(node), `the delay '${name}' is not named in setup({ delays })`);
    }
    for (const transition of toArray(transitions)) checkTransition(node, `timer.${name}`, transition);
  }
}

function checkTransition(node: AnyStateNode, on: string, transition: unknown): void {
  if (transition === undefined || typeof transition === 'string') return;
  allowOnly(node, transition, TRANSITION_KEYS, `the transition on '${on}' has`);
  const { target } = transition as { target?: unknown };
  if (target !== undefined && typeof target !== 'string') {
    throw refusal(
      node.machine,
      stateName(node),
      `the transition on '${on}' has a target that is not the name of a state`,
    );
  }
}

function checkAction(machine: AnyStateMachine, name: string, action: unknown): void {
  if (typeof action !== 'function') throw refusal(machine, 'root', `the action '${name}' is not a function`);
  if (effectName in action) {
    if (action[effectName] !== name) {
      throw refusal(machine, 'root', `the effect '${String(action[effectName])}' is declared under the name '${name}'`);
    }
  } else if (!('assignment' in action)) {
    const what = 'type' in action && action.type !== undefined ? ` but '${String(action.type)}'` : '';
    throw refusal(machine, 'root', `the action '${name}' is neither an effect nor an assign${what}`);
  }
}

function allowOnly(node: AnyStateNode, config: unknown, allowed: ReadonlySet<string>, subject: string): void {
  for (const [key, value] of Object.entries(Object(config))) {
    if (value !== undefined && !allowed.has(key)) {
      throw refusal(
        node.machine,
        stateName(node),
        `${subject} '${key}', which is outside the supported subset of XState`,
      );
    }
  }
}
