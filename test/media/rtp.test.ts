import fc from 'fast-check';
import { decodeRtcp, decodeRtp, encodeRtcp, encodeRtp, type RtcpPacket } from '../../src/media/index.js';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const uint32 = fc.nat(0xffffffff);

describe('RTP packets', () => {
  it('RFC 3550 5.1: the fixed header, octet by octet', () => {
    const header = { marker: true, payloadType: 104, sequenceNumber: 0x1234, timestamp: 0xdeadbeef, ssrc: 0x01020304 };
    const packet = encodeRtp(header, hex('aabb'));
    expect(packet.toString('hex')).toBe(hex('80 e8 1234 deadbeef 01020304 aabb').toString('hex'));
    expect(decodeRtp(packet)).toEqual({ ...header, csrcs: [], payload: hex('aabb') });
  });

  it('RFC 3550 5.1, 5.3.1: contributing sources, extension and padding are stepped over', () => {
    const packet = decodeRtp(hex('b1 60 0001 00000002 00000003 00000004 bede0001 10ff0000 aa 000003'));
    expect(packet).toMatchObject({ marker: false, payloadType: 96, csrcs: [4], payload: hex('aa') });
  });

  it.each([
    ['too short', '80 60 0001 00000002 000000'],
    ['version 1', '40 60 0001 00000002 00000003'],
    ['sources beyond the end', '81 60 0001 00000002 00000003'],
    ['extension beyond the end', '90 60 0001 00000002 00000003 bede0002 00000000'],
    ['padding of zero', 'a0 60 0001 00000002 00000003 aa00'],
    ['padding beyond the payload', 'a0 60 0001 00000002 00000003 aa09'],
  ])('RFC 3550 A.1: refuses %s', (_, text) => {
    expect(decodeRtp(hex(text))).toBeUndefined();
  });
});

describe('RTCP packets', () => {
  it('RFC 3550 6.4.1, 6.5, 6.6: a compound packet, octet by octet', () => {
    const compound: Exclude<RtcpPacket, { kind: 'other' }>[] = [
      {
        kind: 'senderReport',
        ssrc: 1,
        ntpSeconds: 0xc0000000,
        ntpFraction: 0x80000000,
        rtpTimestamp: 320,
        packetCount: 5,
        octetCount: 165,
        reports: [
          {
            ssrc: 2,
            fractionLost: 64,
            cumulativeLost: -2,
            highestSequence: 0x00010005,
            jitter: 7,
            lastSenderReport: 8,
            delaySinceLastSenderReport: 9,
          },
        ],
      },
      { kind: 'sourceDescription', ssrc: 1, cname: 'abcd' },
      { kind: 'goodbye', ssrcs: [1] },
    ];
    const bytes = encodeRtcp(compound);
    expect(bytes.toString('hex')).toBe(
      hex(
        '81c8000c 00000001 c0000000 80000000 00000140 00000005 000000a5' +
          ' 00000002 40fffffe 00010005 00000007 00000008 00000009' +
          ' 81ca0003 00000001 01046162 63640000' +
          ' 81cb0001 00000001',
      ).toString('hex'),
    );
    expect(decodeRtcp(bytes)).toEqual(compound);
  });

  it('RFC 3550 A.2: a compound packet begins with a report and its lengths add up', () => {
    const report = encodeRtcp([{ kind: 'receiverReport', ssrc: 1, reports: [] }]);
    const bye = encodeRtcp([{ kind: 'goodbye', ssrcs: [1] }]);
    expect(decodeRtcp(Buffer.concat([report, bye]))).toHaveLength(2);
    expect(decodeRtcp(bye)).toBeUndefined();
    expect(decodeRtcp(Buffer.concat([report, bye.subarray(0, 4)]))).toBeUndefined();
    expect(decodeRtcp(Buffer.alloc(0))).toBeUndefined();
    expect(decodeRtcp(hex('a1c90001 00000001 80cc0000'))).toBeUndefined(); // padding, and yet not the last
    expect(decodeRtcp(hex('81c90001 00000001'))).toBeUndefined(); // a report block less than the count says
  });

  it('passes over types that it does not know (RFC 3550 6.7, RFC 4585)', () => {
    expect(decodeRtcp(hex('80c90001 00000001 81cd0002 00000001 00000002'))).toEqual([
      { kind: 'receiverReport', ssrc: 1, reports: [] },
      { kind: 'other', type: 205 },
    ]);
  });

  it('any source description comes back, whatever the length of the name', () => {
    fc.assert(
      fc.property(uint32, fc.stringMatching(/^[!-~]{1,255}$/), (ssrc, cname) => {
        const compound = [
          { kind: 'receiverReport', ssrc, reports: [] },
          { kind: 'sourceDescription', ssrc, cname },
        ] as const;
        const bytes = encodeRtcp(compound);
        expect(bytes.length % 4).toBe(0);
        expect(decodeRtcp(bytes)).toEqual(compound);
      }),
    );
  });

  it('never throws on any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(200, 201, 202, 203), (octets, type) => {
        const bytes = Buffer.from(octets);
        decodeRtp(bytes);
        if (bytes.length >= 4) {
          bytes[0] = 0x80 | (bytes[0]! & 0x1f);
          bytes[1] = type;
          bytes.writeUInt16BE((bytes.length >> 2) - 1, 2);
        }
        decodeRtcp(bytes.subarray(0, bytes.length & ~3));
      }),
    );
  });
});
