/** What compiled and interpreted instances are made of alike. */
import type { Clock } from '../environment/index.js';
import type { CompiledMachine, Leaf } from './compile.js';
import type { Instance } from './host.js';
import type { PendingEffects } from './pending-effects.js';
import type { Tracer } from './tracer.js';

/** What a host lends to its instances. */
export interface HostState {
  readonly clock: Clock;
  readonly tracer: Tracer | undefined;
  readonly pending: PendingEffects;
  instanceCount: number;
}

/** What the host gives an instance at its creation. */
export interface Creation {
  readonly id: string;
  readonly input: unknown;
  readonly owner: unknown;
  readonly onDone?: ((owner: never) => void) | undefined;
  readonly resumed?: Resumed | undefined;
}

/** Where an instance goes on. */
export interface Resumed {
  readonly state: string;
  readonly context: object;
}

/** Throws an Error for a state in which no instance can begin. */
export function resumedLeaf(machine: CompiledMachine, state: string): Leaf {
  const leaf = machine.leaves.find(({ name }) => name === state);
  if (leaf === undefined) throw new Error(`machine '${machine.id}' has no state '${state}' to go on in`);
  if (leaf.final || leaf.timed) {
    throw new Error(`machine '${machine.id}' cannot go on in '${state}': it ${leaf.final ? 'is final' : 'has timers'}`);
  }
  return leaf;
}

/** A machine's entries of an effects table, by effect index. */
export type Performers = readonly ((params: unknown, owner: unknown, instance: Instance) => void)[];

/** Whose effects are performed, and by what. */
export interface Performing {
  readonly instance: Instance;
  readonly machine: CompiledMachine;
  readonly performers: Performers;
  readonly owner: unknown;
}
