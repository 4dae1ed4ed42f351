/** A translator between a node and the network. RFC 3022 2.2, RFC 4787 4, 5; AKA-56. */
import type { Endpoint } from '../../src/environment/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import { natEnvironment } from '../../src/nat/index.js';

const server = { address: '192.0.2.1', port: 5060 };
const own = { address: '10.0.0.1', port: 5060 };
const translator = '203.0.113.1';

function scene(mappingMs = 30_000) {
  const simulation = createSimulation({ seed: 1 });
  const mapped: Endpoint[] = [];
  const late: Endpoint[] = [];
  const { network } = natEnvironment(
    simulation.environmentFor('ue'),
    { address: translator, mappingMs },
    { onMapped: (each) => mapped.push(each), onLate: (each) => late.push(each) },
  );
  const arrived: Endpoint[] = [];
  const inside: string[] = [];
  const outside = simulation.network.bindDatagram(server, {
    onDatagram: (_, from) => arrived.push(from),
    onError: (code) => inside.push(code),
  });
  const socket = network.bindDatagram(own, {
    onListening: (local) => inside.push(`${local.address}:${local.port}`),
    onDatagram: (bytes, from) => inside.push(`${bytes.toString()} from ${from.address}`),
    onError: (code) => inside.push(code),
  });
  const run = (forMs = 100): void => {
    simulation.run({ forMs });
  };
  run();
  return { simulation, network, mapped, late, arrived, inside, outside, socket, run };
}

describe('datagrams', () => {
  it('AKA-56 / RFC 3022 2.2: the node keeps its address, the network sees the other one, and answers come back', () => {
    const { mapped, arrived, inside, outside, socket, run } = scene();
    socket.send(Buffer.from('a'), server);
    run();
    expect(arrived).toEqual(mapped);
    expect(mapped[0]?.address).toBe(translator);
    outside.send(Buffer.from('b'), arrived[0]!);
    run();
    expect(socket.local).toEqual(own);
    expect(inside).toEqual(['10.0.0.1:5060', 'b from 192.0.2.1']);
  });

  it('RFC 4787 REQ-1: one port for all destinations; REQ-8: from nobody who has not been sent to', () => {
    const { simulation, mapped, arrived, inside, socket, run } = scene();
    const others: Endpoint[] = [];
    const handlers = { onDatagram: (_: Buffer, from: Endpoint) => others.push(from), onError: () => {} };
    const other = simulation.network.bindDatagram({ address: '192.0.2.2', port: 5060 }, handlers);
    socket.send(Buffer.from('a'), server);
    run();
    other.send(Buffer.from('uninvited'), arrived[0]!);
    run();
    socket.send(Buffer.from('a'), other.local);
    run();
    other.send(Buffer.from('invited'), others[0]!);
    run();
    expect(others).toEqual(arrived);
    expect(mapped).toHaveLength(1);
    expect(inside.slice(1)).toEqual(['invited from 192.0.2.2']);
  });

  it('RFC 4787 4.3: the mapping lives as long as something comes from inside, and the next one has another port', () => {
    const { mapped, late, arrived, inside, outside, socket, run } = scene();
    for (let count = 0; count < 3; count++) {
      socket.send(Buffer.from('a'), server);
      run(20_000);
    }
    outside.send(Buffer.from('in time'), arrived[0]!);
    run(20_000);
    outside.send(Buffer.from('too late'), arrived[0]!);
    outside.send(Buffer.from('once more'), arrived[0]!);
    run();
    expect(late).toEqual([mapped[0]]); // told once
    expect(inside.slice(1)).toEqual(['in time from 192.0.2.1']);
    expect(mapped).toHaveLength(1);
    socket.send(Buffer.from('a'), server);
    run();
    expect(mapped).toHaveLength(2);
    expect(arrived.at(-1)).toEqual(mapped[1]);
    expect(mapped[1]!.port).not.toBe(mapped[0]!.port);
  });

  it('a closed socket leaves nothing', () => {
    const { simulation, arrived, socket, run } = scene();
    socket.send(Buffer.from('a'), server);
    run();
    socket.close();
    socket.send(Buffer.from('a'), server);
    expect(simulation.run().reason).toBe('idle');
    expect(arrived).toHaveLength(1);
  });
});

describe('streams', () => {
  it('go out from the other address, and nobody comes in', () => {
    const { simulation, network, mapped, run } = scene();
    const seen: string[] = [];
    simulation.network.listenStream(server, {
      onConnection: (connection) => {
        seen.push(`from ${connection.remote.address}`);
        return { onOpen: () => {}, onData: (bytes) => connection.write(bytes), onClose: () => {} };
      },
      onError: () => {},
    });
    const connection = network.connectStream({ address: own.address, port: 0 }, server, {
      onOpen: () => seen.push('open'),
      onData: (bytes) => seen.push(bytes.toString()),
      onClose: () => seen.push('closed'),
    });
    connection.write(Buffer.from('echo'));
    run();
    expect(seen).toEqual(['open', `from ${translator}`, 'echo']);
    expect(connection.local).toEqual({ address: own.address, port: mapped[0]!.port });
    network.listenStream(own, {
      onConnection: () => {
        throw new Error('nobody can');
      },
      onError: () => {},
    });
    simulation.network.connectStream(
      { address: '192.0.2.1', port: 0 },
      { address: translator, port: 5060 },
      {
        onOpen: () => {},
        onData: () => {},
        onClose: (code) => seen.push(String(code)),
      },
    );
    run();
    expect(seen.at(-1)).toBe('ECONNREFUSED');
  });
});
