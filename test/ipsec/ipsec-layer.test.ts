import type {
  DatagramSocket,
  Endpoint,
  Environment,
  NoteRecord,
  Packet,
  TraceRecord,
} from '../../src/environment/index.js';
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import { algorithmPairs, IpsecLayer } from '../../src/ipsec/index.js';
import { mirrored, type SampleOptions, sampleSet } from './sample-set.js';

/** A datagram as a node has got it: `from port to port: text`. */
type Received = string;

interface Party {
  readonly environment: Environment;
  readonly received: Received[];
  readonly sockets: Map<number, DatagramSocket>;
}

class Records {
  readonly notes: NoteRecord[] = [];
  readonly packets: Packet[] = [];
  readonly inspecting = false;
  acting: string | undefined;

  write(record: TraceRecord): void {
    if (record.kind === 'note') this.notes.push(record);
  }

  get texts(): string[] {
    return this.notes.map(({ text }) => text);
  }
}

function party(environment: Environment, address: string, ports: readonly number[]): Party {
  const received: Received[] = [];
  const sockets = new Map(
    ports.map((port) => [
      port,
      environment.network.bindDatagram(
        { address, port },
        {
          onDatagram: (bytes, from) => received.push(`${from.port} ${port} ${bytes.toString()}`),
          onError: (code) => received.push(code),
        },
      ),
    ]),
  );
  return { environment, received, sockets };
}

/** A UE and a P-CSCF in a simulation, each with its protected ports and one that is not. */
function simulated(options: SampleOptions = {}) {
  const simulation = createSimulation({ seed: 4 });
  const records = new Records();
  simulation.trace = records;
  const layer = new IpsecLayer();
  simulation.network.tap(layer.before((packet) => records.packets.push(packet)));
  const set = sampleSet(options);
  const life = (name: string, { address, clientPort, serverPort }: typeof set.local, plainPort: number) =>
    party(layer.environmentFor(name, simulation.environmentFor(name)), address, [clientPort, serverPort, plainPort]);
  const ue = life('ue1', set.local, 5070);
  const pcscf = life('pcscf1', set.remote, 5060);
  const install = (one = set, other = mirrored(one)) => {
    ue.environment.ipsec!.install(one);
    pcscf.environment.ipsec!.install(other);
  };
  const send = (from: Party, port: number, to: Endpoint, text: string) => {
    from.sockets.get(port)!.send(Buffer.from(text), to);
    simulation.runUntilIdle();
  };
  simulation.runUntilIdle();
  return { simulation, records, layer, set, ue, pcscf, install, send };
}

const at = (address: string, port: number): Endpoint => ({ address, port });
const isEsp = ({ carrier }: Packet) => carrier?.from.port === 4500 && carrier.to.port === 4500;

describe.each(['trans', 'UDP-enc-tun'] as const)(
  'AKA-50, AKA-51, AKA-56: a set of four associations, mod=%s',
  (mode) => {
    it.each(algorithmPairs)(
      'carries both ways between client and server ports with $integrity and $encryption',
      (pair) => {
        const { records, set, ue, pcscf, install, send } = simulated({ ...pair, mode });
        install();
        send(ue, 31_000, at('192.0.2.1', 5064), 'REGISTER');
        send(pcscf, 5062, at('192.0.2.10', 31_001), '200');
        send(pcscf, 5064, at('192.0.2.10', 31_000), 'to the client port');
        send(ue, 31_001, at('192.0.2.1', 5062), 'from the server port');
        expect(pcscf.received).toEqual(['31000 5064 REGISTER', '31001 5062 from the server port']);
        expect(ue.received).toEqual(['5062 31001 200', '5064 31000 to the client port']);
        expect(records.texts).toEqual([]);
        const spis = records.packets.map(({ carrier }) => carrier!.bytes.readUInt32BE(0));
        const { local, remote } = set;
        expect(spis).toEqual([remote.serverSpi, local.serverSpi, local.clientSpi, remote.clientSpi]);
      },
    );

    it('carries IPv6', () => {
      const { ue, pcscf, install, send } = simulated({ mode, addresses: ['2001:db8::10', '2001:db8::a:1'] });
      install();
      send(ue, 31_000, at('2001:db8::a:1', 5064), 'x'.repeat(1_501));
      send(pcscf, 5062, at('2001:db8::10', 31_001), '');
      expect(pcscf.received).toEqual([`31000 5064 ${'x'.repeat(1_501)}`]);
      expect(ue.received).toEqual(['5062 31001 ']);
    });
  },
);

