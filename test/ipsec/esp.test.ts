import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { SeededRandom } from '../../src/environment/simulated/seeded-random.js';
import { InboundAssociation, OutboundAssociation } from '../../src/ipsec/esp.js';
import { algorithmPairs } from '../../src/ipsec/index.js';
import { ReplayWindow } from '../../src/ipsec/replay-window.js';
import { CombinedTransform, espTransform } from '../../src/ipsec/transform.js';
import { sampleSet } from './sample-set.js';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const random = () => new SeededRandom('esp');
const payload = fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets));

describe.each(algorithmPairs)('ESP with $integrity and $encryption', (pair) => {
  const transform = espTransform(sampleSet(pair), random());

  it('RFC 4303: what is sealed is opened as it was, under its SPI, numbered from 1', () => {
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 4 }), fc.nat(255), (payloads, nextHeader) => {
        const outbound = new OutboundAssociation(0xfedc_ba98, transform);
        const inbound = new InboundAssociation(0xfedc_ba98, transform);
        payloads.forEach((each, index) => {
          const packet = outbound.seal(each, nextHeader)!;
          expect(packet.readUInt32BE(0)).toBe(0xfedc_ba98);
          expect(packet.readUInt32BE(4)).toBe(index + 1);
          expect(packet.length % 4).toBe(0);
          expect(inbound.open(packet)).toEqual({ payload: each, nextHeader });
        });
      }),
      { numRuns: 30 },
    );
  });

  it('RFC 4303 3.4.4.1: one wrong bit, or octets that are missing, and the packet is refused; the next one is not', () => {
    fc.assert(
      fc.property(payload, fc.nat(), fc.nat(7), (content, at, bit) => {
        const inbound = new InboundAssociation(1, transform);
        const outbound = new OutboundAssociation(1, transform);
        const packet = outbound.seal(content, 17)!;
        const wrong = Buffer.from(packet);
        const index = 4 + (at % (packet.length - 4)); // what the SPI says, the look-up finds
        wrong[index]! ^= 1 << bit;
        expect(['icv', 'replay']).toContain(inbound.open(wrong));
        for (const length of [8, packet.length - 1, packet.length - 4]) {
          expect(inbound.open(packet.subarray(0, length))).toBe('icv');
        }
        expect(inbound.open(packet)).toEqual({ payload: content, nextHeader: 17 });
      }),
      { numRuns: 30 },
    );
  });

  it('any octets are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 100 }), (octets) => {
        expect(['icv', 'replay']).toContain(new InboundAssociation(1, transform).open(Buffer.from(octets)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('ESP in numbers that others have published', () => {
  it('RFC 3602 4 case 5: an ICMP echo in transport mode with AES-CBC', () => {
    const set = { ...sampleSet(), ck: hex('90d382b4 10eeba7a d938c46c ec1a82bf') };
    const authenticated = hex(`
      00004321 00000001 e96e8c08 ab465763 fd098d45 dd3ff893
      f663c25d 325c18c6 a9453e19 4e120849 a4870b66 cc6b9965 330013b4 898dc856
      a4699e52 3a55db08 0b59ec3a 8e4b7e52 775b07d1 db34ed9c 538ab50c 551b874a
      a269add0 47ad2d59 13ac19b7 cfbad4a6`);
    const key = Buffer.concat([set.ik, Buffer.alloc(4)]);
    const icv = createHmac('sha1', key).update(authenticated).digest().subarray(0, 12);
    const inbound = new InboundAssociation(0x4321, espTransform(set, random()));
    expect(inbound.open(Buffer.concat([authenticated, icv]))).toEqual({
      nextHeader: 1,
      payload: hex(`
        08000ebd a70a0000 8e9c083d b95b0700 08090a0b 0c0d0e0f 10111213 14151617
        18191a1b 1c1d1e1f 20212223 24252627 28292a2b 2c2d2e2f 30313233 34353637`),
    });
  });

  it.each([
    [
      'feffe9928665731c6d6a8f9467308308',
      'cafebabe',
      '0000a5f8 0000000a facedbaddecaf888',
      'deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de81827c10e9a4f51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd1',
      '83b70d3aa8bc6ee4c309e9d85a41ad4a',
      '4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d001000001000000000000037369700963796265726369747902646b00000100010001',
    ],
    [
      '00000000000000000000000000000000',
      '00000000',
      '00000000 00000001 0000000000000000',
      '4688daf2f973a392732909c331d56d60f694abaa414b5e7ff5fdcdfff5e9a284456476492719ffb64de7d9dca1e1d894bc3bd57873ed4d181d19d4d5c8c18af3',
      'f821d496eeb096e98ad2b69e4799c71d',
      '4500003c99c500008001cb7a40679318010101010800075c020044006162636465666768696a6b6c6d6e6f707172737475767761626364656667686901020201',
    ],
    [
      '7d773d00c144c525ac619d18c84a3f47',
      'd966426743457e9182443bc6'.slice(0, 8),
      '335467ae ffffffff 43457e9182443bc6',
      '437f866b',
      'cb3f699fe9b0822bac961c4504bef270',
      '01020201',
    ],
  ])('RFC 4106: test cases for GCM in ESP, key %s', (key, salt, head, content, icv, clear) => {
    const transform = new CombinedTransform(hex(key), hex(salt), true);
    expect(transform.open(hex(head + content + icv))).toEqual(hex(clear));
  });

  it('RFC 4543: the test case for GMAC in ESP', () => {
    const transform = new CombinedTransform(hex('4c80cdefbb5d10da906ac73c3613a634'), hex('22433c64'), false);
    const clear = hex(`
      45000030 da3a0000 8001df3b c0a80005 c0a80001 0800c6cd 02000700 61626364
      65666768 696a6b6c 6d6e6f70 71727374 01020201`);
    const [head, icv] = [hex('00004321 00000007 00000000 00000000'), hex('f2a9a836e155106aa8dcd618e4099aaa')];
    expect(transform.open(Buffer.concat([head, clear, icv]))).toEqual(clear);
  });

  it('RFC 4303 2.4: padding that is not 1, 2, 3 … is refused', () => {
    const transform = espTransform(sampleSet({ encryption: 'null' }), random());
    const header = hex('00000001 00000001');
    for (const clear of ['aaaaaaff', 'aa010211', 'aaaaaaaa 02010211', 'aaaaaaaa 00000211']) {
      expect(new InboundAssociation(1, transform).open(transform.seal(header, hex(clear)))).toBe('padding');
    }
    const content = { payload: hex('aaaaaaaa'), nextHeader: 0x11 };
    expect(new InboundAssociation(1, transform).open(transform.seal(header, hex('aaaaaaaa 01020211')))).toEqual(
      content,
    );
  });
});

describe('RFC 4303 3.4.3: the replay window', () => {
  it('takes each number once, and none that is 64 or more behind, in any order', () => {
    const numbers = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 4_294_967_200, max: 4_294_967_295 })),
      {
        maxLength: 400,
      },
    );
    fc.assert(
      fc.property(numbers, (sequences) => {
        const window = new ReplayWindow();
        const taken = new Set<number>();
        let highest = 0;
        for (const sequence of sequences) {
          const isNew = sequence !== 0 && !taken.has(sequence) && sequence > highest - 64;
          expect(window.allows(sequence)).toBe(isNew);
          if (!isNew) continue;
          window.accept(sequence);
          taken.add(sequence);
          highest = Math.max(highest, sequence);
        }
      }),
    );
  });
});
