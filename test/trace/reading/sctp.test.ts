import fc from 'fast-check';
import { type CapturedMessages, readCapturedMessages } from '../../../src/trace/reading/captured-messages.js';
import { SctpFragments } from '../../../src/trace/reading/sctp-fragments.js';
import { SequenceRanges } from '../../../src/trace/reading/sequence-ranges.js';
import {
  ipv4,
  ipv6,
  longs,
  pcap,
  SCTP,
  sctp,
  sctpChunk,
  sctpData,
  shorts,
  source,
  TCP,
  tcp,
  UDP,
  udp,
} from './packets.js';

/** RFC 6733 3: a request of an unknown command, with this Hop-by-Hop identifier and so many octets of AVPs. */
function diameter(hopByHop: number, length = 64): Buffer {
  const header = Buffer.concat([longs(0x0100_0000 + 20 + length), longs(0x8000_0000 + 999, 0, hopByHop, hopByHop)]);
  return Buffer.concat([header, Buffer.alloc(length, hopByHop)]);
}

const raw = { linkType: 101 };
const TAG = 0x1234abcd;
const BACK = 0x77665544;
const second = Buffer.of(203, 0, 113, 1);
const secondPeer = Buffer.of(203, 0, 113, 2);

function read(packets: readonly Buffer[]): CapturedMessages {
  return readCapturedMessages([pcap(packets, raw)], '')!;
}

function octetsOf(packets: readonly Buffer[]): readonly Buffer[] {
  return read(packets).messages.map(({ octets }) => octets);
}

/** A packet with one chunk. */
function packet(chunk: Buffer, tag = TAG): Buffer {
  return ipv4(SCTP, sctp(tag, [chunk]));
}

/** In fragments of `size` octets. */
function fragments(message: Buffer, tsn: number, size: number, chunk: { sequence?: number } = {}): Buffer[] {
  const count = Math.ceil(message.length / size);
  return Array.from({ length: count }, (_, index) =>
    sctpData(message.subarray(index * size, (index + 1) * size), {
      ...chunk,
      tsn: tsn + index,
      isFirst: index === 0,
      isLast: index === count - 1,
    }),
  );
}

const [first, other, third] = [diameter(1), diameter(2, 3_000), diameter(3, 8)] as const;

