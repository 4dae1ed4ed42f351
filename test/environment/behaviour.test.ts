import { networkInterfaces } from 'node:os';
import type { DatagramSocket, Endpoint, Packet, StreamListener } from '../../src/environment/index.js';
import { type Family, families, type Lab, realLab, StreamRecorder, simulatedLab } from './lab.js';

const text = (value: string): Buffer => Buffer.from(value, 'latin1');

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
if (!hasIpv6) process.stdout.write('skipped: real sockets over IPv6, as this machine has no ::1\n');

const labs = [
  { kind: 'simulated', open: simulatedLab, families },
  { kind: 'real', open: realLab, families: families.filter(({ name }) => hasIpv6 || name === 'IPv4') },
];

const cases = labs.flatMap(({ kind, open, families }) =>
  families.map((family) => ({ open, family, name: `${kind}, ${family.name}` })),
);

describe.each(cases)('environment: $name', ({ open, family }) => {
  let lab: Lab;
  let packets: Packet[];

  beforeEach(() => {
    lab = open();
    packets = [];
    lab.network.tap((packet) => packets.push({ ...packet, bytes: Buffer.from(packet.bytes) }));
  });
  afterEach(() => lab.close());

  describe('clock', () => {
    it('fires a timer once, later, and not before its time', async () => {
      const start = lab.clock.now();
      const fired: number[] = [];
      lab.clock.setTimer(5, () => fired.push(lab.clock.now()));
      expect(fired).toEqual([]);
      await lab.until(() => fired.length > 0);
      expect(fired[0]! - start).toBeGreaterThanOrEqual(5);
      await lab.settle();
      expect(fired).toHaveLength(1);
    });

    it('never fires a timer of 0 ms synchronously', async () => {
      let fired = false;
      lab.clock.setTimer(0, () => {
        fired = true;
      });
      expect(fired).toBe(false);
      await lab.until(() => fired);
    });

    it('fires in order of time, then of setting', async () => {
      const fired: string[] = [];
      lab.clock.setTimer(20, () => fired.push('c'));
      lab.clock.setTimer(10, () => fired.push('a'));
      lab.clock.setTimer(10, () => fired.push('b'));
      await lab.until(() => fired.length === 3);
      expect(fired).toEqual(['a', 'b', 'c']);
    });

    it('does not fire a cancelled timer, and cancelling twice or after firing is harmless', async () => {
      const fired: string[] = [];
      const cancelled = lab.clock.setTimer(5, () => fired.push('cancelled'));
      const other = lab.clock.setTimer(5, () => fired.push('other'));
      cancelled.cancel();
      cancelled.cancel();
      await lab.until(() => fired.length > 0);
      await lab.settle();
      other.cancel();
      expect(fired).toEqual(['other']);
    });

    it('lets one timer cancel another that is due at the same time', async () => {
      const fired: string[] = [];
      lab.clock.setTimer(5, () => {
        fired.push('first');
        second.cancel();
      });
      const second = lab.clock.setTimer(5, () => fired.push('second'));
      await lab.until(() => fired.length > 0);
      await lab.settle();
      expect(fired).toEqual(['first']);
    });

    it('never goes back', async () => {
      let last = 0;
      for (let step = 0; step < 5; step++) {
        const now = lab.clock.now();
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
        let fired = false;
        lab.clock.setTimer(1, () => {
          fired = true;
        });
        await lab.until(() => fired);
      }
    });
  });

  describe('random', () => {
    it('gives octets, integers and fractions in their ranges', () => {
      const { random } = lab.environmentFor('node');
      expect(random.bytes(33)).toHaveLength(33);
      for (let draw = 0; draw < 1000; draw++) {
        const fraction = random.fraction();
        expect(fraction >= 0 && fraction < 1).toBe(true);
        const integer = random.uint32();
        expect(Number.isInteger(integer) && integer >= 0 && integer <= 0xffffffff).toBe(true);
      }
    });

    it('gives the caller a buffer of its own', () => {
      const { random } = lab.environmentFor('node');
      const first = random.bytes(16);
      const copy = Buffer.from(first);
      for (let draw = 0; draw < 5000; draw++) random.bytes(16).fill(0);
      expect(first).toEqual(copy);
    });

    it('has streams by name', () => {
      const { random } = lab.environmentFor('node');
      expect(random.stream('a').bytes(16)).not.toEqual(random.stream('b').bytes(16));
      expect(random.stream('a').bytes(16)).not.toEqual(random.stream('a').bytes(16));
    });
  });

  describe('datagrams', () => {
    it('carries octets both ways and tells who sent them', async () => {
      const [one, other] = await bindPair(lab, family);
      one.socket.send(text('hello'), other.socket.local);
      await lab.until(() => other.received.length === 1);
      expect(other.received).toEqual([{ text: 'hello', from: one.socket.local }]);
      other.socket.send(text('back'), other.received[0]!.from);
      await lab.until(() => one.received.length === 1);
      expect(one.received).toEqual([{ text: 'back', from: other.socket.local }]);
    });

    it('does not deliver synchronously and keeps the order', async () => {
      const [one, other] = await bindPair(lab, family);
      for (let count = 0; count < 20; count++) one.socket.send(text(`${count}`), other.socket.local);
      expect(other.received).toEqual([]);
      await lab.until(() => other.received.length === 20);
      expect(other.received.map((datagram) => datagram.text)).toEqual([...Array(20).keys()].map(String));
    });

    it('shows the sender each datagram once at the tap, with its own endpoint', async () => {
      const [one, other] = await bindPair(lab, family);
      one.socket.send(text('hello'), other.socket.local);
      await lab.until(() => other.received.length === 1);
      await lab.settle();
      expect(packets).toMatchObject([
        { protocol: 'udp', kind: 'data', from: one.socket.local, to: other.socket.local, bytes: text('hello') },
      ]);
    });

    it('reports EADDRINUSE to the second that binds a port', async () => {
      const [one] = await bindPair(lab, family);
      const errors: string[] = [];
      const second = lab.network.bindDatagram(one.socket.local, {
        onDatagram: () => undefined,
        onError: (code) => errors.push(code),
      });
      expect(errors).toEqual([]);
      await lab.until(() => errors.length > 0);
      expect(errors).toEqual(['EADDRINUSE']);
      second.send(text('lost'), one.socket.local);
      second.close();
    });

    it('reports EADDRNOTAVAIL for an address that is not here, ENOTFOUND for what is no address', async () => {
      const errors: string[] = [];
      const handlers = { onDatagram: () => undefined, onError: (code: string) => errors.push(code) };
      lab.network.bindDatagram({ address: family.foreign, port: 0 }, handlers);
      await lab.until(() => errors.length === 1);
      lab.network.bindDatagram({ address: 'pcscf.example', port: 0 }, handlers);
      await lab.until(() => errors.length === 2);
      expect(errors).toEqual(['EADDRNOTAVAIL', 'ENOTFOUND']);
    });

    it('survives sending to nobody, to no address, to the other family, too much, and after close', async () => {
      const [one, other] = await bindPair(lab, family);
      const gone = other.socket.local;
      other.socket.close();
      for (let count = 0; count < 3; count++) {
        one.socket.send(text('to nobody'), gone);
        await lab.settle();
      }
      packets = [];
      one.socket.send(text('x'), { address: 'pcscf.example', port: 5060 });
      one.socket.send(text('x'), { address: '', port: 5060 });
      one.socket.send(text('x'), { address: family.name === 'IPv4' ? '::1' : '127.0.0.1', port: 5060 });
      one.socket.send(text('x'), { address: family.other, port: 70_000 });
      one.socket.send(text('x'), { address: family.other, port: 0 });
      one.socket.send(Buffer.alloc(70_000), gone);
      await lab.settle();
      expect(packets).toEqual([]);
      one.socket.close();
      one.socket.close();
      one.socket.send(text('x'), gone);
      await lab.settle();
      expect([...one.errors, ...other.errors]).toEqual([]);
    });

    it('frees the port on close', async () => {
      const [one] = await bindPair(lab, family);
      one.socket.close();
      await lab.settle();
      const again = await bind(lab, one.socket.local);
      expect(again.socket.local).toEqual(one.socket.local);
    });
  });

  describe('streams', () => {
    it('opens on both sides, carries octets in order both ways, and ends on both sides', async () => {
      const server = await listen(lab, family.other);
      const client = connect(lab, family.one, server.listener.local);
      expect(client.opened).toBe(0);
      await lab.until(() => client.opened === 1 && server.accepted.length === 1);
      for (let count = 0; count < 100; count++) client.connection!.write(text(`${count},`));
      const [accepted] = server.accepted;
      await lab.until(() => accepted!.text.endsWith('99,'));
      expect(accepted!.text).toBe(`${[...Array(100).keys()].join(',')},`);
      expect(accepted!.opened).toBe(1);
      expect(accepted!.connection!.remote).toEqual(client.connection!.local);
      expect(accepted!.connection!.local).toEqual(client.connection!.remote);
      accepted!.connection!.write(text('answer'));
      await lab.until(() => client.text === 'answer');
      client.connection!.close();
      await lab.until(() => client.closes.length > 0 && accepted!.closes.length > 0);
      expect([client.closes, accepted!.closes]).toEqual([[undefined], [undefined]]);
    });

    it('keeps what is written before the connection is open, also when closed at once', async () => {
      const server = await listen(lab, family.other);
      const client = connect(lab, family.one, server.listener.local);
      client.connection!.write(text('early '));
      client.connection!.write(text('bird'));
      client.connection!.close();
      await lab.until(() => client.closes.length > 0 && server.accepted[0]?.closes.length === 1);
      expect(server.accepted[0]!.text).toBe('early bird');
      expect(client.closes).toEqual([undefined]);
    });

    it('sends what was written before close from the accepting side', async () => {
      const server = await listen(lab, family.other);
      const client = connect(lab, family.one, server.listener.local);
      await lab.until(() => server.accepted[0]?.opened === 1);
      server.accepted[0]!.connection!.write(text('last words'));
      server.accepted[0]!.connection!.close();
      await lab.until(() => client.closes.length > 0 && server.accepted[0]!.closes.length > 0);
      expect(client.text).toBe('last words');
      expect([client.closes, server.accepted[0]!.closes]).toEqual([[undefined], [undefined]]);
    });

    it('RFC 9293 3.6: writes on after the end of the peer where somebody wants to hear of it, until it closes', async () => {
      const server = await listen(lab, family.other);
      const client = connect(lab, family.one, server.listener.local);
      await lab.until(() => server.accepted[0]?.opened === 1);
      const accepted = server.accepted[0]!;
      let ended = 0;
      Object.assign(accepted, {
        onEnd: () => {
          ended++;
        },
      });
      client.connection!.write(text('question'));
      client.connection!.close();
      await lab.until(() => ended === 1);
      expect([accepted.text, accepted.closes, client.closes]).toEqual(['question', [], []]);
      accepted.connection!.write(text('answer'));
      await lab.until(() => client.text === 'answer');
      await lab.settle();
      expect([ended, accepted.closes, client.closes]).toEqual([1, [], []]);
      accepted.connection!.close();
      await lab.until(() => client.closes.length > 0 && accepted.closes.length > 0);
      expect([client.closes, accepted.closes]).toEqual([[undefined], [undefined]]);
      const kinds = packets.filter(({ protocol }) => protocol === 'tcp').map(({ kind }) => kind);
      expect(kinds).toEqual(['open', 'data', 'data', 'close']);
    });

    it('tells ECONNREFUSED when nobody listens', async () => {
      const server = await listen(lab, family.other);
      server.listener.close();
      await lab.settle();
      const client = connect(lab, family.one, server.listener.local);
      expect(client.closes).toEqual([]);
      await lab.until(() => client.closes.length > 0);
      expect(client).toMatchObject({ opened: 0, closes: ['ECONNREFUSED'] });
      expect(packets).toEqual([]);
    });

    it('resets the peer on destroy', async () => {
      const server = await listen(lab, family.other);
      const client = connect(lab, family.one, server.listener.local);
      await lab.until(() => server.accepted[0]?.opened === 1 && client.opened === 1);
      client.connection!.destroy();
      client.connection!.destroy();
      expect(client.closes).toEqual([]);
      await lab.until(() => client.closes.length > 0 && server.accepted[0]!.closes.length > 0);
      expect([client.closes, server.accepted[0]!.closes]).toEqual([[undefined], ['ECONNRESET']]);
    });

    it('ends once when destroyed before it is open', async () => {
      const server = await listen(lab, family.other);
      const client = connect(lab, family.one, server.listener.local);
      client.connection!.destroy();
      await lab.until(() => client.closes.length > 0);
      await lab.settle();
      expect(client).toMatchObject({ opened: 0, closes: [undefined] });
    });

    it('ignores writes after the end', async () => {
      const server = await listen(lab, family.other);
      const client = connect(lab, family.one, server.listener.local);
      await lab.until(() => server.accepted[0]?.opened === 1 && client.opened === 1);
      client.connection!.close();
      client.connection!.write(text('late'));
      await lab.until(() => client.closes.length > 0 && server.accepted[0]!.closes.length > 0);
      client.connection!.write(text('later'));
      client.connection!.close();
      client.connection!.destroy();
      await lab.settle();
      expect(server.accepted[0]!.text).toBe('');
      expect(client.closes).toEqual([undefined]);
    });

    it('leaves open connections when the listener closes', async () => {
      const server = await listen(lab, family.other);
      const client = connect(lab, family.one, server.listener.local);
      await lab.until(() => server.accepted[0]?.opened === 1);
      server.listener.close();
      client.connection!.write(text('still here'));
      await lab.until(() => server.accepted[0]!.text === 'still here');
      client.connection!.destroy();
      await lab.until(() => server.accepted[0]!.closes.length > 0);
    });

    it('reports EADDRINUSE to the second that listens, EADDRNOTAVAIL where the address is not here', async () => {
      const server = await listen(lab, family.other);
      const errors: string[] = [];
      const handlers = { onConnection: () => new StreamRecorder(), onError: (code: string) => errors.push(code) };
      lab.network.listenStream(server.listener.local, handlers);
      await lab.until(() => errors.length === 1);
      lab.network.listenStream({ address: family.foreign, port: 0 }, handlers);
      await lab.until(() => errors.length === 2);
      expect(errors).toEqual(['EADDRINUSE', 'EADDRNOTAVAIL']);
    });

    it('tells EINVAL when connecting to the other family or to no port, ENOTFOUND from no address', async () => {
      const clients = [
        connect(lab, family.one, { address: family.name === 'IPv4' ? '::1' : '127.0.0.1', port: 5060 }),
        connect(lab, family.one, { address: family.other, port: 70_000 }),
        connect(lab, 'ue1', { address: family.other, port: 5060 }),
      ];
      await lab.until(() => clients.every(({ closes }) => closes.length > 0));
      expect(clients.map(({ closes }) => closes)).toEqual([['EINVAL'], ['EINVAL'], ['ENOTFOUND']]);
    });

    it('tells EADDRNOTAVAIL when connecting from an address that is not here', async () => {
      const server = await listen(lab, family.other);
      const client = connect(lab, family.foreign, server.listener.local);
      await lab.until(() => client.closes.length > 0);
      expect(client).toMatchObject({ opened: 0, closes: ['EADDRNOTAVAIL'] });
    });

    it('shows the tap one open, each write as one packet, and one close, in order', async () => {
      const server = await listen(lab, family.other);
      const client = connect(lab, family.one, server.listener.local);
      client.connection!.write(text('a'));
      client.connection!.write(text('b'));
      await lab.until(() => server.accepted[0]?.text === 'ab');
      server.accepted[0]!.connection!.write(text('c'));
      await lab.until(() => client.text === 'c');
      server.accepted[0]!.connection!.close();
      await lab.until(() => client.closes.length > 0 && server.accepted[0]!.closes.length > 0);
      const forward = { protocol: 'tcp', from: client.connection!.local, to: server.listener.local };
      const back = { protocol: 'tcp', from: server.listener.local, to: client.connection!.local };
      expect(packets).toMatchObject([
        { ...forward, kind: 'open', bytes: text('') },
        { ...forward, kind: 'data', bytes: text('a') },
        { ...forward, kind: 'data', bytes: text('b') },
        { ...back, kind: 'data', bytes: text('c') },
        { ...back, kind: 'close', bytes: text('') },
      ]);
      expect(packets).toHaveLength(5);
    });

    it('carries a large write whole', async () => {
      const server = await listen(lab, family.other);
      const client = connect(lab, family.one, server.listener.local);
      const large = Buffer.alloc(1_000_000, 'abcdefghij');
      client.connection!.write(large);
      client.connection!.close();
      await lab.until(() => server.accepted[0]?.closes.length === 1);
      expect(server.accepted[0]!.text === large.toString('latin1')).toBe(true);
    });
  });
});

