import type { Endpoint, Packet } from '../../src/environment/index.js';
import { Capture } from '../../src/trace/capture.js';
import { NodeTable } from '../../src/trace/node-table.js';
import { type IpPacket, readIpPacket, readPcapng } from './pcapng-reader.js';

const FIN = 1;
const SYN = 2;
const PSH = 8;
const ACK = 16;
const NONE = Buffer.alloc(0);
const nodes = new NodeTable([
  { name: 'ue1', addresses: ['127.0.2.1', '2001:db8::1'] },
  { name: 'pcscf1', addresses: ['127.0.1.1', '2001:db8::2'] },
]);
const client: Endpoint = { address: '127.0.2.1', port: 40_000 };
const server: Endpoint = { address: '127.0.1.1', port: 5060 };

function capture(): { file: () => Buffer; write: (packet: Partial<Packet>, comment?: string) => void } {
  const pieces: Buffer[] = [];
  const written = new Capture((bytes) => pieces.push(bytes), nodes);
  const base: Packet = {
    time: 1_700_000_000_000.5,
    protocol: 'tcp',
    from: client,
    to: server,
    kind: 'data',
    bytes: NONE,
  };
  return {
    file: () => Buffer.concat(pieces),
    write: (packet, comment) => written.write({ ...base, ...packet }, comment),
  };
}

function segments(file: Buffer): IpPacket[] {
  return readPcapng(file).packets.map((packet) => readIpPacket(packet.bytes));
}

/** The octets one side sent, put together by sequence numbers alone; throws at a hole. */
function stream(packets: readonly IpPacket[], from: Endpoint): Buffer {
  const own = packets.filter((packet) => packet.sourcePort === from.port);
  const start = (own.find((packet) => packet.flags & SYN)!.sequence + 1) >>> 0;
  let length = 0;
  const pieces: Buffer[] = [];
  for (const packet of own) {
    if (packet.payload.length === 0) continue;
    expect((packet.sequence - start) >>> 0).toBe(length);
    pieces.push(packet.payload);
    length += packet.payload.length;
  }
  return Buffer.concat(pieces);
}

describe('capture', () => {
  it('writes a section, one raw interface a link with microseconds, and comments', () => {
    const { file, write } = capture();
    write({ protocol: 'udp', bytes: Buffer.from('hello') }, 'message 1: OPTIONS, ue1 to pcscf1, sent in ue1 – idle');
    write({ protocol: 'udp', from: server, to: client, bytes: Buffer.from('world') });
    const { application, interfaces, packets } = readPcapng(file());
    expect(application).toBe('imslab');
    expect(interfaces).toEqual([{ linkType: 101, name: 'ue1–pcscf1', timeResolution: 6 }]);
    expect(packets.map((packet) => packet.time)).toEqual([1_700_000_000_000_500n, 1_700_000_000_000_500n]);
    expect(packets.map((packet) => packet.comment)).toEqual([
      'message 1: OPTIONS, ue1 to pcscf1, sent in ue1 – idle',
      undefined,
    ]);
    expect(readIpPacket(packets[1]!.bytes).payload.toString()).toBe('world');
  });

  it('is a complete file after any packet', () => {
    const { file, write } = capture();
    for (const kind of ['open', 'data', 'close'] as const) {
      write({ kind, bytes: kind === 'data' ? Buffer.alloc(5000, 1) : NONE }, 'x');
      expect(() => readPcapng(file())).not.toThrow();
    }
  });

  it('RFC 9293 3.5: shows hand-shake and end of a connection', () => {
    const { file, write } = capture();
    write({ kind: 'open' });
    write({ bytes: Buffer.from('ping') });
    write({ from: server, to: client, bytes: Buffer.from('pong!') });
    write({ kind: 'close', from: server, to: client });
    const packets = segments(file());
    expect(packets.map((packet) => packet.flags)).toEqual([
      ...[SYN, SYN | ACK, ACK],
      ...[PSH | ACK, PSH | ACK],
      ...[FIN | ACK, FIN | ACK, ACK],
    ]);
    expect(packets.every((packet) => packet.checksumsHold)).toBe(true);
    const [syn, synAck, ack, ping, pong, fin, answeringFin, last] = packets as [
      ...[IpPacket, IpPacket, IpPacket, IpPacket],
      ...[IpPacket, IpPacket, IpPacket, IpPacket],
    ];
    expect(synAck.acknowledgement).toBe(syn.sequence + 1);
    expect(ack.acknowledgement).toBe((synAck.sequence + 1) >>> 0);
    expect(ping.sequence).toBe(syn.sequence + 1);
    expect(pong.acknowledgement).toBe(ping.sequence + 4);
    expect(fin.sequence).toBe((pong.sequence + 5) >>> 0);
    expect(answeringFin.acknowledgement).toBe((fin.sequence + 1) >>> 0);
    expect(last.acknowledgement).toBe((answeringFin.sequence + 1) >>> 0);
  });

  it('RFC 9293 3.7.1: splits large writes into segments of 1460 octets, and the stream stays whole', () => {
    const { file, write } = capture();
    const large = Buffer.from(Array.from({ length: 100_001 }, (_, index) => index % 251));
    write({ kind: 'open' });
    write({ bytes: large }, 'large');
    const { packets: captured } = readPcapng(file());
    const packets = segments(file());
    expect(Math.max(...packets.map((packet) => packet.payload.length))).toBe(1460);
    expect(stream(packets, client).equals(large)).toBe(true);
    expect(packets.every((packet) => packet.checksumsHold)).toBe(true);
    expect(captured.filter((packet) => packet.comment === 'large')).toHaveLength(1);
    expect(packets.filter((packet) => packet.flags & PSH)).toHaveLength(1);
  });

  it('never has more open octets than the announced window', () => {
    const { file, write } = capture();
    write({ kind: 'open' });
    for (let index = 0; index < 10; index += 1) write({ bytes: Buffer.alloc(40_000) });
    let acknowledged = 0;
    for (const packet of segments(file())) {
      if (packet.sourcePort === server.port) acknowledged = packet.acknowledgement;
      else if (packet.payload.length > 0) {
        expect((packet.sequence + packet.payload.length - acknowledged) >>> 0).toBeLessThan(65_535);
      }
    }
  });

  it('gives a connection that it did not see open a hand-shake, from the higher port', () => {
    const { file, write } = capture();
    write({ from: server, to: client, bytes: Buffer.from('late') });
    const packets = segments(file());
    expect(packets.map((packet) => [packet.sourcePort, packet.flags])).toEqual([
      [40_000, SYN],
      [5060, SYN | ACK],
      [40_000, ACK],
      [5060, PSH | ACK],
    ]);
  });

  it('carries the largest datagram, and IPv6', () => {
    const { file, write } = capture();
    write({ protocol: 'udp', bytes: Buffer.alloc(65_507, 7) });
    const [from, to] = [
      { address: '2001:db8::1', port: 5060 },
      { address: '2001:db8::2', port: 5060 },
    ];
    write({ protocol: 'udp', from, to, bytes: Buffer.from('six') });
    const [large, six] = segments(file());
    expect(large!.payload).toHaveLength(65_507);
    expect([six!.version, six!.destination, six!.checksumsHold]).toEqual([6, `20010db8${'0'.repeat(23)}2`, true]);
    expect(readPcapng(file()).interfaces).toHaveLength(1);
  });
});
