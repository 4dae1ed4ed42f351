import type { AnyStateMachine, EventFromLogic, InputFrom } from 'xstate';
import { createSimulation, type Simulation } from '../../../src/environment/simulated/index.js';
import { createMachineHost, type Instance } from '../../../src/machine/index.js';

/** A machine alone: events in, effects out by name. */
export interface MachineRun<TMachine extends AnyStateMachine> {
  readonly instance: Instance<TMachine>;
  readonly simulation: Simulation;
  /** Sends an event; returns the effects that it had and the state after it. */
  step(event: EventFromLogic<TMachine>): { effects: string[]; state: string };
  /** Lets time pass. */
  wait(ms: number): { effects: string[]; state: string };
}

export function runMachine<TMachine extends AnyStateMachine>(
  machine: TMachine,
  input: InputFrom<TMachine>,
): MachineRun<TMachine> {
  const simulation = createSimulation({ seed: 1 });
  const host = createMachineHost({ node: 'node1', environment: simulation.environmentFor('node1'), mode: 'compiled' });
  let effects: string[] = [];
  const table = new Proxy({}, { get: (_, name) => () => effects.push(String(name)) });
  const instance = host.create(machine, { id: 'machine', input, owner: undefined, effects: table });
  const result = () => {
    const seen = effects;
    effects = [];
    return { effects: seen, state: instance.state };
  };
  return {
    instance,
    simulation,
    step: (event) => {
      instance.send(event);
      return result();
    },
    wait: (ms) => {
      simulation.run({ forMs: ms });
      return result();
    },
  };
}
