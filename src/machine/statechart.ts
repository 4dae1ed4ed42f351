/** A machine definition as a picture: Mermaid's stateDiagram-v2, and beside it what such a diagram cannot draw. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { declaredTransitions } from './declared-transitions.js';
import { stateName } from './subset.js';
import { effectsText, transitionLabel } from './transition-label.js';

/** Markdown: the diagram, transitions of states that hold others, and a table of entries, exits and timers. */
export function statechart(machine: AnyStateMachine, visits?: Visits): string {
  return new Statechart(machine, visits).markdown();
}

/** How often states were entered and transitions taken, drawn beside them. */
export interface Visits {
  /** By name. */
  readonly states: Readonly<Record<string, number>>;
  /** By the number of the declared transition. */
  readonly transitions: readonly number[];
}

class Statechart {
  /** Lines of the diagram below its states. */
  private readonly arrows: string[] = [];
  /** Transitions that Mermaid cannot draw, by the state that has them. */
  private readonly listed = new Map<AnyStateNode, string[]>();

  private readonly numbers: ReadonlyMap<AnyTransitionDefinition, number>;

  constructor(
    private readonly machine: AnyStateMachine,
    private readonly visits: Visits | undefined,
  ) {
    this.numbers = new Map(declaredTransitions(machine).map(({ definition }, index) => [definition, index]));
  }

  markdown(): string {
    const states = Object.values(this.machine.root.states);
    const declarations = states.flatMap((state) => this.declaration(state));
    for (const node of [this.machine.root, ...states]) this.addTransitions(node);
    const ends = states.filter(({ type }) => type === 'final').map((state) => `${id(state)} --> [*]`);
    const initial = `[*] --> ${id(this.machine.root.initial.target[0]!)}`;
    const lines = [...declarations, initial, ...this.arrows, ...ends, ...this.missedStates(states)];
    const diagram = ['stateDiagram-v2', ...indent(lines)];
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
      const label = this.label(transition);
      if (isDrawable(node, target)) {
        this.arrows.push(label === '' ? `${id(node)} --> ${id(target)}` : `${id(node)} --> ${id(target)} : ${label}`);
        continue;
      }
      const listed = this.listed.get(node) ?? [];
      listed.push(`- ${label}${target === node ? '' : ` → ${stateName(target)}`}`);
      this.listed.set(node, listed);
    }
  }

  private label(transition: AnyTransitionDefinition): string {
    const label = transitionLabel(this.machine, transition);
    if (this.visits === undefined) return label;
    const count = this.visits.transitions[this.numbers.get(transition)!] ?? 0;
    return `${label} ${count === 0 ? '✗ never' : `✓ ${count}`}`.trim();
  }

  /** Colours the states in which no instance was. */
  private missedStates(states: readonly AnyStateNode[]): string[] {
    const { visits } = this;
    if (visits === undefined) return [];
    const leaves = states.flatMap((state) => (state.type === 'compound' ? Object.values(state.states) : [state]));
    const missed = leaves.filter((state) => !visits.states[stateName(state)]).map(id);
    return missed.length === 0 ? [] : ['classDef missed fill:#fdd,stroke:#c00', `class ${missed.join(',')} missed`];
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
        const entry = effectsText(this.machine, state, state.config.entry);
        const exit = effectsText(this.machine, state, state.config.exit);
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

function id(node: AnyStateNode): string {
  return node.path.join('_');
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`);
}
