import type { Clock, Environment, Trace } from '../index.js';
import { RealClock } from './clock.js';
import { RealNetwork } from './network.js';
import { RealRandom } from './random.js';

export interface RealEnvironment {
  readonly clock: Clock;
  readonly network: RealNetwork;
  /** Set before the nodes are made: they look once whether there is a trace. */
  trace: Trace | undefined;
  /** The environment of a node: all share the clock, the sockets and the operating system's randomness. */
  environmentFor(nodeName: string): Environment;
  /** How late a timer has fired at most since this was asked before, ms: the machine, or this process, had other work. */
  takeLateMs(): number;
  /** How late a timer was at most that waited or fired between two times, ms; 0 where none was 20 ms late. */
  lateMsBetween(from: number, to: number): number;
  /** From now on pending timers alone do not keep the process alive. */
  unref(): void;
  /** Stops the clock and closes all that is open; resolves when nothing keeps the process alive any more. */
  close(): Promise<void>;
}

/** The environment of nodes that run on this machine's sockets and clock. */
export function createRealEnvironment(): RealEnvironment {
  const clock = new RealClock();
  const network = new RealNetwork(clock);
  const random = new RealRandom();
  const environment: Environment & RealEnvironment = {
    clock,
    network,
    random,
    trace: undefined,
    environmentFor: () => environment,
    takeLateMs: () => clock.takeLateMs(),
    lateMsBetween: (from, to) => clock.lateMsBetween(from, to),
    unref: () => clock.unref(),
    close: async () => {
      clock.stop();
      await network.close();
    },
  };
  return environment;
}
