import type { Endpoint, Packet } from '../../../src/environment/index.js';
import { createSimulation, type Simulation, type SimulationOptions } from '../../../src/environment/simulated/index.js';
import { describePacket, StreamRecorder } from '../lab.js';

const [A, B, C] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'] as const;

/** Two nodes that answer each other over a bad link, and streams beside; returns everything seen, with times. */
function chatter(seed: number, prepare?: (simulation: Simulation) => void): string[] {
  const log: string[] = [];
  const simulation = createSimulation({
    seed,
    link: { delayMs: 10, jitterMs: 4, loss: 0.1, duplication: 0.05, reordering: 0.1, rateBitsPerSecond: 1e6 },
  });
  simulation.network.tap((packet) => {
    if (packet.from.address !== C) log.push(`${packet.time} ${describePacket(packet)}`);
  });
  prepare?.(simulation);
  const { random } = simulation.environmentFor('a');
  const receive = (name: string) => (bytes: Buffer, from: Endpoint) =>
    log.push(`${simulation.clock.now()} ${name} ${bytes.toString('hex')} ${from.port}`);
  const a = simulation.network.bindDatagram({ address: A, port: 5060 }, handlers(receive('a')));
  const b = simulation.network.bindDatagram({ address: B, port: 5060 }, handlers(receive('b')));
  for (let count = 0; count < 100; count++) {
    simulation.clock.setTimer(random.fraction() * 200, () => {
      a.send(random.bytes(8), b.local);
      b.send(random.bytes(8), a.local);
    });
  }
  simulation.network.listenStream(
    { address: B, port: 3868 },
    {
      onConnection: (connection) => ({
        onOpen: () => connection.write(Buffer.from('welcome')),
        onData: (bytes) => log.push(`${simulation.clock.now()} stream ${bytes.toString()}`),
        onClose: () => undefined,
      }),
      onError: () => undefined,
    },
  );
  const client = new StreamRecorder();
  const connection = simulation.network.connectStream({ address: A, port: 0 }, { address: B, port: 3868 }, client);
  for (let count = 0; count < 30; count++) {
    simulation.clock.setTimer(count * 5, () => connection.write(Buffer.from(`${count}`)));
  }
  simulation.runUntilIdle(100_000);
  return log;
}

function handlers(onDatagram: (bytes: Buffer, from: Endpoint) => void) {
  return { onDatagram, onError: (code: string) => expect(code).toBeUndefined() };
}

describe('simulation: determinism', () => {
  it('has the same log for the same seed, and another one for another seed', () => {
    const log = chatter(7);
    expect(log.length).toBeGreaterThan(300);
    expect(chatter(7)).toEqual(log);
    expect(chatter(8)).not.toEqual(log);
  });

  it('does not let another link, or another node, shift the draws of a link', () => {
    const withMore = chatter(7, (simulation) => {
      simulation.links.setBetween(A, C, { loss: 0.5 });
      simulation.environmentFor('c').random.bytes(100);
      const c = simulation.network.bindDatagram(
        { address: C, port: 5060 },
        handlers(() => undefined),
      );
      for (let count = 0; count < 50; count++) {
        simulation.clock.setTimer(count, () => c.send(Buffer.from('x'), { address: A, port: 9 }));
      }
    });
    expect(withMore).toEqual(chatter(7));
  });

  it('starts at 2026-01-01T00:00:00Z, or where it is told', () => {
    expect(createSimulation({ seed: 1 }).clock.now()).toBe(Date.parse('2026-01-01T00:00:00Z'));
    expect(createSimulation({ seed: 1, startTime: 5 }).clock.now()).toBe(5);
  });

  it('gives a node that starts again the continuation of its stream', () => {
    const simulation = createSimulation({ seed: 1 });
    const first = simulation.environmentFor('ue1').random.bytes(8);
    expect(simulation.environmentFor('ue1').random.bytes(8)).not.toEqual(first);
    expect(createSimulation({ seed: 1 }).environmentFor('ue1').random.bytes(8)).toEqual(first);
  });
});

