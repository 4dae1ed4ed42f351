/** A transition in words, as statecharts and coverage show it. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { compile } from './compile.js';
import { reference, toArray } from './subset.js';

/** `cx.uaa [namesServer] / respond(status=504)` */
export function transitionLabel(machine: AnyStateMachine, transition: AnyTransitionDefinition): string {
  const node = transition.source as AnyStateNode;
  const type = String(transition.eventType ?? '');
  const timer = compile(machine).timersByEvent.get(type);
  const effects = effectsText(machine, node, transition.actions);
  return [
    timer === undefined ? type : `timer.${timer.name}`,
    transition.guard === undefined ? '' : `[${call(reference(node, 'guard', transition.guard))}]`,
    effects === '' ? '' : `/ ${effects}`,
    transition.reenter ? '(enters anew)' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** The effects among `actions`, which may be one, a list, or none. */
export function effectsText(machine: AnyStateMachine, node: AnyStateNode, actions: unknown): string {
  const { effects } = compile(machine);
  return toArray<unknown>(actions as readonly unknown[] | undefined)
    .map((action) => reference(node, 'action', action))
    .filter(({ name }) => effects.includes(name))
    .map(call)
    .join(', ');
}

/** `respond(status=504)`; computed params are left out. */
function call({ name, params }: { readonly name: string; readonly params: unknown }): string {
  if (params === undefined || typeof params === 'function') return name;
  const given = Object.entries(Object(params)).filter(([, value]) => value !== undefined);
  const values = given.map(([key, value]) => `${key}=${plain(value)}`);
  return `${name}(${values.join(', ')})`;
}

/** Without the characters that end a label in Mermaid or a cell in Markdown. */
function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[:;#|\n]/g, ' ');
}