describe('SCTP (RFC 9260)', () => {
  it('3.3.1: each message of a packet, ordered and unordered, of several streams', () => {
    const chunks = [
      sctpData(first, { tsn: 10 }),
      sctpChunk(3, 0, Buffer.alloc(12)),
      sctpData(other, { tsn: 11, stream: 3 }),
      sctpData(third, { tsn: 12, isUnordered: true }),
    ];
    const { messages, shortcomings } = read([ipv4(SCTP, sctp(TAG, chunks))]);
    expect(messages.map(({ octets }) => octets)).toEqual([first, other, third]);
    expect(messages[0]).toMatchObject({
      transport: 'sctp',
      frame: 1,
      isWhole: true,
      from: { address: '192.0.2.1', port: 49153 },
      to: { address: '198.51.100.1', port: 3868 },
    });
    expect(shortcomings).toEqual([]);
    expect(octetsOf([ipv6(SCTP, sctp(TAG, chunks))])).toHaveLength(3);
    expect(octetsOf([ipv4(UDP, udp(sctp(TAG, chunks), [9899, 9899]))])).toHaveLength(3); // RFC 6951 4.1
  });

  it.each([1, 4, 100, 1400])(
    '6.9: fragments of %d octets in any order, where TSNs wrap, beside another stream',
    (size) => {
      const parts = fragments(other, 0xffff_fffe, size).map((chunk) => packet(chunk));
      const beside = packet(sctpData(first, { tsn: 0xffff_fffd, stream: 1 }));
      expect(octetsOf([beside, ...parts])).toEqual([first, other]);
      expect(octetsOf([...parts.toReversed(), beside])).toEqual([other, first]);
      expect(octetsOf(parts.toSpliced(Math.floor(parts.length / 2), 1))).toEqual([]);
    },
  );

  it('6.9: two messages in fragments after one another stay two', () => {
    const parts = [...fragments(first, 5, 40), ...fragments(other, 8, 1_000, { sequence: 1 })];
    expect(octetsOf(parts.toReversed().map((chunk) => packet(chunk)))).toEqual([other, first]);
  });

  it('6.3: what is sent again, whole or a fragment of it, also over another path, is one message', () => {
    const again = packet(sctpData(first, { tsn: 1 }));
    const elsewhere = ipv4(SCTP, sctp(TAG, [sctpData(first, { tsn: 1 })]), { from: second, to: secondPeer });
    const parts = fragments(other, 2, 1_000).map((chunk) => packet(chunk));
    expect(octetsOf([again, again, elsewhere, ...parts, ...parts])).toEqual([first, other]);
  });

  it('6.4: an end with several addresses is one end, by the address it was seen at first', () => {
    const there = [
      packet(sctpData(first, { tsn: 1 })),
      ipv4(SCTP, sctp(TAG, [sctpData(third, { tsn: 2 })]), { from: second }),
    ];
    const back = ipv4(SCTP, sctp(BACK, [sctpData(other, { tsn: 7 })], [3868, 49153]), { from: secondPeer, to: second });
    const { messages } = read([...there, back]);
    expect(messages.map(({ from, to }) => `${from.address} ${to.address}`)).toEqual([
      '192.0.2.1 198.51.100.1',
      '192.0.2.1 198.51.100.1',
      '203.0.113.2 192.0.2.1',
    ]);
    // 3.3.2.1: INIT ACK names the other address of its sender before it is used.
    const parameter = Buffer.concat([shorts(5, 8), secondPeer]);
    const initAck = sctpChunk(2, 0, Buffer.concat([longs(9, 65_536), shorts(1, 1), longs(7), parameter]));
    const hello = ipv4(SCTP, sctp(BACK, [initAck], [3868, 49153]), { from: Buffer.of(198, 51, 100, 1), to: source });
    expect(read([hello, ...there, back]).messages.at(-1)).toMatchObject({ from: { address: '198.51.100.1' } });
  });

  it('a chunk that is missing is told, one of an association of something else is not', () => {
    const lossy = [1, 2, 4].map((tsn) => packet(sctpData(diameter(tsn), { tsn })));
    expect(read(lossy).messages).toHaveLength(3);
    expect(read(lossy).shortcomings).toEqual(['1 SCTP stream misses chunks']);
    const s1ap = [1, 3].map((tsn) => packet(sctpData('x'.repeat(64), { tsn, protocol: 18 })));
    expect(read(s1ap)).toEqual({ messages: [], packetCount: 2, shortcomings: [] });
  });

  it('a message of which the capture has only a part is told', () => {
    const [one, two, three] = fragments(other, 1, 1_200).map((chunk) => packet(chunk));
    const whole = packet(sctpData(first, { tsn: 4 }));
    expect(read([one!, two!, three!, whole]).shortcomings).toEqual([]);
    expect(read([two!, three!, whole]).shortcomings).toEqual(['1 SCTP stream misses chunks']);
  });

  it('RFC 6733 11.4: Diameter in the clear whatever the payload protocol identifier; DTLS and I-DATA are told', () => {
    for (const protocol of [46, 0, 0x2e00_0000, 47])
      expect(octetsOf([packet(sctpData(first, { tsn: 1, protocol }))])).toEqual([first]);
    const sealed = packet(sctpData(Buffer.from('17fefd0001000000000001', 'hex'), { tsn: 1, protocol: 47 }));
    expect(read([sealed]).shortcomings).toEqual([
      '1 SCTP message is Diameter in DTLS, which is not opened: let the peers use SCTP without it',
    ]);
    const interleaved = packet(sctpChunk(64, 3, Buffer.concat([longs(1, 0, 0, 46), first])));
    expect(read([interleaved]).shortcomings[0]).toMatch(/^1 SCTP chunk is I-DATA \(RFC 8260\)/);
  });

  it('packets as text2pcap -S writes them, all of tag 0 and one TSN, in both directions', () => {
    const chunk = (message: Buffer) => sctp(0, [sctpData(message, { tsn: 0 })]);
    expect(octetsOf([first, other, third].map((message) => ipv4(SCTP, chunk(message))))).toEqual([first, other, third]);
  });

  it('8.5: a tag that both directions have, as of a program that wraps messages, makes nobody one', () => {
    const there = ipv4(SCTP, sctp(TAG, [sctpData(first, { tsn: 1 })], [3868, 3868]));
    const back = ipv4(SCTP, sctp(TAG, [sctpData(third, { tsn: 1 })], [3868, 3868]), {
      from: Buffer.of(198, 51, 100, 1),
      to: source,
    });
    const { messages } = read([there, back, there, back]);
    expect(messages.map(({ from, octets }) => [from.address, octets])).toEqual([
      ['192.0.2.1', first],
      ['198.51.100.1', third],
    ]);
  });

  it('3.2: chunks whose lengths lie, and any octets, are no error', () => {
    expect(octetsOf([packet(sctpChunk(0, 3, Buffer.alloc(40), 0))])).toEqual([]);
    expect(octetsOf([packet(sctpChunk(0, 3, Buffer.alloc(40), 0xffff))])).toEqual([]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(64), (octets, type) => {
        read([ipv4(SCTP, Buffer.from(octets)), packet(sctpChunk(type, 3, Buffer.from(octets)))]);
      }),
      { numRuns: 300 },
    );
  });

  it('a packet that the capture cut gives the messages that it has whole, none of TCP as SCTP', () => {
    const both = ipv4(SCTP, sctp(TAG, [sctpData(first, { tsn: 1 }), sctpData(other, { tsn: 2 })]));
    const { messages, shortcomings } = readCapturedMessages([pcap([both], { ...raw, snapLength: 200 })], '')!;
    expect(messages.map(({ octets }) => octets)).toEqual([first]);
    expect(shortcomings).toEqual(['one packet is cut by the snap length: capture with tcpdump -s 0']);
    expect(read([ipv4(TCP, tcp(1, first))]).messages[0]!.transport).toBe('tcp');
  });
});

