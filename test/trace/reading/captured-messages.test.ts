import fc from 'fast-check';
import {
  type CapturedSip,
  readCapturedMessages,
  readCapturedSip,
} from '../../../src/trace/reading/captured-messages.js';
import {
  ESP,
  ethernet,
  IPV4,
  IPV6,
  ipv4,
  ipv6,
  longs,
  type NgBlock,
  nullEsp,
  pcap,
  section,
  shorts,
  TCP,
  tcp,
  UDP,
  udp,
} from './packets.js';

const register = `REGISTER sip:ims.example SIP/2.0\r\nAuthorization: Digest nonce="${'x'.repeat(300)}"\r\nContent-Length: 0\r\n\r\n`;
const challenge = `SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest nonce="${'y'.repeat(300)}"\r\nContent-Length: 0\r\n\r\n`;
const both = [register, challenge];
const plain = both.map((text) => ipv4(UDP, udp(text)));
const framed = plain.map((packet) => ethernet(IPV4, packet));

function readAs(file: Buffer): CapturedSip {
  const read = readCapturedSip([file], '');
  if (read === undefined) throw new Error('it is no capture');
  return read;
}

function whole(file: Buffer): void {
  expect(readAs(file)).toEqual({ messages: both, shortcomings: [] });
}

const big = { isBig: true };
const nanoseconds = 0xa1b23c4d;
const describedOnce = [{ type: 'interface', linkType: 1 }] as const;

describe('capture files', () => {
  it.each([
    ['pcap', pcap(framed)],
    ['pcap, big-endian', pcap(framed, big)],
    ['pcap with nanoseconds', pcap(framed, { magic: nanoseconds })],
    ['pcap with nanoseconds, big-endian', pcap(framed, { ...big, magic: nanoseconds })],
    ['pcapng, big-endian', section(true, [...describedOnce, ...framed.map((frame) => enhanced(frame))])],
    ['pcapng of simple packets', section(false, [...describedOnce, ...framed.map(simple)])],
    ['pcapng of obsolete packets', section(false, [...describedOnce, ...framed.map(obsolete)])],
    [
      'pcapng of two sections in both byte orders, with interfaces of several links',
      Buffer.concat([
        section(false, [...describedOnce, { type: 'interface', linkType: 101 }, enhanced(plain[0]!, 1)]),
        section(true, [...describedOnce, enhanced(framed[1]!)]),
      ]),
    ],
    [
      'pcapng of an interface that it does not describe',
      section(false, [...framed.map((frame) => enhanced(frame, 7))]),
    ],
  ])('%s', (_, file) => {
    expect(readAs(file).messages.map((text) => text.slice(text.search(/REGISTER|SIP\/2\.0 4/)))).toEqual(both);
  });

  it('what is none is left to others', () => {
    for (const text of ['', 'abc', register, '\x1f\x8b\x08'])
      expect(readCapturedSip([Buffer.from(text)], '')).toBe(undefined);
  });

  it('what is cut, ends early, is empty or has no SIP says so', () => {
    expect(readAs(pcap(framed, { snapLength: 96 })).shortcomings).toEqual([
      '2 packets are cut by the snap length: capture with tcpdump -s 0',
    ]);
    const early = pcap(framed).subarray(0, -100);
    expect(readAs(early).shortcomings[0]).toMatch(/^the file ends within a packet/);
    expect(readAs(pcap([])).shortcomings[0]).toMatch(/^it has no packets/);
    expect(readAs(pcap([ethernet(0x0806, Buffer.alloc(28))])).shortcomings).toEqual([
      'there is no SIP in the clear in its 1 packets',
    ]);
    const encrypted = ethernet(IPV4, ipv4(ESP, Buffer.alloc(200, 0x5a)));
    expect(readAs(pcap([encrypted])).shortcomings[0]).toMatch(/^one packet is encrypted ESP: put .* esp_sa/);
    const compressed = ethernet(IPV4, ipv4(UDP, udp(Buffer.alloc(100, 0xf9))));
    expect(readAs(pcap([compressed])).shortcomings[0]).toMatch(/SigComp/);
    const tls = ethernet(IPV4, ipv4(TCP, tcp(1, Buffer.of(22, 3, 1, 0, 5, 1, 0, 0, 1, 0))));
    expect(readAs(pcap([tls])).shortcomings[0]).toMatch(/TLS/);
  });

  it('in pieces of whatever size, as a pipe gives them', () => {
    const ng = section(true, [...describedOnce, ...framed.map((frame) => enhanced(frame))]);
    fc.assert(
      fc.property(fc.constantFrom(pcap(framed), ng), fc.integer({ min: 1, max: 700 }), (file, size) => {
        const pieces = Array.from({ length: Math.ceil(file.length / size) }, (_, index) =>
          Buffer.from(file.subarray(index * size, (index + 1) * size)),
        );
        expect(readCapturedSip(pieces, '')).toEqual({ messages: both, shortcomings: [] });
        const cut = readCapturedSip(pieces.slice(0, -1), '');
        if (cut !== undefined) expect(cut).toEqual(readAs(Buffer.concat(pieces.slice(0, -1))));
      }),
    );
  });

  it('holds of a file no more than what is of interest and what it looks at', () => {
    let held = 0;
    const pieces = function* (): Generator<Buffer> {
      yield pcap([]);
      for (let count = 0; count < 3_000; count += 1) {
        const media = ipv4(UDP, udp(Buffer.alloc(60_000, 0x80), [40_000, 40_002]));
        yield pcap([ethernet(IPV4, media)]).subarray(24);
        if (count === 200) held = process.memoryUsage().arrayBuffers;
      }
      yield pcap(framed).subarray(24);
    };
    expect(readCapturedSip(pieces(), '')).toEqual({ messages: both, shortcomings: [] });
    // 180 MB went by.
    expect(process.memoryUsage().arrayBuffers - held).toBeLessThan(100 << 20);
  });

  it('any octets behind a right beginning: no error', () => {
    const beginnings = [
      pcap(framed),
      pcap(framed, big),
      section(true, [...describedOnce, ...framed.map((frame) => enhanced(frame))]),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...beginnings), fc.nat(), fc.nat(255), fc.nat(), (file, at, octet, end) => {
        const spoilt = Buffer.from(file.subarray(0, 4 + (end % file.length)));
        spoilt[at % spoilt.length] = octet;
        readCapturedSip([spoilt], '');
      }),
      { numRuns: 500 },
    );
  });
});

