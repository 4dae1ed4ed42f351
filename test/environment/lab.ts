import type { Clock, Environment, Network, Packet, StreamConnection } from '../../src/environment/index.js';
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';

/** One of the two environments with what a test needs around it. */
export interface Lab {
  readonly clock: Clock;
  readonly network: Network;
  environmentFor(nodeName: string): Environment;
  /** Lets things happen until `condition` holds. */
  until(condition: () => boolean): Promise<void>;
  /** Lets everything happen that is under way. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface Family {
  readonly name: string;
  readonly one: string;
  readonly other: string;
  /** An address that this machine does not have. */
  readonly foreign: string;
}

export const families: readonly Family[] = [
  { name: 'IPv4', one: '127.0.0.1', other: '127.0.0.2', foreign: '192.0.2.1' },
  { name: 'IPv6', one: '::1', other: '::1', foreign: '2001:db8::1' },
];

export function simulatedLab(): Lab {
  const addresses = families.flatMap(({ one, other }) => [one, other]);
  const simulation = createSimulation({ seed: 1, addresses });
  return {
    clock: simulation.clock,
    network: simulation.network,
    environmentFor: (nodeName) => simulation.environmentFor(nodeName),
    until: async (condition) => {
      expect(simulation.run({ until: condition })).toMatchObject({ reason: 'satisfied' });
    },
    settle: async () => {
      expect(simulation.run({ forMs: 200 }).reason).not.toBe('stepsExhausted');
    },
    close: async () => undefined,
  };
}

/** Waiting for something ends here, in failure: far longer than anything on loopback takes. */
const WAIT_MS_MAX = 10_000;

export function realLab(): Lab {
  const environment = createRealEnvironment();
  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      environment.clock.setTimer(delayMs, resolve);
    });
  return {
    clock: environment.clock,
    network: environment.network,
    environmentFor: (nodeName) => environment.environmentFor(nodeName),
    until: async (condition) => {
      const end = environment.clock.now() + WAIT_MS_MAX;
      while (!condition() && environment.clock.now() < end) await pause(1);
      expect(condition()).toBe(true);
    },
    settle: () => pause(30),
    close: () => environment.close(),
  };
}

/** Records what a connection's handlers are told. */
export class StreamRecorder {
  connection: StreamConnection | undefined;
  opened = 0;
  text = '';
  readonly closes: (string | undefined)[] = [];

  onOpen(): void {
    this.opened++;
  }
  onData(bytes: Buffer): void {
    this.text += bytes.toString('latin1');
  }
  onClose(code: string | undefined): void {
    this.closes.push(code);
  }
}

/** One line a packet, with ports left out. */
export function describePacket({ protocol, kind, from, to, bytes }: Packet): string {
  return `${protocol} ${kind} ${from.address}>${to.address} ${bytes.toString('latin1')}`;
}
