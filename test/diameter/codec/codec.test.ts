import fc from 'fast-check';
import { encodeErrorAnswer } from '../../../src/diameter/codec/error-answer.js';
import {
  base,
  Codec,
  type CompiledApplication,
  cx,
  DecodeError,
  encodeAnswer,
  encodeRequest,
  type Message,
} from '../../../src/diameter/index.js';
import { avpsOf } from './arbitrary-avps.js';

const codec = new Codec([base as CompiledApplication, cx as unknown as CompiledApplication]);
const commands = [...Object.values(cx.commands), ...Object.values(base.commands)];
const ids = { hopByHop: 0xfedcba98, endToEnd: 0x01234567 };

function decoded(bytes: Buffer): Message {
  const message = codec.decode(bytes);
  if (message instanceof DecodeError) throw new Error(`${message.resultCode} ${message.reason}`);
  return message;
}

const plain = (avps: object): unknown => (avps as { toJSON(): unknown }).toJSON();

/** A UAR as the tests below bend it. */
const query = {
  'Session-Id': 'icscf1.ims.example;1;1',
  'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': 16777216 },
  'Auth-Session-State': 1,
  'Origin-Host': 'icscf1.ims.example',
  'Origin-Realm': 'ims.example',
  'Destination-Realm': 'ims.example',
  'User-Name': '001010000000001@ims.example',
  'Public-Identity': 'sip:+15550100001@ims.example',
  'Visited-Network-Identifier': Buffer.from('ims.example'),
} as const;
const uar = encodeRequest(cx.commands['User-Authorization'], ids, query);

/** A UAR with one more AVP, given as octets. */
function uarWith(avp: Buffer): Buffer {
  const bytes = Buffer.concat([uar, avp]);
  bytes.writeUIntBE(bytes.length, 1, 3);
  return bytes;
}