function enhanced(frame: Buffer, from = 0): NgBlock {
  return { type: 'enhanced', from, frame };
}

function obsolete(frame: Buffer): NgBlock {
  return { type: 'obsolete', from: 0, frame };
}

function simple(frame: Buffer): NgBlock {
  return { type: 'simple', frame };
}

describe('links', () => {
  it.each<[string, number, (packet: Buffer) => Buffer]>([
    ['Ethernet', 1, (packet) => ethernet(IPV4, packet)],
    ['one VLAN', 1, (packet) => ethernet(0x8100, Buffer.concat([shorts(5, IPV4), packet]))],
    ['two VLANs', 1, (packet) => ethernet(0x88a8, Buffer.concat([shorts(5, 0x8100, 6, IPV4), packet]))],
    ['PPPoE', 1, (packet) => ethernet(0x8864, Buffer.concat([shorts(0x1100, 1, packet.length + 2, 0x21), packet]))],
    ['Linux cooked v1', 113, (packet) => Buffer.concat([Buffer.alloc(14), shorts(IPV4), packet])],
    ['Linux cooked v2', 276, (packet) => Buffer.concat([shorts(IPV4), Buffer.alloc(18), packet])],
    ['BSD loopback', 0, (packet) => Buffer.concat([Buffer.of(2, 0, 0, 0), packet])],
    ['raw IP', 101, (packet) => packet],
    ['raw IP as BSD numbers it', 12, (packet) => packet],
    ['raw IPv4', 228, (packet) => packet],
  ])('%s', (_, linkType, frame) => whole(pcap(plain.map(frame), { linkType })));

  it('one that is not known: SIP in the clear is found all the same', () => {
    const { messages } = readAs(pcap(plain, { linkType: 147 }));
    expect(messages.join('')).toContain(challenge);
    expect(readAs(pcap([Buffer.alloc(50)], { linkType: 147 })).shortcomings[0]).toMatch(/link that is not known/);
  });
});

/** In pieces of 200 octets: last one first, as a network may deliver them. */
function pieces(payload: Buffer): { readonly octets: Buffer; readonly offset: number; readonly hasMore: boolean }[] {
  const count = Math.ceil(payload.length / 200);
  return Array.from({ length: count }, (_, index) => ({
    octets: payload.subarray(index * 200, (index + 1) * 200),
    offset: index * 200,
    hasMore: index < count - 1,
  })).reverse();
}