describe('bounds', () => {
  it('a flood of fragments without their rest keeps 65,536 of them at most, and what comes whole is still read', () => {
    const waiting = new SctpFragments();
    const piece = { key: 0, stream: 0, isUnordered: false, isLast: false, isWhole: true, octets: Buffer.alloc(4) };
    for (let tsn = 0; tsn < 200_000; tsn += 2) waiting.push({ ...piece, tsn, isFirst: true });
    expect(waiting.push({ ...piece, tsn: 1, isFirst: false, isLast: true })).toBeUndefined(); // its first is gone
    const whole = waiting.push({ ...piece, tsn: 199_999, isFirst: false, isLast: true });
    expect(whole?.octets).toHaveLength(8);
  });

  it('20,000 ends that each name the address of the one before are joined in one pass', () => {
    const names = sctpChunk(1, 0, Buffer.concat([longs(9, 65_536), shorts(1, 1), longs(7), shorts(5, 8), source]));
    const hello = sctp(0, [names]);
    const packets = Array.from({ length: 20_000 }, (_, index) =>
      ipv4(SCTP, hello, { from: longs(0x0a00_0000 + index) }),
    );
    const { messages } = read([...packets, packet(sctpData(first, { tsn: 1 }))]);
    expect(messages[0]!.from.address).toBe('10.0.78.31');
  });

  it('a flood of associations: the gaps of those that are forgotten are told', () => {
    const lossy = [1, 3].map((tsn) => packet(sctpData(first, { tsn })));
    const flood = Array.from({ length: 70_000 }, (_, tag) => packet(sctpData(third, { tsn: 1 }), tag + 1));
    const { messages, shortcomings } = read([...lossy, ...flood]);
    expect(messages).toHaveLength(70_002);
    expect(shortcomings).toEqual(['1 SCTP stream misses chunks']);
  });

  it('RFC 1982: numbers are new once, in any order, over the place where they wrap', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.array(fc.nat(60), { minLength: 1 }), (start, steps) => {
        const ranges = new SequenceRanges();
        const seen = new Set<number>();
        for (const step of steps) {
          expect(ranges.add((start + step) >>> 0)).toBe(!seen.has(step));
          seen.add(step);
        }
        expect(ranges.hasGap).toBe(Math.max(...seen) - Math.min(...seen) + 1 > seen.size);
      }),
    );
  });

  it('as many gaps as there are numbers cost no more than 4,096', () => {
    const ranges = new SequenceRanges();
    for (let number = 0; number < 100_000; number += 2) ranges.add(number);
    expect(ranges.hasGap).toBe(true);
    expect(ranges.add(1)).toBe(false); // too old to tell
    expect(ranges.add(99_997)).toBe(true);
  });
});