describe('what the tap sees', () => {
  it('the clear message between its own ports, with the ESP packet as its carrier', () => {
    const { records, ue, install, send } = simulated();
    install();
    send(ue, 31_000, at('192.0.2.1', 5064), 'REGISTER');
    const [packet] = records.packets;
    expect(packet).toMatchObject({
      protocol: 'udp',
      from: at('192.0.2.10', 31_000),
      to: at('192.0.2.1', 5064),
      carrier: { from: at('192.0.2.10', 4500), to: at('192.0.2.1', 4500) },
    });
    expect(packet!.bytes.toString()).toBe('REGISTER');
    expect(packet!.carrier!.bytes.includes('REGISTER')).toBe(false);
  });

  it('a loss on the link, of the clear message too', () => {
    const { simulation, records, ue, pcscf, install, send } = simulated();
    install();
    simulation.links.set('192.0.2.10', '192.0.2.1', { loss: 1 });
    send(ue, 31_000, at('192.0.2.1', 5064), 'REGISTER');
    expect(records.packets[0]).toMatchObject({ from: at('192.0.2.10', 31_000), fault: { effect: 'lost' } });
    expect(pcscf.received).toEqual([]);
  });

  it('runs of one seed are equal to the octet, whatever other nodes draw', () => {
    const run = () => {
      const { records, ue, pcscf, install, send } = simulated();
      install();
      send(ue, 31_000, at('192.0.2.1', 5064), 'REGISTER');
      send(pcscf, 5062, at('192.0.2.10', 31_001), '200');
      return records.packets.map(({ carrier }) => carrier!.bytes.toString('hex'));
    };
    expect(run()).toEqual(run());
  });
});

describe('AKA-52: what has no place on a protected port', () => {
  it('datagrams without ESP are dropped, with a note', () => {
    const { records, ue, pcscf, install, send } = simulated();
    install();
    send(ue, 5070, at('192.0.2.1', 5064), 'forged');
    send(ue, 5070, at('192.0.2.1', 5060), 'plain');
    expect(pcscf.received).toEqual(['5070 5060 plain']);
    expect(records.notes).toMatchObject([
      {
        node: 'pcscf1',
        what: 'ipsec.dropped',
        clause: 'TS 33.203 7.1',
        text: 'a datagram from 192.0.2.10 port 5070 came without ESP on protected port 5064 and is dropped',
      },
    ]);
  });

  it('ports that a node declares its own are protected before any set, and what leaves them without one is not sent', () => {
    const { simulation, records, ue, pcscf, send } = simulated();
    let opened = 0;
    pcscf.environment.ipsec!.open('192.0.2.1', [5064], (failure) => {
      expect(failure).toBeUndefined();
      opened++;
    });
    expect(opened).toBe(0);
    simulation.runUntilIdle();
    pcscf.environment.ipsec!.open('192.0.2.1', [], () => opened++);
    expect(opened).toBe(1);
    send(ue, 5070, at('192.0.2.1', 5064), 'early');
    send(pcscf, 5064, at('192.0.2.10', 5070), 'out');
    expect(opened).toBe(2);
    expect([...ue.received, ...pcscf.received]).toEqual([]);
    expect(records.texts).toEqual([
      'a datagram from 192.0.2.10 port 5070 came without ESP on protected port 5064 and is dropped',
      'a datagram from port 5064 to 192.0.2.10 port 5070 is not sent: no security association covers it',
    ]);
  });

  it('TCP connections without ESP are refused', () => {
    const { simulation, records, ue, pcscf, install } = simulated();
    let accepted = 0;
    pcscf.environment.network.listenStream(at('192.0.2.1', 5064), {
      onConnection: () => {
        accepted++;
        return { onOpen() {}, onData() {}, onClose() {} };
      },
      onError: () => undefined,
    });
    install();
    let closed: string | undefined = 'open';
    const handlers = { onOpen: () => {}, onData: () => {}, onClose: (code: string | undefined) => (closed = code) };
    ue.environment.network.connectStream(at('192.0.2.10', 0), at('192.0.2.1', 5064), handlers);
    simulation.runUntilIdle();
    expect({ accepted, closed }).toEqual({ accepted: 0, closed: 'ECONNRESET' });
    expect(records.texts).toEqual([
      'a TCP connection from 192.0.2.10 came without ESP to protected port 5064 and is refused',
    ]);
  });

  it('after the last set is gone its ports are ordinary ones', () => {
    const { ue, pcscf, set, install, send } = simulated();
    const again = sampleSet();
    install();
    ue.environment.ipsec!.install(again);
    ue.environment.ipsec!.install(again);
    ue.environment.ipsec!.remove(set);
    ue.environment.ipsec!.remove(set);
    send(pcscf, 5060, at('192.0.2.10', 31_001), 'still protected');
    ue.environment.ipsec!.remove(again);
    send(pcscf, 5060, at('192.0.2.10', 31_001), 'no more');
    expect(ue.received).toEqual(['5060 31001 no more']);
  });
});

