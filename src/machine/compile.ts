/**
 * A machine definition as tables: leaf state × event type → guarded transitions, each with all that it does in one
 * list (exit, transition, entry; assignments, effects, timers). XState resolves targets, ids and document order;
 * what is exited and entered follows the SCXML algorithm (W3C SCXML, appendix D) as XState 5 reads it.
 */
import type { AnyEventObject, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { declaredTransitions } from './declared-transitions.js';
import { effectName } from './effect.js';
import { checkSubset, type Reference, reference, refusal, stateName, toArray } from './subset.js';

export interface Args {
  readonly context: object;
  readonly event: AnyEventObject;
}

export type ParamsFunction = (args: Args) => unknown;

/** Params as a value, or computed at the action's position. */
interface Params {
  readonly compute: ParamsFunction | undefined;
  readonly value: unknown;
}

export interface CompiledGuard extends Params {
  readonly test: (args: Args, params: unknown) => boolean;
}

export interface CompiledTimer {
  /** Place among the machine's timers. */
  readonly index: number;
  /** The delay's name. */
  readonly name: string;
  /** What XState sends when it fires; guards and params see it. */
  readonly event: AnyEventObject;
  readonly delay: number | ((args: Args) => number);
  /** What the clock calls with the instance: one function a timer, so that no instance needs an object for it. */
  readonly fire: (instance: TimedInstance) => void;
}

/** An instance whose timer has come to its end. */
interface TimedInstance {
  fire(timer: CompiledTimer): void;
}

/** All of one shape, with what their kind needs: what takes one after the other stays fast. */
export type Operation = (
  | { readonly kind: 'effect'; readonly index: number; readonly updates: undefined; readonly timer: undefined }
  | { readonly kind: 'assign'; readonly index: -1; readonly updates: readonly Update[]; readonly timer: undefined }
  | { readonly kind: 'arm' | 'cancel'; readonly index: -1; readonly updates: undefined; readonly timer: CompiledTimer }
) &
  Params;

/** One `assign`. */
export interface Update extends Params {
  /** Changes `context`, which `args` has and nobody else: all that is set is computed from what it was. */
  readonly apply: (context: Record<string, unknown>, args: Args, params: unknown) => void;
}

export interface CompiledTransition {
  /** Its number among the machine's declared transitions; -1 for the start. */
  readonly number: number;
  readonly guard: CompiledGuard | undefined;
  readonly operations: readonly Operation[];
  /** The leaf in which it ends. */
  readonly target: Leaf;
}

/** A state without inner states. */
export interface Leaf {
  readonly name: string;
  readonly final: boolean;
  /** It, or the state around it, has timers. */
  readonly timed: boolean;
  /** Event type → candidates, innermost state first, in document order. */
  readonly transitions: Map<string, readonly CompiledTransition[]>;
  always: readonly CompiledTransition[] | undefined;
}

export interface CompiledMachine {
  readonly id: string;
  readonly initial: CompiledTransition;
  /** Makes one that nobody else has. */
  readonly initialContext: (input: unknown) => object;
  /** Names of the effects that the machine uses; operations refer to them by index. */
  readonly effects: readonly string[];
  readonly timers: readonly CompiledTimer[];
  readonly timersByEvent: ReadonlyMap<string, CompiledTimer>;
  readonly leaves: readonly Leaf[];
}

const compiledMachines = new WeakMap<AnyStateMachine, CompiledMachine>();

/** Compiles once per definition. Throws an Error naming machine, state and construct for what is not supported. */
export function compile(machine: AnyStateMachine): CompiledMachine {
  let compiled = compiledMachines.get(machine);
  if (compiled === undefined) {
    checkSubset(machine);
    compiled = new Compiler(machine).compile();
    compiledMachines.set(machine, compiled);
  }
  return compiled;
}

class Compiler {
  private readonly effects: string[] = [];
  private readonly timers: CompiledTimer[] = [];
  private readonly leaves = new Map<AnyStateNode, Leaf>();
  private readonly entries = new Map<AnyStateNode, readonly Operation[]>();
  private readonly exits = new Map<AnyStateNode, readonly Operation[]>();
  private readonly numbers: ReadonlyMap<AnyTransitionDefinition, number>;

  constructor(private readonly machine: AnyStateMachine) {
    this.numbers = new Map(declaredTransitions(machine).map(({ definition }, index) => [definition, index]));
  }

  compile(): CompiledMachine {
    const { root, config } = this.machine;
    for (const state of Object.values(root.states)) {
      this.addState(state);
      for (const child of Object.values(state.states)) this.addState(child);
    }
    for (const [node, leaf] of this.leaves) this.addTransitions(node, leaf);
    const initialNode = initialLeaf(root);
    const entered = pathTo(initialNode).filter((state) => isWithin(state, root));
    return {
      id: this.machine.id,
      initial: {
        number: -1,
        guard: undefined,
        operations: this.withCompletion(
          entered.flatMap((node) => this.entries.get(node)!),
          initialNode,
        ),
        target: this.leaves.get(initialNode)!,
      },
      initialContext: contextFactory(config.context),
      effects: this.effects,
      timers: this.timers,
      timersByEvent: new Map(this.timers.map((timer) => [timer.event.type, timer])),
      leaves: [...this.leaves.values()],
    };
  }

  private addState(node: AnyStateNode): void {
    const timers = Object.keys(Object(node.config.after)).map((name) => this.addTimer(node, name));
    this.entries.set(node, [
      ...this.actions(node, toArray<unknown>(node.config.entry)),
      ...timers.map((timer) => timing('arm', timer)),
    ]);
    this.exits.set(node, [
      ...this.actions(node, toArray<unknown>(node.config.exit)),
      ...timers.map((timer) => timing('cancel', timer)),
    ]);
    if (node.type !== 'compound') {
      const final = node.type === 'final';
      const timed = pathTo(node).some(({ config }) => Object.keys(Object(config.after)).length > 0);
      this.leaves.set(node, { name: stateName(node), final, timed, transitions: new Map(), always: undefined });
    }
  }

  private addTimer(node: AnyStateNode, name: string): CompiledTimer {
    const timer: CompiledTimer = {
      index: this.timers.length,
      name,
      event: { type: `xstate.after.${name}.${node.id}` },
      delay: this.machine.implementations.delays[name] as CompiledTimer['delay'],
      fire: (instance) => instance.fire(timer),
    };
    this.timers.push(timer);
    return timer;
  }

  /** A leaf answers with its own transitions, then with those of the states around it. */
  private addTransitions(node: AnyStateNode, leaf: Leaf): void {
    const active = pathTo(node).reverse();
    for (const state of active) {
      for (const [type, transitions] of state.transitions) {
        const compiled = transitions.map((transition) => this.transition(transition, node));
        leaf.transitions.set(type, [...(leaf.transitions.get(type) ?? []), ...compiled]);
      }
    }
    const always = active.flatMap((state) => state.always ?? []);
    if (always.length > 0) leaf.always = always.map((transition) => this.transition(transition, node));
  }

  /** What `transition` does when `leaf` is active. */
  private transition(transition: AnyTransitionDefinition, leaf: AnyStateNode): CompiledTransition {
    const source = transition.source as AnyStateNode;
    const number = this.numbers.get(transition)!;
    const guard = this.guard(source, transition.guard);
    const actions = this.actions(source, transition.actions);
    const target = transition.target?.[0] as AnyStateNode | undefined;
    if (target === undefined) return { number, guard, operations: joined(actions), target: this.leaves.get(leaf)! };
    if (target.parent === undefined) throw refusal(this.machine, stateName(source), 'the machine itself is a target');
    const domain = transitionDomain(transition, source, target);
    const targetLeaf = initialLeaf(target);
    // Without `reenter` a state that targets itself is the domain: it stays, and only what is inside it starts anew.
    const exited = pathTo(leaf).filter((state) => isWithin(state, domain));
    const entered = pathTo(targetLeaf).filter((state) => isWithin(state, domain));
    const operations = [
      ...exited.reverse().flatMap((state) => this.exits.get(state)!),
      ...actions,
      ...entered.flatMap((state) => this.entries.get(state)!),
    ];
    const completed = this.withCompletion(operations, targetLeaf);
    return { number, guard, operations: completed, target: this.leaves.get(targetLeaf)! };
  }

  /** A machine that is done leaves its final state too: exit actions run last. */
  private withCompletion(operations: readonly Operation[], leaf: AnyStateNode): readonly Operation[] {
    return joined(leaf.type === 'final' ? [...operations, ...this.exits.get(leaf)!] : operations);
  }

  private guard(node: AnyStateNode, config: unknown): CompiledGuard | undefined {
    if (config === undefined) return undefined;
    const guard = reference(node, 'guard', config);
    const test = this.machine.implementations.guards[guard.name];
    if (test === undefined) throw refusal(this.machine, stateName(node), `the guard '${guard.name}' is not in setup`);
    const { compute, value } = paramsOf(guard);
    return { test: test as unknown as CompiledGuard['test'], compute, value };
  }

  private actions(node: AnyStateNode, configs: readonly unknown[]): readonly Operation[] {
    return configs.map((config) => this.action(node, reference(node, 'action', config)));
  }

  private action(node: AnyStateNode, action: Reference): Operation {
    const implementation: unknown = this.machine.implementations.actions[action.name];
    if (implementation === undefined) {
      throw refusal(this.machine, stateName(node), `the action '${action.name}' is not in setup`);
    }
    const { compute, value } = paramsOf(action);
    if (effectName in Object(implementation)) {
      if (!this.effects.includes(action.name)) this.effects.push(action.name);
      const index = this.effects.indexOf(action.name);
      return { kind: 'effect', index, updates: undefined, timer: undefined, compute, value };
    }
    const { assignment } = implementation as { assignment: unknown };
    return assigning([{ apply: updateOf(assignment), compute, value }]);
  }
}

function assigning(updates: readonly Update[]): Operation {
  return { kind: 'assign', index: -1, updates, timer: undefined, compute: undefined, value: undefined };
}

function timing(kind: 'arm' | 'cancel', timer: CompiledTimer): Operation {
  return { kind, index: -1, updates: undefined, timer, compute: undefined, value: undefined };
}

function paramsOf({ params }: Reference): Params {
  return typeof params === 'function'
    ? { compute: params as ParamsFunction, value: undefined }
    : { compute: undefined, value: params };
}

function contextFactory(context: unknown): (input: unknown) => object {
  if (typeof context !== 'function') return () => ({ ...(context as object | undefined) });
  return (input) => {
    const made = context({ input }) as object;
    return made === input ? { ...made } : made;
  };
}

type Assigner = (args: Args, params: unknown) => unknown;

/** `assign` takes one function, or a value or function for each key. */
function updateOf(assignment: unknown): Update['apply'] {
  if (typeof assignment === 'function') {
    return (context, args, params) => {
      Object.assign(context, (assignment as Assigner)(args, params));
    };
  }
  const assigners = Object.entries(assignment as Record<string, unknown>).map(
    ([key, value]) => [key, typeof value === 'function' ? (value as Assigner) : () => value] as const,
  );
  const [first] = assigners;
  if (assigners.length === 1) {
    const [key, assigner] = first!;
    return (context, args, params) => {
      context[key] = assigner(args, params);
    };
  }
  return (context, args, params) => {
    const values = assigners.map(([, assigner]) => assigner(args, params));
    for (let at = 0; at < values.length; at++) context[assigners[at]![0]] = values[at];
  };
}

/** Assignments that follow one another are one operation: the context is copied once for all of them. */
function joined(operations: readonly Operation[]): readonly Operation[] {
  const all: Operation[] = [];
  for (const operation of operations) {
    const last = all.at(-1);
    if (operation.kind !== 'assign' || last?.kind !== 'assign') all.push(operation);
    else all[all.length - 1] = assigning([...last.updates, ...operation.updates]);
  }
  return all;
}

function initialLeaf(node: AnyStateNode): AnyStateNode {
  let leaf = node;
  while (leaf.type === 'compound') leaf = leaf.initial.target[0] as AnyStateNode;
  return leaf;
}

/** From the machine itself to `node`. */
function pathTo(node: AnyStateNode): AnyStateNode[] {
  return node.parent === undefined ? [node] : [...pathTo(node.parent), node];
}

function isWithin(node: AnyStateNode, outer: AnyStateNode): boolean {
  return node !== outer && pathTo(node).includes(outer);
}

/** The innermost state that the transition does not leave (SCXML, getTransitionDomain). */
function transitionDomain(
  transition: AnyTransitionDefinition,
  source: AnyStateNode,
  target: AnyStateNode,
): AnyStateNode {
  if (!transition.reenter && (target === source || isWithin(target, source))) return source;
  const around = pathTo(target.parent!).reverse();
  return around.find((state) => isWithin(source, state)) ?? source.machine.root;
}