describe('IP', () => {
  it('RFC 791 3.2: fragments of IPv4 in any order, once and twice', () => {
    const fragments = both.flatMap((text, id) =>
      pieces(udp(text)).map(({ octets, ...fragment }) => ipv4(UDP, octets, { id, ...fragment })),
    );
    whole(pcap(fragments, { linkType: 101 }));
    const missing = readAs(pcap(fragments.slice(1), { linkType: 101 }));
    expect(missing.shortcomings).toEqual(['1 fragmented IP datagram misses a part']);
    // What there is of it comes at the end.
    expect(missing.messages[0]).toBe(challenge);
    expect(missing.messages[1]).toBe(register.slice(0, 200 * Math.floor((register.length + 8) / 200) - 8));
  });

  it('RFC 8200 4.5: a fragment waits 60 s for the others, and its number is another datagram’s after that', () => {
    const [late, early] = pieces(udp(register)).map(({ octets, ...fragment }) =>
      ipv4(UDP, octets, { id: 7, ...fragment }),
    );
    const fragments = [early!, late!];
    const seen = (apart: number) => {
      const file = pcap(fragments, { linkType: 101, seconds: [1_000, 1_000 + apart] });
      return readCapturedMessages([file], '')!.messages.filter(({ isWhole }) => isWhole).length;
    };
    expect(pieces(udp(register))).toHaveLength(2);
    expect(seen(60)).toBe(1);
    expect(seen(61)).toBe(0);
  });

  it('RFC 791 3.2: a datagram of 8,000 fragments that misses one takes no longer than its octets', () => {
    const parts = Array.from({ length: 8_000 }, (_, index) => {
      const hasMore = index < 7_999;
      return ipv4(UDP, Buffer.alloc(8, 'x'), { id: 1, offset: index * 8, hasMore });
    });
    const { shortcomings } = readCapturedMessages([pcap(parts.reverse().slice(0, -1), { linkType: 101 })], '')!;
    expect(shortcomings).toEqual(['1 fragmented IP datagram misses a part']);
  });

  it('a datagram whose fragments overlap is read, one of more than 128 KB of them is given up', () => {
    const datagram = udp(register);
    const start = ipv4(UDP, datagram.subarray(0, 16), { hasMore: true });
    const rest = [8, 16].map((offset) => ipv4(UDP, datagram.subarray(offset), { offset }));
    const others = [24, 32, 40].map((offset) => ipv4(UDP, Buffer.alloc(60_000), { offset, hasMore: true }));
    expect(readAs(pcap([...rest, start], { linkType: 101 })).messages).toEqual([register]);
    const { shortcomings } = readAs(pcap([...others, ...rest, start], { linkType: 101 }));
    expect(shortcomings).toContain('1 fragmented IP datagram misses a part');
  });

  it('RFC 8200 4.5: a flood of fragments that miss their rest takes no more room than 1,000 of them', () => {
    const flood = Array.from({ length: 5_000 }, (_, id) => ipv4(UDP, udp('x'.repeat(56)), { id, hasMore: true }));
    const { shortcomings } = readCapturedMessages([pcap(flood, { linkType: 101 })], '')!;
    expect(shortcomings).toContain('5000 fragmented IP datagrams miss a part');
  });

  it('RFC 8200 4: IPv6 with hop-by-hop and destination options, and in fragments', () => {
    const options = Buffer.concat([Buffer.of(60, 0, 1, 4, 0, 0, 0, 0), Buffer.of(UDP, 1, 1, 12), Buffer.alloc(12)]);
    whole(pcap(both.map((text) => ethernet(IPV6, ipv6(0, Buffer.concat([options, udp(text)]))))));
    const fragments = both.flatMap((text, id) =>
      pieces(udp(text)).map(({ octets, offset, hasMore }) =>
        ipv6(44, Buffer.concat([Buffer.of(UDP, 0), shorts(offset | Number(hasMore)), longs(id), octets])),
      ),
    );
    whole(pcap(fragments, { linkType: 101 }));
  });

  it('tunnels: IPv6 in IPv4, and GTP-U with and without a sequence number (TS 29.281 5.1)', () => {
    whole(
      pcap(
        both.map((text) => ipv4(41, ipv6(UDP, udp(text)))),
        { linkType: 101 },
      ),
    );
    const gtp = (flags: number, ...more: readonly Buffer[]) =>
      plain.map((packet) => {
        const header = Buffer.concat([Buffer.of(flags, 255), shorts(packet.length), longs(5), ...more]);
        return ipv4(UDP, udp(Buffer.concat([header, packet]), [2152, 2152]));
      });
    whole(pcap(gtp(0x30), { linkType: 101 }));
    whole(pcap(gtp(0x32, longs(0x00010000)), { linkType: 101 }));
    // A PDU session container of one unit.
    whole(pcap(gtp(0x34, Buffer.of(0, 0, 0, 0x85), Buffer.of(1, 0, 9, 0)), { linkType: 101 }));
  });
});