describe('packets that are not taken', () => {
  it('RFC 4303 3.4.4.1: with other keys', () => {
    const { records, set, ue, pcscf, install, send } = simulated();
    install(set, { ...mirrored(set), ik: Buffer.alloc(16) });
    send(ue, 31_000, at('192.0.2.1', 5064), 'REGISTER');
    expect(pcscf.received).toEqual([]);
    expect(records.notes).toMatchObject([{ node: 'pcscf1', clause: 'RFC 4303 3.4.4.1' }]);
    expect(records.texts[0]).toBe(
      'a packet from 192.0.2.10 port 4500 with SPI 2002 is dropped: its integrity check value is wrong: the two ends have different keys or algorithms',
    );
  });

  it('RFC 4303 3.4.3: twice', () => {
    const { simulation, records, ue, pcscf, install, send } = simulated();
    install();
    simulation.links.set('192.0.2.10', '192.0.2.1', { duplication: 1 });
    send(ue, 31_000, at('192.0.2.1', 5064), 'REGISTER');
    expect(pcscf.received).toEqual(['31000 5064 REGISTER']);
    expect(records.notes).toMatchObject([{ clause: 'RFC 4303 3.4.3' }]);
  });

  it('RFC 4303 3.4.2: of an association that is not, or no more', () => {
    const { records, set, ue, pcscf, install, send } = simulated();
    const here = mirrored(set);
    install(set, here);
    pcscf.environment.ipsec!.remove(here);
    send(ue, 31_000, at('192.0.2.1', 5064), 'REGISTER');
    expect(pcscf.received).toEqual([]);
    expect(records.notes).toMatchObject([{ node: 'pcscf1', clause: 'RFC 4303 3.4.2' }]);
  });

  it('AKA-50: that carry something else than their association is for', () => {
    const { records, set, ue, pcscf, install, send } = simulated();
    const wrongPort = { ...set, local: { ...set.local, clientPort: 31_001, serverPort: 31_000 } };
    install(wrongPort, mirrored(set));
    send(ue, 31_001, at('192.0.2.1', 5064), 'REGISTER');
    expect(pcscf.received).toEqual([]);
    expect(records.texts[0]).toContain('not between the addresses and ports of its association');
  });

  it('RFC 3948: octets that are no ESP; a keep-alive passes in silence', () => {
    const { simulation, records, install } = simulated();
    install();
    const bare = party(simulation.environmentFor('bare'), '192.0.2.99', [9]).sockets.get(9)!;
    for (const bytes of [Buffer.of(0xff), Buffer.alloc(12), Buffer.of(1, 2, 3)])
      bare.send(bytes, at('192.0.2.1', 4500));
    simulation.runUntilIdle();
    const text = 'a packet from 192.0.2.99 port 9 with SPI 0 is dropped: it is not ESP';
    expect(records.texts).toEqual([text, text]);
    expect(records.packets.map(({ bytes, carrier }) => [bytes.length, carrier])).toEqual([
      [1, undefined],
      [12, undefined],
      [3, undefined],
    ]);
  });
});