function avp(code: number, vendor: number, flags: number, data: Buffer, length?: number): Buffer {
  const head = Buffer.alloc(vendor === 0 ? 8 : 12);
  head.writeUInt32BE(code, 0);
  head[4] = flags | (vendor === 0 ? 0 : 0x80);
  head.writeUIntBE(length ?? head.length + data.length, 5, 3);
  if (vendor !== 0) head.writeUInt32BE(vendor, 8);
  return Buffer.concat([head, data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
}

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(uar);
  change(bytes);
  return bytes;
}

/** Without one AVP, by code and vendor. */
function without(code: number, vendor: number): Buffer {
  const parts = [uar.subarray(0, 20)];
  for (let at = 20; at < uar.length; ) {
    const next = at + ((uar.readUIntBE(at + 5, 3) + 3) & ~3);
    const isIt = uar.readUInt32BE(at) === code && (vendor === 0 || uar.readUInt32BE(at + 8) === vendor);
    if (!isIt) parts.push(uar.subarray(at, next));
    at = next;
  }
  const bytes = Buffer.concat(parts);
  bytes.writeUIntBE(bytes.length, 1, 3);
  return bytes;
}

describe('codec', () => {
  it.each(commands)('RFC 6733 3, 4: $name survives encode and decode', (command) => {
    const { definition } = command;
    for (const [encodeOne, grammar] of [
      [encodeRequest, definition.request],
      [encodeAnswer, definition.answer],
    ] as const) {
      const arbitrary = avpsOf(grammar);
      fc.assert(
        fc.property(arbitrary, (avps) => {
          const bytes = (encodeOne as (...args: unknown[]) => Buffer)(command, ids, avps);
          const message = decoded(bytes);
          expect(plain(message.avps)).toEqual(avps);
          expect([message.hopByHop, message.endToEnd, bytes.length % 4]).toEqual([ids.hopByHop, ids.endToEnd, 0]);
          // What was received can be sent on as it is, unknown AVPs included.
          expect((encodeOne as (...args: unknown[]) => Buffer)(command, ids, message.avps)).toEqual(bytes);
        }),
        { numRuns: 30 },
      );
    }
  });

  it('RFC 6733 3, 4.1: header and AVP octets of a DWR, worked out by hand', () => {
    const bytes = encodeRequest(
      base.commands['Device-Watchdog'],
      { hopByHop: 1, endToEnd: 2 },
      { 'Origin-Host': 'a.b', 'Origin-Realm': 'b', 'Origin-State-Id': 7 },
    );
    expect(bytes.toString('hex')).toBe(
      [
        '01000038 80000118 00000000 00000001 00000002',
        '00000108 4000000b 612e6200',
        '00000128 40000009 62000000',
        '00000116 4000000c 00000007',
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  it('TS 29.229 6.1: the vendor id stands in every 3GPP AVP, and P is set', () => {
    expect(uar[4]).toBe(0xc0);
    expect(uar.includes(Buffer.from('00000259c0000028000028af', 'hex'))).toBe(true);
  });

  it('empty and odd-length AVPs keep their padding outside their length', () => {
    for (const length of [0, 1, 2, 3, 4, 5]) {
      const bytes = uarWith(avp(70_000, 0, 0, Buffer.alloc(length, 0xff)));
      const others = (decoded(bytes).avps as { AVP: { data: Buffer }[] }).AVP;
      expect(others.map(({ data }) => data)).toEqual([Buffer.alloc(length, 0xff)]);
    }
  });

  it('an encoder that is given too little says what is missing', () => {
    const { 'User-Name': _, ...rest } = query;
    expect(() => encodeRequest(cx.commands['User-Authorization'], ids, rest as typeof query)).toThrow(
      'User-Name is mandatory in UAR',
    );
  });

  it('a missing, a misspelt and a mistyped AVP are compile errors', () => {
    const { 'User-Name': _, ...rest } = query;
    const send = () => {
      // @ts-expect-error User-Name is missing
      encodeRequest(cx.commands['User-Authorization'], ids, rest);
      // @ts-expect-error there is no such AVP
      encodeRequest(cx.commands['User-Authorization'], ids, { ...query, 'Pubic-Identity': 'sip:a' });
      // @ts-expect-error a string is expected
      encodeRequest(cx.commands['User-Authorization'], ids, { ...query, 'Public-Identity': 1 });
      // @ts-expect-error 9 is not in the enumeration
      encodeRequest(cx.commands['User-Authorization'], ids, { ...query, 'User-Authorization-Type': 9 });
    };
    expect(send).toThrow();
  });
});

/** Experimental-Result knows no other AVPs than its two. */
const uaaWithForeignResult = (() => {
  const answer = encodeAnswer(cx.commands['User-Authorization'], ids, query);
  const vendor = avp(266, 0, 0x40, Buffer.from([0, 0, 0x28, 0xaf]));
  const code = avp(298, 0, 0x40, Buffer.from([0, 0, 7, 0xd1]));
  const foreign = avp(601, 10415, 0x40, Buffer.from('abcd'));
  const bytes = Buffer.concat([answer, avp(297, 0, 0x40, Buffer.concat([vendor, code, foreign]))]);
  bytes.writeUIntBE(bytes.length, 1, 3);
  return bytes;
})();

/** The rows of cx.md 6.3, with the first octets of what Failed-AVP has to show. */
const faults: [what: string, bytes: Buffer, resultCode: number, failedAvp: object | undefined][] = [
  ['3001 unknown command', changed((b) => b.writeUIntBE(999, 5, 3)), 3001, undefined],
  ['3007 unknown application', changed((b) => b.writeUInt32BE(4, 8)), 3007, undefined],
  ['3008 E bit in a request', changed((b) => b.writeUInt8(0xe0, 4)), 3008, undefined],
  ['3009 a reserved bit', uarWith(avp(70_000, 42, 0x10, Buffer.from('abc'))), 3009, { code: 70_000, vendor: 42 }],
  [
    '3009 V bit with vendor 0',
    uarWith(Buffer.from('000112348000000c00000000', 'hex')),
    3009,
    { code: 0x11234, vendor: 0 },
  ],
  [
    '5001 unknown AVP with M',
    uarWith(avp(70_000, 42, 0x40, Buffer.from('abc'))),
    5001,
    { code: 70_000, vendor: 42, mandatory: true, data: Buffer.from('abc') },
  ],
  [
    '5001 unknown AVP with M inside a group',
    uarWith(avp(628, 10415, 0, avp(70_000, 42, 0x40, Buffer.from('abc')))),
    5001,
    { code: 70_000, vendor: 42, mandatory: true, data: Buffer.from('abc') },
  ],
  [
    '5004 value outside the enumeration',
    uarWith(avp(623, 10415, 0x40, Buffer.from([0, 0, 0, 9]))),
    5004,
    { code: 623, vendor: 10415, mandatory: true, data: Buffer.from([0, 0, 0, 9]) },
  ],
  [
    '5005 missing AVP: header and zeros',
    without(277, 0),
    5005,
    { code: 277, vendor: 0, mandatory: true, data: Buffer.alloc(4) },
  ],
  ['5005 missing AVP of a vendor', without(601, 10415), 5005, { code: 601, vendor: 10415, data: Buffer.alloc(0) }],
  ['5008 AVP that a closed group does not allow', uaaWithForeignResult, 5008, { code: 601, vendor: 10415 }],
  [
    '5009 AVP that may be there once',
    uarWith(avp(601, 10415, 0x40, Buffer.from('sip:b@c'))),
    5009,
    { code: 601, vendor: 10415, mandatory: true, data: Buffer.from('sip:b@c') },
  ],
  ['5011 version', changed((b) => b.writeUInt8(2, 0)), 5011, undefined],
  ['5014 length 0', uarWith(avp(70_000, 0, 0, Buffer.alloc(4), 0)), 5014, { code: 70_000, data: Buffer.alloc(0) }],
  ['5014 shorter than its own header', uarWith(avp(70_000, 42, 0, Buffer.alloc(4), 11)), 5014, { vendor: 42 }],
  ['5014 longer than the message', uarWith(avp(70_000, 0, 0, Buffer.alloc(4), 4000)), 5014, { code: 70_000 }],
  ['5014 huge', uarWith(avp(70_000, 0, 0, Buffer.alloc(4), 0xffffff)), 5014, { code: 70_000 }],
  ['5014 cut header', uarWith(Buffer.from('00011170', 'hex')), 5014, { code: 0x11170 }],
  [
    '5014 number of the wrong length: header and zero-filled minimum',
    uarWith(avp(637, 10415, 0, Buffer.from([1, 2]))),
    5014,
    { code: 637, vendor: 10415, data: Buffer.alloc(4) },
  ],
  ['5015 message length', changed((b) => b.writeUIntBE(uar.length + 4, 1, 3)), 5015, undefined],
  ['5015 less than a header', uar.subarray(0, 19), 5015, undefined],
];
describe('decode errors', () => {
  it.each(faults)('CX 6.3 / RFC 6733 7.1: %s', (_, bytes, resultCode, failedAvp) => {
    const error = codec.decode(bytes);
    expect(error).toMatchObject({ kind: 'error', resultCode });
    if (failedAvp !== undefined) expect((error as DecodeError).failedAvp).toMatchObject(failedAvp);
  });

  it.each(faults)('RFC 6733 6.2, 7.2: the answer to %s', (_, bytes, resultCode) => {
    if (bytes.length < 20) return;
    const error = codec.decode(bytes) as DecodeError;
    const origin = { originHost: 'hss1.ims.example', originRealm: 'ims.example' };
    const application = codec.application(bytes.readUInt32BE(8)) ?? (base as CompiledApplication);
    const answer = encodeErrorAnswer(bytes, application, origin, error);
    const isProtocolError = resultCode < 4000;
    // R and T clear, P as in the request, E with 3xxx only.
    expect(answer[4]).toBe((bytes[4]! & 0x40) | (isProtocolError ? 0x20 : 0));
    expect(answer.subarray(5, 20)).toEqual(bytes.subarray(5, 20));
    const readable = Buffer.from(answer);
    if (resultCode === 3001) readable.writeUIntBE(300, 5, 3);
    if (resultCode === 3007) readable.writeUInt32BE(16777216, 8);
    expect(plain(decoded(readable).avps)).toMatchObject({
      'Session-Id': query['Session-Id'],
      'Origin-Host': 'hss1.ims.example',
      'Result-Code': resultCode,
    });
  });

  it('RFC 6733 6.2: Proxy-Info comes back in its order', () => {
    const proxies = ['one', 'two'].map((name) => ({ 'Proxy-Host': name, 'Proxy-State': Buffer.from(name) }));
    const bytes = encodeRequest(cx.commands['User-Authorization'], ids, { ...query, 'Proxy-Info': proxies });
    const origin = { originHost: 'hss1.ims.example', originRealm: 'ims.example' };
    const answer = encodeErrorAnswer(bytes, cx as unknown as CompiledApplication, origin, { resultCode: 5012 });
    expect(plain(decoded(answer).avps)).toMatchObject({ 'Proxy-Info': proxies });
  });

  it('CX 3: a receiver takes a known AVP with the M bit either way', () => {
    const bytes = uarWith(avp(637, 10415, 0x40, Buffer.from([0, 0, 0, 1])));
    expect(decoded(bytes).avps).toHaveProperty('UAR-Flags', 1);
  });

  it('RFC 6733 7.5: what Failed-AVP holds is not judged', () => {
    const answer = encodeErrorAnswer(
      uar,
      cx as unknown as CompiledApplication,
      { originHost: 'h', originRealm: 'r' },
      { resultCode: 5001, failedAvp: { code: 70_000, vendor: 42, mandatory: true, data: Buffer.from('abc') } },
    );
    const failed = (decoded(answer).avps as { 'Failed-AVP': { AVP: unknown[] }[] })['Failed-AVP'];
    expect(failed.map(({ AVP }) => AVP)).toEqual([
      [{ code: 70_000, vendor: 42, mandatory: true, data: Buffer.from('abc') }],
    ]);
  });
});