describe('simulation: run', () => {
  it('ends when the condition holds, when idle, when the time is over, or after so many steps', () => {
    const simulation = createSimulation({ seed: 1, startTime: 0 });
    const fired: number[] = [];
    for (const delay of [10, 20, 30, 40]) simulation.clock.setTimer(delay, () => fired.push(delay));
    expect(simulation.run({ until: () => true })).toEqual({ reason: 'satisfied', steps: 0 });
    expect(simulation.run({ until: () => fired.length === 1 })).toEqual({ reason: 'satisfied', steps: 1 });
    expect(simulation.run({ forMs: 15 })).toEqual({ reason: 'elapsed', steps: 1 });
    expect(simulation.clock.now()).toBe(25);
    expect(simulation.run({ stepsMax: 1 })).toEqual({ reason: 'stepsExhausted', steps: 1 });
    expect(simulation.runUntilIdle()).toEqual({ reason: 'idle', steps: 1 });
    expect(simulation.clock.now()).toBe(40);
    expect(simulation.run({ forMs: 60 })).toEqual({ reason: 'idle', steps: 0 });
    expect(simulation.clock.now()).toBe(100);
  });

  it('passes over cancelled timers without moving time', () => {
    const simulation = createSimulation({ seed: 1, startTime: 0 });
    simulation.clock.setTimer(10, () => undefined);
    simulation.clock.setTimer(32_000, () => undefined).cancel();
    expect(simulation.runUntilIdle()).toEqual({ reason: 'idle', steps: 1 });
    expect(simulation.clock.now()).toBe(10);
  });

  it('hands on what a callback throws, can go on, and does not run within itself', () => {
    const simulation = createSimulation({ seed: 1 });
    let after = false;
    simulation.clock.setTimer(1, () => simulation.run());
    simulation.clock.setTimer(1, () => {
      after = true;
    });
    expect(() => simulation.run()).toThrow('running already');
    expect(simulation.run().reason).toBe('idle');
    expect(after).toBe(true);
  });

  it('shares its trace with the environments', () => {
    const simulation = createSimulation({ seed: 1 });
    const environment = simulation.environmentFor('ue1');
    expect(environment.trace).toBeUndefined();
    simulation.trace = { write: () => undefined, inspecting: false, acting: undefined };
    expect(environment.trace).toBe(simulation.trace);
  });
});

/** Sends numbered datagrams, one each `intervalMs`, from A to B; returns them as `number@ms after its sending`. */
function sendOver(options: Partial<SimulationOptions>, count: number, intervalMs: number, octets = 2): Received {
  const simulation = createSimulation({ seed: 3, startTime: 0, ...options });
  const received: Received['received'] = [];
  const packets: Packet[] = [];
  simulation.network.tap((packet) => packets.push(packet));
  simulation.network.bindDatagram(
    { address: B, port: 9 },
    handlers((bytes) => {
      const number = bytes.readUInt16BE();
      received.push({ number, delay: simulation.clock.now() - number * intervalMs });
    }),
  );
  const sender = simulation.network.bindDatagram(
    { address: A, port: 0 },
    handlers(() => undefined),
  );
  for (let number = 0; number < count; number++) {
    simulation.clock.setTimer(number * intervalMs, () => {
      const bytes = Buffer.alloc(octets);
      bytes.writeUInt16BE(number);
      sender.send(bytes, { address: B, port: 9 });
    });
  }
  simulation.runUntilIdle();
  const lost = packets.flatMap(({ fault, bytes }) => (fault?.effect === 'lost' ? [bytes.readUInt16BE()] : []));
  return { received, sentCount: packets.length, lost, droppedCount: simulation.network.droppedCount };
}

interface Received {
  readonly received: { readonly number: number; readonly delay: number }[];
  readonly sentCount: number;
  /** Those of which the tap was told that their link had lost them. */
  readonly lost: readonly number[];
  readonly droppedCount: number;
}

