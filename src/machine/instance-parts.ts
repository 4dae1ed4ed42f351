/** What compiled and interpreted instances are made of alike. */
import type { Clock } from '../environment/index.js';
import type { CompiledMachine } from './compile.js';
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
