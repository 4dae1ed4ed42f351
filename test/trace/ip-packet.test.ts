import fc from 'fast-check';
import { addressBytes, IpPacketBuilder } from '../../src/trace/ip-packet.js';
import { readIpPacket } from './pcapng-reader.js';

const NONE = Buffer.alloc(0);

describe('IP packets', () => {
  it('RFC 1071 / RFC 791: the header checksum of a known packet', () => {
    // 45 00 00 73 … b8 61 … c0 a8 00 01 c0 a8 00 c7 is the example packet of many texts; ours differs in the identification.
    const packet = new IpPacketBuilder().udp(
      { address: '192.168.0.1', port: 1 },
      { address: '192.168.0.199', port: 2 },
      Buffer.alloc(0x73 - 28),
    );
    // 0xb861 is the checksum for identification 0; ours is 1, one less.
    expect(packet.readUInt16BE(4)).toBe(1);
    expect(packet.readUInt16BE(10)).toBe(0xb861 - 1);
  });

  it('RFC 768, RFC 9293 3.1, RFC 8200 8.1: checksums hold for any content over IPv4 and IPv6', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    const port = fc.integer({ min: 1, max: 65535 });
    const endpoint = fc.record({ address, port });
    fc.assert(
      fc.property(endpoint, endpoint, fc.uint8Array({ maxLength: 200 }), fc.boolean(), (from, to, content, overTcp) => {
        const builder = new IpPacketBuilder();
        const payload = Buffer.from(content);
        const segment = { sequence: 0xffffffff, acknowledgement: 7, flags: 0x18, options: NONE, payload };
        const packet = readIpPacket(overTcp ? builder.tcp(from, to, segment) : builder.udp(from, to, payload));
        expect(packet.checksumsHold).toBe(true);
        expect(packet.sourcePort).toBe(from.port);
        expect(packet.destinationPort).toBe(to.port);
        expect(packet.payload.equals(payload)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('RFC 768: a checksum of zero is sent as ffff', () => {
    const from = { address: '0.0.0.0', port: 0 };
    // Lengths and protocol sum to 17 + 10 + 10; the two octets make the sum ffff, so its complement is 0.
    const packet = new IpPacketBuilder().udp(from, from, Buffer.from([0xff, 0xff - 37]));
    expect(packet.readUInt16BE(26)).toBe(0xffff);
  });

  it('counts IPv4 identifications up for each sender', () => {
    const builder = new IpPacketBuilder();
    const [a, b] = [
      { address: '127.0.0.1', port: 1 },
      { address: '127.0.0.2', port: 2 },
    ];
    const order = [builder.udp(a, b, NONE), builder.udp(a, b, NONE), builder.udp(b, a, NONE)];
    expect(order.map((packet) => readIpPacket(packet).identification)).toEqual([1, 2, 1]);
  });

  it('RFC 4291 2.2: reads every form of an IPv6 address', () => {
    expect(addressBytes('::').toString('hex')).toBe('0'.repeat(32));
    expect(addressBytes('::1').toString('hex')).toBe(`${'0'.repeat(31)}1`);
    expect(addressBytes('2001:db8::8:800:200c:417a').toString('hex')).toBe('20010db80000000000080800200c417a');
    expect(addressBytes('fe80::1%lo').toString('hex')).toBe(`fe80${'0'.repeat(27)}1`);
    expect(addressBytes('::ffff:127.0.0.1').toString('hex')).toBe('00000000000000000000ffff7f000001');
    expect(addressBytes('no address').toString('hex')).toBe('00000000');
  });
});