describe('simulation: links', () => {
  it('delays by 1 ms where nothing is said', () => {
    const { received } = sendOver({}, 3, 10);
    expect(received.map(({ delay }) => delay)).toEqual([1, 1, 1]);
  });

  it('varies the delay by the jitter, either way, and keeps the order', () => {
    const { received } = sendOver({ link: { delayMs: 20, jitterMs: 5 } }, 1000, 1);
    expect(received.map(({ number }) => number)).toEqual([...Array(1000).keys()]);
    const { received: apart } = sendOver({ link: { delayMs: 20, jitterMs: 5 } }, 1000, 100);
    const delays = apart.map(({ delay }) => delay);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(15);
    expect(Math.max(...delays)).toBeLessThanOrEqual(25);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(9);
  });

  it('loses the given share, counts it, and shows lost datagrams to the tap as such', () => {
    const { received, sentCount, lost, droppedCount } = sendOver({ link: { loss: 0.2 } }, 2000, 1);
    expect(sentCount).toBe(2000);
    expect(received.length + droppedCount).toBe(2000);
    expect([...received.map(({ number }) => number), ...lost].sort((a, b) => a - b)).toEqual([...Array(2000).keys()]);
    // Five standard deviations about 400.
    expect(Math.abs(droppedCount - 400)).toBeLessThan(90);
  });

  it('says which link setting lost a datagram, and does not take for lost what nobody listens to', () => {
    const simulation = createSimulation({ seed: 1 });
    const faults: Packet['fault'][] = [];
    simulation.network.tap(({ fault }) => faults.push(fault));
    const ignore = handlers(() => undefined);
    const a = simulation.network.bindDatagram({ address: A, port: 9 }, ignore);
    simulation.network.bindDatagram({ address: B, port: 9 }, ignore);
    const send = (address: string, port: number): void => a.send(Buffer.from('x'), { address, port });
    send(B, 9);
    send(B, 10);
    send('192.0.2.99', 9);
    simulation.links.set(A, B, { loss: 1 });
    send(B, 9);
    simulation.links.partition(A, B);
    send(B, 9);
    expect(faults).toEqual([
      undefined,
      undefined,
      undefined,
      { name: 'link loss', effect: 'lost' },
      { name: 'link partition', effect: 'lost' },
    ]);
  });

  it('duplicates the given share, but shows it once to the tap', () => {
    const { received, sentCount } = sendOver({ link: { duplication: 0.1 } }, 1000, 1);
    expect(sentCount).toBe(1000);
    expect(Math.abs(received.length - 1100)).toBeLessThan(50);
    expect(new Set(received.map(({ number }) => number)).size).toBe(1000);
  });

  it('lets later datagrams overtake the given share', () => {
    const { received } = sendOver({ link: { delayMs: 10, reordering: 0.2 } }, 500, 1);
    expect(received).toHaveLength(500);
    const overtaken = received.filter(({ number }, index) =>
      received.slice(index).some((later) => later.number < number),
    );
    expect(overtaken.length).toBeGreaterThan(50);
    expect(Math.max(...received.map(({ delay }) => delay))).toBeLessThanOrEqual(20);
  });

  it('queues what exceeds the rate', () => {
    // 1000 octets at 80 kbit/s take 100 ms.
    const { received } = sendOver({ link: { delayMs: 5, rateBitsPerSecond: 80_000 } }, 3, 10, 1000);
    expect(received.map(({ delay }) => delay)).toEqual([105, 195, 285]);
  });

  it('passes nothing while partitioned, and everything when healed', () => {
    const simulation = createSimulation({ seed: 1 });
    const received: string[] = [];
    const receive = handlers((bytes) => received.push(bytes.toString()));
    const a = simulation.network.bindDatagram({ address: A, port: 9 }, receive);
    const b = simulation.network.bindDatagram({ address: B, port: 9 }, receive);
    const c = simulation.network.bindDatagram({ address: C, port: 9 }, receive);
    simulation.links.partition(A, B);
    a.send(Buffer.from('a to b'), b.local);
    b.send(Buffer.from('b to a'), a.local);
    c.send(Buffer.from('c to a'), a.local);
    simulation.runUntilIdle();
    expect(received).toEqual(['c to a']);
    simulation.links.heal(A, B);
    a.send(Buffer.from('again'), b.local);
    simulation.runUntilIdle();
    expect(received).toEqual(['c to a', 'again']);
  });

  it('has settings for each direction, and defaults that do not replace them', () => {
    const { links } = createSimulation({ seed: 1, link: { delayMs: 3 } });
    links.set(A, B, { loss: 0.5 });
    links.setDefaults({ delayMs: 9 });
    expect(links.settings(A, B)).toMatchObject({ delayMs: 3, loss: 0.5 });
    expect(links.settings(B, A)).toMatchObject({ delayMs: 9, loss: 0 });
    expect(links.defaults.delayMs).toBe(9);
    expect(() => links.set('pcscf', A, {})).toThrow(RangeError);
  });

  it('finds a node by any form of its IPv6 address and reports the normal one', () => {
    const simulation = createSimulation({ seed: 1 });
    const received: Endpoint[] = [];
    const packets: Packet[] = [];
    simulation.network.tap((packet) => packets.push(packet));
    simulation.network.bindDatagram(
      { address: '2001:DB8:0::2', port: 9 },
      handlers((_, from) => received.push(from)),
    );
    const sender = simulation.network.bindDatagram(
      { address: '2001:db8::1', port: 9 },
      handlers(() => undefined),
    );
    sender.send(Buffer.from('x'), { address: '2001:0db8::0002', port: 9 });
    simulation.runUntilIdle();
    expect(received).toEqual([{ address: '2001:db8::1', port: 9 }]);
    expect(packets[0]!.to).toEqual({ address: '2001:db8::2', port: 9 });
  });
});