/** The two as one stream, in segments of `length`, over the place where the sequence number wraps. */
function segments(length: number): Buffer[] {
  const stream = Buffer.from(both.join(''));
  const first = 0xffff_fff0;
  const cut = Array.from({ length: Math.ceil(stream.length / length) }, (_, index) =>
    ipv4(TCP, tcp(first + 1 + index * length, stream.subarray(index * length, (index + 1) * length))),
  );
  return [ipv4(TCP, tcp(first, '', 0x02)), ...cut];
}

describe('TCP', () => {
  it.each([1, 7, 100, 1460])('RFC 9293 3.4: segments of %d octets', (length) => {
    whole(pcap(segments(length), { linkType: 101 }));
  });

  it('out of order, and each one twice', () => {
    const [syn, ...rest] = segments(100);
    whole(pcap([syn!, ...rest.toReversed()], { linkType: 101 }));
    whole(pcap([syn!, ...rest, ...rest], { linkType: 101 }));
    whole(pcap(rest.toReversed(), { linkType: 101 }));
  });

  it('begun before the capture, with the first segments in another order', () => {
    const rest = segments(100).slice(1);
    whole(pcap([...rest.slice(0, 3).toReversed(), ...rest.slice(3)], { linkType: 101 }));
  });

  it('SYN comes late, twice, or after the segments of both messages', () => {
    const [syn, ...rest] = segments(100);
    for (const at of [1, 2, rest.length])
      whole(pcap([...rest.slice(0, at).toReversed(), syn!, ...rest.slice(at), syn!], { linkType: 101 }));
  });

  it('one comes after the stream was read on without it: that octets are missing is told', () => {
    const parts = Array.from({ length: 300 }, (_, index) => ipv4(TCP, tcp(1 + index * register.length, register)));
    const { messages, shortcomings } = readAs(pcap([...parts.slice(1), parts[0]!], { linkType: 101 }));
    expect(messages).toHaveLength(299);
    expect(shortcomings).toEqual(['1 TCP stream misses octets']);
  });

  it('one is missing of a long stream: what follows is read before the file ends, and the gap is told', () => {
    const parts = Array.from({ length: 3_000 }, (_, index) => ipv4(TCP, tcp(1 + index * register.length, register)));
    const { messages, shortcomings } = readAs(
      pcap([ipv4(TCP, tcp(0, '', 2)), ...parts.toSpliced(5, 1)], { linkType: 101 }),
    );
    expect(messages).toHaveLength(2_999);
    expect(shortcomings).toEqual(['1 TCP stream misses octets']);
  });

  it('a gap in a stream of something else is none of ours', () => {
    const web = [0, 2, 3].map((index) => ipv4(TCP, tcp(1 + index * 100, 'x'.repeat(100))));
    expect(readCapturedMessages([pcap(web, { linkType: 101 })], '')!.shortcomings).toEqual([]);
  });

  it('one is missing: the rest is read, and the gap is told', () => {
    const { messages, shortcomings } = readAs(pcap(segments(100).toSpliced(2, 1), { linkType: 101 }));
    expect(messages.join('')).toContain(challenge);
    expect(shortcomings).toEqual(['1 TCP stream misses octets']);
  });

  it('RFC 9293 3.4, RFC 7413: data that comes with the SYN begins behind its number', () => {
    const packets = [ipv4(TCP, tcp(5, both[0]!, 0x02)), ipv4(TCP, tcp(6 + both[0]!.length, both[1]!))];
    whole(pcap(packets, { linkType: 101 }));
  });

  it('the same ports again are another connection', () => {
    const again = [ipv4(TCP, tcp(5, '', 0x02)), ipv4(TCP, tcp(6, register))];
    expect(readAs(pcap([...segments(100), ...again], { linkType: 101 })).messages).toEqual([...both, register]);
  });
});

describe('ESP without encryption (TS 33.203 Annex I, RFC 2410)', () => {
  it.each([
    ['on IP, HMAC of 96 bits', (text: string) => ipv4(ESP, nullEsp(UDP, udp(text)))],
    ['on IP, ICV of 128 bits', (text: string) => ipv4(ESP, nullEsp(UDP, udp(text), 16))],
    ['on IPv6', (text: string) => ipv6(ESP, nullEsp(UDP, udp(text)))],
    ['in UDP (RFC 3948)', (text: string) => ipv4(UDP, udp(nullEsp(UDP, udp(text)), [4500, 4500]))],
    ['in UDP, in tunnel mode', (text: string) => ipv4(UDP, udp(nullEsp(4, ipv4(UDP, udp(text))), [4500, 4500]))],
  ])('%s', (_, packet) => whole(pcap(both.map(packet), { linkType: 101 })));

  it('with TCP inside', () => {
    const inner = segments(200).map((packet) => ipv4(ESP, nullEsp(TCP, packet.subarray(20))));
    whole(pcap(inner, { linkType: 101 }));
  });
});