describe('AKA-54: sets change', () => {
  it('between the same ports the older set sends until something has come over the newer one', () => {
    const { records, set, ue, pcscf, install, send } = simulated();
    // The UE keeps port-us and takes a new port-uc; the P-CSCF keeps both ports.
    const next = {
      ...set,
      local: { ...set.local, clientPort: 31_002, clientSpi: 1011, serverSpi: 1012 },
      remote: { ...set.remote, clientSpi: 2011, serverSpi: 2012 },
    };
    install();
    install(next);
    const lastSpi = () => records.packets.at(-1)!.carrier!.bytes.readUInt32BE(0);
    send(pcscf, 5062, at('192.0.2.10', 31_001), '401');
    expect(lastSpi()).toBe(1002);
    ue.environment.network
      .bindDatagram(at('192.0.2.10', 31_002), { onDatagram() {}, onError() {} })
      .send(Buffer.from('REGISTER'), at('192.0.2.1', 5064));
    send(pcscf, 5062, at('192.0.2.10', 31_001), 'before it has arrived');
    expect(lastSpi()).toBe(1002);
    send(pcscf, 5062, at('192.0.2.10', 31_001), '200');
    expect(lastSpi()).toBe(1012);
    expect(ue.received).toEqual(['401', 'before it has arrived', '200'].map((text) => `5062 31001 ${text}`));
    expect(pcscf.received).toEqual(['31002 5064 REGISTER']);
  });

  it('a node that is built anew has none of its sets and protected ports', () => {
    const { simulation, layer, ue, pcscf, install, send } = simulated();
    install();
    pcscf.environment.ipsec!.open('192.0.2.1', [5060], () => undefined);
    layer.environmentFor('pcscf1', simulation.environmentFor('pcscf1'));
    send(ue, 5070, at('192.0.2.1', 5064), 'plain');
    send(ue, 5070, at('192.0.2.1', 5060), 'plain');
    expect(pcscf.received).toEqual(['5070 5064 plain', '5070 5060 plain']);
  });
});

it('AKA-41: new SPIs are 256 or more and none that is taken', () => {
  const simulation = createSimulation({ seed: 4 });
  const draws = [255, 1001, 0, 1001, 4_294_967_295];
  const inner = simulation.environmentFor('ue1');
  const random = { ...inner.random, stream: () => ({ ...inner.random, uint32: () => draws.shift()! }) };
  const { ipsec } = new IpsecLayer().environmentFor('ue1', { ...inner, random } as unknown as Environment);
  expect(ipsec!.newSpi('192.0.2.10')).toBe(1001);
  ipsec!.install(sampleSet());
  expect(ipsec!.newSpi('192.0.2.10')).toBe(4_294_967_295);
});

