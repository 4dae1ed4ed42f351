import type { Clock, Environment, Random, Trace } from '../index.js';
import { EventQueue, SimulatedClock } from './event-queue.js';
import type { LinkSettings } from './link.js';
import { type Links, SimulatedNetwork } from './network.js';
import { SeededRandom } from './seeded-random.js';

/** Where virtual time starts: a fixed epoch, so that two runs with one seed are equal to the byte. */
const START_TIME = Date.UTC(2026, 0, 1);

const STEPS_MAX = 100_000_000;

export interface SimulationOptions {
  /** Everything random in the run follows from it. */
  readonly seed: number;
  /** Milliseconds since the Unix epoch; 2026-01-01T00:00:00Z where absent. */
  readonly startTime?: number;
  /** The addresses that nodes may bind; every numeric address where absent. */
  readonly addresses?: readonly string[];
  /** Settings of every link that has none of its own; 1 ms of delay and nothing else where absent. */
  readonly link?: Partial<LinkSettings>;
}

export interface RunOptions {
  /** Asked before the first and after each step; also the place to check invariants. */
  readonly until?: () => boolean;
  /** Virtual time to run for; `now` has moved by just so much if this ends the run, or nothing is left to do. */
  readonly forMs?: number;
  /** The most events to take; 100 million where absent. */
  readonly stepsMax?: number;
}

export interface RunOutcome {
  /** What ended the run: `until` held, nothing was left to do, `forMs` were over, or `stepsMax` were taken. */
  readonly reason: 'satisfied' | 'idle' | 'elapsed' | 'stepsExhausted';
  /** Events taken: a timer that fired, or a message that arrived. */
  readonly steps: number;
}

/** Virtual time, seeded links, and the environments of the nodes that live in them. */
export interface Simulation {
  readonly clock: Clock;
  readonly network: SimulatedNetwork;
  readonly links: Links;
  /** For the run itself (scenario, load); nodes have streams of their own. */
  readonly random: Random;
  /** Set before the nodes are made: they look once whether there is a trace. */
  trace: Trace | undefined;
  /** The environment of a node. A node that starts again goes on with its random stream where it was. */
  environmentFor(nodeName: string): Environment;
  /** Takes events in order until something of `options` ends it. What a callback throws ends it too. Not re-entrant. */
  run(options?: RunOptions): RunOutcome;
  /** Runs until nothing is left to do. For nodes without periodic timers. */
  runUntilIdle(stepsMax?: number): RunOutcome;
}

export function createSimulation(options: SimulationOptions): Simulation {
  const queue = new EventQueue(options.startTime ?? START_TIME);
  const clock = new SimulatedClock(queue);
  const root = new SeededRandom(String(options.seed));
  const network = new SimulatedNetwork({
    queue,
    clock,
    random: root.stream('link'),
    addresses: options.addresses,
    defaults: options.link ?? {},
  });
  const nodeStreams = root.stream('node');
  const run = makeRun(queue);
  return {
    clock,
    network,
    links: network.links,
    random: root.stream('run'),
    trace: undefined,
    environmentFor(nodeName) {
      return new NodeEnvironment(this, nodeStreams.stream(nodeName));
    },
    run,
    runUntilIdle: (stepsMax = STEPS_MAX) => run({ stepsMax }),
  };
}

/** A class, since an accessor in a literal costs each of many nodes an object of its own shape and a closure. */
class NodeEnvironment implements Environment {
  readonly clock: Clock;
  readonly network: SimulatedNetwork;

  constructor(
    private readonly simulation: Simulation,
    readonly random: Random,
  ) {
    this.clock = simulation.clock;
    this.network = simulation.network;
  }

  get trace(): Trace | undefined {
    return this.simulation.trace;
  }
}

function makeRun(queue: EventQueue): Simulation['run'] {
  let running = false;
  return ({ until, forMs = Number.POSITIVE_INFINITY, stepsMax = STEPS_MAX } = {}) => {
    if (running) throw new Error('the simulation is running already');
    running = true;
    const end = queue.now + forMs;
    try {
      for (let steps = 0; ; steps++) {
        if (until?.()) return { reason: 'satisfied', steps };
        const due = queue.nextDue();
        if (due === undefined || due > end) {
          if (end !== Number.POSITIVE_INFINITY) queue.now = end;
          return { reason: due === undefined ? 'idle' : 'elapsed', steps };
        }
        if (steps === stepsMax) return { reason: 'stepsExhausted', steps };
        queue.take()!.fire();
      }
    } finally {
      running = false;
    }
  };
}
