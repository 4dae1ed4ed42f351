import type { Endpoint, Packet } from '../../../src/environment/index.js';
import { createSimulation, type Simulation } from '../../../src/environment/simulated/index.js';
import { describePacket, StreamRecorder } from '../lab.js';

const [A, B] = ['192.0.2.1', '192.0.2.2'] as const;
const SERVER: Endpoint = { address: B, port: 3868 };

interface Pair {
  readonly simulation: Simulation;
  readonly packets: Packet[];
  readonly client: StreamRecorder;
  readonly accepted: StreamRecorder[];
  /** Milliseconds since the start. */
  now(): number;
}

function pair(link = {}): Pair {
  const simulation = createSimulation({ seed: 5, startTime: 0, link: { delayMs: 10, ...link } });
  const packets: Packet[] = [];
  simulation.network.tap((packet) => packets.push(packet));
  const accepted: StreamRecorder[] = [];
  simulation.network.listenStream(SERVER, {
    onConnection: (connection) => {
      const recorder = new StreamRecorder();
      recorder.connection = connection;
      accepted.push(recorder);
      return recorder;
    },
    onError: (code) => expect(code).toBeUndefined(),
  });
  const client = new StreamRecorder();
  client.connection = simulation.network.connectStream({ address: A, port: 0 }, SERVER, client);
  return { simulation, packets, client, accepted, now: () => simulation.clock.now() };
}

function openPair(link = {}): Pair & { server: StreamRecorder } {
  const opened = pair(link);
  opened.simulation.run({ until: () => opened.accepted.length > 0 });
  return { ...opened, server: opened.accepted[0]! };
}

describe('simulated streams', () => {
  it('takes one round trip to open and half of one more to be accepted', () => {
    const { simulation, client, accepted, now } = pair();
    simulation.run({ until: () => client.opened === 1 });
    expect(now()).toBe(20);
    simulation.run({ until: () => accepted.length === 1 });
    expect(now()).toBe(30);
  });

  it('makes a lost segment late, and what follows it, but keeps all in order', () => {
    const { simulation, client, server } = openPair();
    simulation.links.set(A, B, { loss: 0.2, jitterMs: 8 });
    let late = 0;
    for (let count = 0; count < 200; count++) {
      simulation.clock.setTimer(count * 3, () => client.connection!.write(Buffer.from(`${count},`)));
    }
    const sent = simulation.clock.now() + 600;
    simulation.run({ until: () => server.text.split(',').length === 201 });
    expect(server.text).toBe(`${[...Array(200).keys()].join(',')},`);
    late = simulation.clock.now() - sent;
    expect(late).toBeGreaterThan(0);
    expect(client.closes).toEqual([]);
  });

  it('shows octets to the tap when the segment leaves that gets there', () => {
    const { simulation, client, server, packets, now } = openPair();
    simulation.links.partition(A, B);
    client.connection!.write(Buffer.from('one '));
    client.connection!.write(Buffer.from('two'));
    simulation.run({ forMs: 1_000 });
    const data = (): readonly Packet[] => packets.filter(({ kind }) => kind === 'data');
    expect(data()).toEqual([]);
    simulation.links.heal(A, B);
    const healed = now();
    simulation.run({ until: () => server.text === 'one two' });
    expect(data().map(({ bytes, fault }) => [bytes.toString(), fault])).toEqual([
      ['one ', undefined],
      ['two', undefined],
    ]);
    expect(data()[0]!.time).toBeGreaterThan(healed);
    expect(now() - data()[1]!.time).toBe(10);
  });

  it('shows what waited for a hand-shake that lost a segment as late, whenever it was written, and nothing else', () => {
    const data = ({ packets }: Pair) =>
      packets.flatMap(({ kind, bytes, late }) => (kind === 'data' ? [[`${bytes}`, late]] : []));
    const prompt = pair();
    prompt.client.connection!.write(Buffer.from('prompt'));
    prompt.simulation.run({ until: () => prompt.accepted[0]?.text === 'prompt' });
    expect(data(prompt)).toEqual([['prompt', undefined]]);

    const lossy = pair();
    lossy.simulation.links.partition(A, B);
    lossy.client.connection!.destroy();
    lossy.client.connection = lossy.simulation.network.connectStream({ address: A, port: 0 }, SERVER, lossy.client);
    lossy.client.connection!.write(Buffer.from('early '));
    lossy.simulation.run({ forMs: 500 });
    lossy.simulation.links.heal(A, B);
    lossy.simulation.run({ forMs: 490 });
    lossy.client.connection!.write(Buffer.from('last'));
    lossy.simulation.run({ until: () => lossy.accepted.at(-1)?.text === 'early last' });
    expect(data(lossy)).toEqual([
      ['early ', true],
      ['last', true],
    ]);
  });

  it('shows octets of which no segment got there as lost, before the end of the connection', () => {
    const { simulation, client, packets } = openPair();
    simulation.links.partition(A, B);
    client.connection!.write(Buffer.from('one'));
    simulation.run({ forMs: 500 });
    client.connection!.destroy();
    simulation.run({ forMs: 1_000 });
    const shown = packets.filter(({ kind }) => kind !== 'open');
    expect(shown[0]).toMatchObject({ kind: 'data', fault: { name: 'link partition', effect: 'lost' } });
    expect(shown[0]!.bytes.toString()).toBe('one');
  });

  it('waits through a partition and goes on when healed', () => {
    const { simulation, client, server } = openPair();
    simulation.links.partition(A, B);
    client.connection!.write(Buffer.from('one '));
    client.connection!.write(Buffer.from('two'));
    simulation.run({ forMs: 30_000 });
    expect(server.text).toBe('');
    simulation.links.heal(A, B);
    simulation.run({ forMs: 60_000 });
    expect(server.text).toBe('one two');
  });

  it('gives up an open connection with ETIMEDOUT after a quarter of an hour', () => {
    const { simulation, client, now } = openPair();
    simulation.links.partition(A, B);
    client.connection!.write(Buffer.from('lost'));
    simulation.runUntilIdle();
    expect(client.closes).toEqual(['ETIMEDOUT']);
    expect(now()).toBeGreaterThan(600_000);
    expect(now()).toBeLessThan(1_500_000);
  });

  it('gives up a hand-shake with ETIMEDOUT after 127 s', () => {
    const simulation = createSimulation({ seed: 1, startTime: 0 });
    simulation.network.listenStream(SERVER, { onConnection: () => new StreamRecorder(), onError: () => undefined });
    simulation.links.partition(A, B);
    const client = new StreamRecorder();
    simulation.network.connectStream({ address: A, port: 0 }, SERVER, client);
    simulation.run({ until: () => client.closes.length > 0 });
    expect(client.closes).toEqual(['ETIMEDOUT']);
    expect(simulation.clock.now()).toBe(127_000);
    expect(simulation.runUntilIdle().reason).toBe('idle');
  });

  it('is refused where no node has ever been', () => {
    const simulation = createSimulation({ seed: 1 });
    const client = new StreamRecorder();
    simulation.network.connectStream({ address: A, port: 0 }, { address: '192.0.2.99', port: 1 }, client);
    simulation.runUntilIdle();
    expect(client.closes).toEqual(['ECONNREFUSED']);
  });

  it('limits what waits for a partitioned link: ENOBUFS', () => {
    const { simulation, client } = openPair();
    simulation.links.partition(A, B);
    const piece = Buffer.alloc(1024 * 1024);
    for (let count = 0; count < 17; count++) client.connection!.write(piece);
    simulation.run({ until: () => client.closes.length > 0 });
    expect(client.closes).toEqual(['ENOBUFS']);
  });

  it('uses distinct ephemeral ports, and frees them', () => {
    const { simulation, client } = openPair();
    const others = Array.from({ length: 3 }, () => new StreamRecorder());
    const ports = others.map(
      (other) => simulation.network.connectStream({ address: A, port: 0 }, SERVER, other).local.port,
    );
    expect(new Set([client.connection!.local.port, ...ports]).size).toBe(4);
    simulation.runUntilIdle();
    const taken = new StreamRecorder();
    simulation.network.connectStream({ address: A, port: ports[0]! }, SERVER, taken);
    simulation.runUntilIdle();
    expect(taken.closes).toEqual(['EADDRINUSE']);
  });
});

