import type { AnyStateMachine } from 'xstate';
import type { Environment } from '../environment/index.js';
import { type CompiledMachine, compile } from './compile.js';
import { CompiledInstance } from './compiled-instance.js';
import type { HostMode, Instance, InstanceOptions, MachineHost } from './host.js';
import type { Creation, HostState, Performers } from './instance-parts.js';
import { InterpretedInstance } from './interpreted-instance.js';
import { PendingEffects } from './pending-effects.js';
import { Tracer } from './tracer.js';

export interface MachineHostOptions {
  /** The node's name, as trace records carry it. */
  readonly node: string;
  readonly environment: Pick<Environment, 'clock' | 'trace'>;
  readonly mode: HostMode;
}

/** Of all hosts: whatever one does while it performs ends before it goes on, also where another host is fed by it. */
const pendingEffects = new PendingEffects();

/** The one machine host of a node. Its mode changes speed and inspection, never behaviour. */
export function createMachineHost({ node, environment: { clock, trace }, mode }: MachineHostOptions): MachineHost {
  return new Host(mode, {
    clock,
    tracer: trace === undefined ? undefined : new Tracer(node, clock, trace),
    pending: pendingEffects,
    instanceCount: 0,
  });
}

class Host implements MachineHost {
  constructor(
    private readonly mode: HostMode,
    private readonly state: HostState,
  ) {}

  get instanceCount(): number {
    return this.state.instanceCount;
  }

  create<TMachine extends AnyStateMachine, TOwner>(
    machine: TMachine,
    options: InstanceOptions<TMachine, TOwner>,
  ): Instance<TMachine> {
    const compiled = compile(machine);
    const performers = performersOf(compiled, options.effects as EffectsTable);
    const creation: Creation = options;
    const instance =
      this.mode === 'compiled'
        ? new CompiledInstance(this.state, compiled, performers, creation)
        : new InterpretedInstance(this.state, machine, compiled, performers, creation);
    instance.start(creation);
    return instance as Instance as Instance<TMachine>;
  }
}

type EffectsTable = Readonly<Record<string, Performers[number] | undefined>>;

const performersByTable = new WeakMap<EffectsTable, Map<CompiledMachine, Performers>>();

/** Looks a machine's effects up once per table; throws an Error that names those that the table lacks. */
function performersOf(machine: CompiledMachine, table: EffectsTable): Performers {
  const known = performersByTable.get(table);
  const performers = known?.get(machine);
  if (performers !== undefined) return performers;
  const missing = machine.effects.filter((name) => typeof table[name] !== 'function');
  if (missing.length > 0) {
    throw new Error(`machine '${machine.id}': the effects table does not perform '${missing.join("', '")}'`);
  }
  const found = machine.effects.map((name) => table[name]!);
  if (known === undefined) performersByTable.set(table, new Map([[machine, found]]));
  else known.set(machine, found);
  return found;
}
