/** A machine definition as a picture: Mermaid's stateDiagram-v2, and beside it what such a diagram cannot draw. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { compile } from './compile.js';
import { reference, stateName, toArray } from './subset.js';

/** Markdown: the diagram, transitions of states that hold others, and a table of entries, exits and timers. */
export function statechart(machine: AnyStateMachine): string {
  return new Statechart(machine).markdown();
}

class Statechart {
  private readonly effects: ReadonlySet<string>;
  /** Lines of the diagram below its states. */
  private readonly arrows: string[] = [];
  /** Transitions that Mermaid cannot draw, by the state that has them. */
  private readonly listed = new Map<AnyStateNode, string[]>();

  constructor(private readonly machine: AnyStateMachine) {
    this.effects = new Set(compile(machine).effects);
  }

  markdown(): string {
    const states = Object.values(this.machine.root.states);
    const declarations = states.flatMap((state) => this.declaration(state));
    for (const node of [this.machine.root, ...states]) this.addTransitions(node);
    const ends = states.filter(({ type }) => type === 'final').map((state) => `${id(state)} --> [*]`);
    const initial = `[*] --> ${id(this.machine.root.initial.target[0]!)}`;
    const diagram = ['stateDiagram-v2', ...indent([...declarations, initial, ...this.arrows, ...ends])];
    return [['```mermaid', ...diagram, '```'].join('\n'), ...this.lists(), this.table(states)].join('\n\n');
  }

  private declaration(node: AnyStateNode): string[] {
    const children = Object.values(node.states);
    if (children.length === 0) return [id(node)];
    const inner = children.map((child) => `state "${child.key}" as ${id(child)}`);
    const outerArrows = this.arrows.splice(0);
    for (const child of children) this.addTransitions(child, (target) => target.parent === node);
    const own = this.arrows.splice(0);
    this.arrows.push(...outerArrows);
    for (const child of children) this.addTransitions(child, (target) => target.parent !== node);
    return [`state ${id(node)} {`, ...indent([...inner, `[*] --> ${id(node.initial.target[0]!)}`, ...own]), '}'];
  }

  /** Adds those transitions of `node` whose target (a leaf's own targetless ones: itself) is `wanted`. */
  private addTransitions(node: AnyStateNode, wanted: (target: AnyStateNode) => boolean = () => true): void {
    for (const transition of [...[...node.transitions.values()].flat(), ...(node.always ?? [])]) {
      const target = targetOf(transition, node);
      if (!wanted(target)) continue;
      const label = this.label(transition, node);
      if (isDrawable(node, target)) {
        this.arrows.push(label === '' ? `${id(node)} --> ${id(target)}` : `${id(node)} --> ${id(target)} : ${label}`);
        continue;
      }
      const listed = this.listed.get(node) ?? [];
      listed.push(`- ${label}${target === node ? '' : ` → ${stateName(target)}`}`);
      this.listed.set(node, listed);
    }
  }

  /** `cx.uaa [namesServer] / respond(status=504)` */
  private label(transition: AnyTransitionDefinition, node: AnyStateNode): string {
    const type = String(transition.eventType ?? '');
    const timer = compile(this.machine).timersByEvent.get(type);
    const effects = this.effectsOf(node, transition.actions);
    return [
      timer === undefined ? type : `timer.${timer.name}`,
      transition.guard === undefined ? '' : `[${call(reference(node, 'guard', transition.guard))}]`,
      effects === '' ? '' : `/ ${effects}`,
      transition.reenter ? '(enters anew)' : '',
    ]
      .filter((part) => part !== '')
      .join(' ');
  }

  private effectsOf(node: AnyStateNode, actions: unknown): string {
    return toArray<unknown>(actions as readonly unknown[] | undefined)
      .map((action) => reference(node, 'action', action))
      .filter(({ name }) => this.effects.has(name))
      .map(call)
      .join(', ');
  }

  private lists(): string[] {
    return [...this.listed].map(([node, lines]) => {
      const where = node.parent === undefined ? 'In every state' : `In \`${stateName(node)}\``;
      return `${where}:\n\n${lines.join('\n')}`;
    });
  }

  private table(states: readonly AnyStateNode[]): string {
    const rows = states
      .flatMap((state) => [state, ...Object.values(state.states)])
      .map((state) => {
        const timers = Object.keys(Object(state.config.after)).map((name) => this.timer(name));
        const entry = this.effectsOf(state, state.config.entry);
        const exit = this.effectsOf(state, state.config.exit);
        return `| ${[stateName(state), entry, exit, timers.join(', ')].join(' | ')} |`;
      });
    return ['| State | On entry | On exit | Timers |', '|---|---|---|---|', ...rows].join('\n');
  }

  private timer(name: string): string {
    const delay = this.machine.implementations.delays[name];
    return typeof delay === 'number' ? `${name} (${delay} ms)` : name;
  }
}

function targetOf(transition: AnyTransitionDefinition, node: AnyStateNode): AnyStateNode {
  return (transition.target?.[0] as AnyStateNode | undefined) ?? node;
}

/** Mermaid draws no arrow from a state that holds others into itself, and none between insides of two states. */
function isDrawable(source: AnyStateNode, target: AnyStateNode): boolean {
  if (source.parent === undefined || target === source.parent) return false;
  if (source.type === 'compound' && (target === source || target.parent === source)) return false;
  const isInner = (node: AnyStateNode) => node.parent !== source.machine.root;
  return !(isInner(source) && isInner(target) && source.parent !== target.parent);
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

function id(node: AnyStateNode): string {
  return node.path.join('_');
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`);
}