describe('on sockets', () => {
  const [ueAddress, pcscfAddress] = ['127.45.0.10', '127.45.0.1'] as const;

  /** Each of the two has a process of its own, as far as network and trace go. */
  async function apart(addresses: readonly [string, string], work: (setup: RealSetup) => Promise<void>): Promise<void> {
    const set = sampleSet({ addresses });
    const worlds = [createRealEnvironment(), createRealEnvironment()];
    const layers = [new IpsecLayer(), new IpsecLayer()];
    const [seen, notes] = [[] as Packet[], new Records()];
    const nodes = worlds.map((world, index) => {
      world.trace = notes;
      world.network.tap(layers[index]!.before((packet) => seen.push(packet)));
      return layers[index]!.environmentFor('node', world.environmentFor('node'));
    });
    try {
      await work({ ue: nodes[0]!, pcscf: nodes[1]!, set, seen, notes });
    } finally {
      for (const world of worlds) await world.close();
    }
  }

  interface RealSetup {
    readonly ue: Environment;
    readonly pcscf: Environment;
    readonly set: ReturnType<typeof sampleSet>;
    readonly seen: readonly Packet[];
    readonly notes: Records;
  }

  const opened = (environment: Environment, address: string) =>
    new Promise<string | undefined>((resolve) =>
      environment.ipsec!.open(address, [], (failure) => resolve(failure?.code)),
    );

  it('carries both ways between two processes, and both captures show the clear message with its carrier', () =>
    apart([ueAddress, pcscfAddress], async ({ ue, pcscf, set, seen, notes }) => {
      expect(await opened(ue, ueAddress)).toBeUndefined();
      expect(await opened(pcscf, pcscfAddress)).toBeUndefined();
      ue.ipsec!.install(set);
      pcscf.ipsec!.install(mirrored(set));
      const texts = await new Promise<string[]>((resolve) => {
        const arrived: string[] = [];
        const answer = pcscf.network.bindDatagram(at(pcscfAddress, 5062), { onDatagram() {}, onError() {} });
        pcscf.network.bindDatagram(at(pcscfAddress, 5064), {
          onDatagram: (bytes, from) => {
            arrived.push(`${bytes} from ${from.port}`);
            answer.send(Buffer.from('200'), at(ueAddress, 31_001));
          },
          onListening: () => {
            const socket = ue.network.bindDatagram(at(ueAddress, 31_000), { onDatagram() {}, onError() {} });
            socket.send(Buffer.from('REGISTER'), at(pcscfAddress, 5064)); // before it is bound
            setImmediate(() => socket.send(Buffer.from('REGISTER'), at(pcscfAddress, 5064)));
          },
          onError: (code) => resolve([code]),
        });
        ue.network.bindDatagram(at(ueAddress, 31_001), {
          onDatagram: (bytes, from) => resolve([...arrived, `${bytes} from ${from.port}`]),
          onError: (code) => resolve([code]),
        });
      });
      expect(texts.at(-1)).toBe('200 from 5062');
      expect(texts[0]).toBe('REGISTER from 31000');
      expect(notes.texts).toEqual([]);
      expect(seen.every(isEsp)).toBe(true);
      expect(seen.filter(({ bytes }) => bytes.toString() === 'REGISTER').length).toBeGreaterThanOrEqual(2);
    }));

  it('a port 4500 that is taken is a failure with its errno, once; it is tried anew when it is wanted again', () =>
    apart(['127.45.0.11', '127.45.0.11'], async ({ ue, pcscf, notes }) => {
      expect(await opened(ue, '127.45.0.11')).toBeUndefined();
      expect(await opened(pcscf, '127.45.0.11')).toBe('EADDRINUSE');
      expect(await opened(pcscf, '127.45.0.11')).toBe('EADDRINUSE');
      expect(notes.texts[0]).toBe(
        'UDP port 4500 of 127.45.0.11 cannot be bound (EADDRINUSE), so no ESP is carried there',
      );
    }));
});

it('nodes that share one address share its port 4500', () => {
  const { ue, pcscf, install, send, records } = simulated({ addresses: ['192.0.2.1', '192.0.2.1'] });
  install();
  send(ue, 31_000, at('192.0.2.1', 5064), 'REGISTER');
  send(pcscf, 5062, at('192.0.2.1', 31_001), '200');
  expect(pcscf.received).toEqual(['31000 5064 REGISTER']);
  expect(ue.received).toEqual(['5062 31001 200']);
  expect(records.packets.every(isEsp)).toBe(true);
});