describe('simulated crash', () => {
  it('resets the peers of a dropped node, calls none of its handlers, and frees its ports', () => {
    const { simulation, client, server, packets } = openPair();
    simulation.clock.setTimer(1, () => client.connection!.write(Buffer.from('under way')));
    simulation.network.dropNode(B);
    simulation.runUntilIdle();
    expect(client.closes).toEqual(['ECONNRESET']);
    expect(server).toMatchObject({ text: '', closes: [] });
    expect(packets.map(describePacket)).toEqual([
      `tcp open ${A}>${B} `,
      `tcp data ${A}>${B} under way`,
      `tcp close ${B}>${A} `,
    ]);
    const refused = new StreamRecorder();
    simulation.network.connectStream({ address: A, port: 0 }, SERVER, refused);
    simulation.runUntilIdle();
    expect(refused.closes).toEqual(['ECONNREFUSED']);
    let listening = false;
    simulation.network.listenStream(SERVER, {
      onListening: () => {
        listening = true;
      },
      onConnection: () => new StreamRecorder(),
      onError: () => undefined,
    });
    simulation.runUntilIdle();
    expect(listening).toBe(true);
  });

  it('tells a peer of a node that crashed behind a partition when it sends after healing', () => {
    const { simulation, client } = openPair();
    simulation.links.partition(A, B);
    simulation.network.dropNode(B);
    simulation.run({ forMs: 1000 });
    expect(client.closes).toEqual([]);
    simulation.links.heal(A, B);
    client.connection!.write(Buffer.from('anybody?'));
    simulation.runUntilIdle();
    expect(client.closes).toEqual(['ECONNRESET']);
  });

  it('stops datagrams to and from a dropped node', () => {
    const simulation = createSimulation({ seed: 1 });
    const received: string[] = [];
    const bind = (address: string) =>
      simulation.network.bindDatagram(
        { address, port: 9 },
        { onDatagram: (bytes) => received.push(bytes.toString()), onError: () => undefined },
      );
    const a = bind(A);
    const b = bind(B);
    a.send(Buffer.from('to the dead'), b.local);
    simulation.network.dropNode(B);
    b.send(Buffer.from('from the dead'), a.local);
    simulation.runUntilIdle();
    expect(received).toEqual([]);
    bind(B);
    a.send(Buffer.from('to the risen'), b.local);
    simulation.runUntilIdle();
    expect(received).toEqual(['to the risen']);
  });
});