interface BoundSocket {
  readonly socket: DatagramSocket;
  readonly received: { readonly text: string; readonly from: Endpoint }[];
  readonly errors: string[];
}

async function bind(lab: Lab, local: Endpoint): Promise<BoundSocket> {
  const received: BoundSocket['received'] = [];
  const errors: string[] = [];
  let listening: Endpoint | undefined;
  const socket = lab.network.bindDatagram(local, {
    onListening: (bound) => {
      listening = bound;
    },
    onDatagram: (bytes, from) => received.push({ text: bytes.toString('latin1'), from: { ...from } }),
    onError: (code) => errors.push(code),
  });
  expect(listening).toBeUndefined();
  await lab.until(() => listening !== undefined);
  expect(socket.local).toEqual(listening);
  expect(listening!.port).toBeGreaterThan(0);
  return { socket, received, errors };
}

async function bindPair(lab: Lab, { one, other }: Family): Promise<[BoundSocket, BoundSocket]> {
  return [await bind(lab, { address: one, port: 0 }), await bind(lab, { address: other, port: 0 })];
}

async function listen(lab: Lab, address: string): Promise<{ listener: StreamListener; accepted: StreamRecorder[] }> {
  const accepted: StreamRecorder[] = [];
  let listening: Endpoint | undefined;
  const listener = lab.network.listenStream(
    { address, port: 0 },
    {
      onListening: (bound) => {
        listening = bound;
      },
      onConnection: (connection) => {
        const recorder = new StreamRecorder();
        recorder.connection = connection;
        accepted.push(recorder);
        return recorder;
      },
      onError: (code) => {
        throw new Error(code);
      },
    },
  );
  expect(listening).toBeUndefined();
  await lab.until(() => listening !== undefined);
  expect(listener.local).toEqual(listening);
  return { listener, accepted };
}

function connect(lab: Lab, from: string, to: Endpoint): StreamRecorder {
  const recorder = new StreamRecorder();
  recorder.connection = lab.network.connectStream({ address: from, port: 0 }, to, recorder);
  return recorder;
}
