/** The simulated environment: virtual time, seeded randomness, links with faults. */
export type { LinkSettings } from './link.js';
export type { Links, SimulatedNetwork } from './network.js';
export {
  createSimulation,
  type RunOptions,
  type RunOutcome,
  type Simulation,
  type SimulationOptions,
} from './simulation.js';
