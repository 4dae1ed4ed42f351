/** The rows of cx.md 6.3 (RFC 6733 7.1, 7.2, 7.5), over a wire: result code, E bit, Failed-AVP, and what becomes of the connection. */
import { CxServer } from '../../../src/diameter/index.js';
import { cer, DiameterLab, dpr, firstRegistration, RawPeer, realm, uar } from './lab.js';

const hssAddress = '127.0.0.4';
const ids = { hopByHop: 0x11, endToEnd: 0x22 };
const rawHost = `raw.${realm}`;

/** One AVP as octets; `data` in hex, the length as given where it lies. */
function avp(code: number, flags: number, data: string, options: { vendor?: number; length?: number } = {}): Buffer {
  const { vendor } = options;
  const header = Buffer.alloc(vendor === undefined ? 8 : 12);
  const content = Buffer.from(data, 'hex');
  header.writeUInt32BE(code, 0);
  header[4] = flags;
  header.writeUIntBE(options.length ?? header.length + content.length, 5, 3);
  if (vendor !== undefined) header.writeUInt32BE(vendor, 8);
  return Buffer.concat([header, content, Buffer.alloc((4 - (content.length % 4)) % 4)]);
}

const hex = (text: string): string => Buffer.from(text).toString('hex');

function withAvps(message: Buffer, ...avps: Buffer[]): Buffer {
  const longer = Buffer.concat([message, ...avps]);
  longer.writeUIntBE(longer.length, 1, 3);
  return longer;
}

/** The message without its first AVP of that code. */
function without(message: Buffer, code: number): Buffer {
  for (let at = 20; at < message.length; ) {
    const end = (at + message.readUIntBE(at + 5, 3) + 3) & ~3;
    if (message.readUInt32BE(at) === code) {
      return withAvps(Buffer.concat([message.subarray(0, at), message.subarray(end)]));
    }
    at = end;
  }
  throw new Error(`no AVP ${code}`);
}

function changed(message: Buffer, change: (bytes: Buffer) => void): Buffer {
  const copy = Buffer.from(message);
  change(copy);
  return copy;
}

/** The AVP inside Failed-AVP, as octets; undefined where there is none. */
function failedAvp(answer: Buffer): Buffer | undefined {
  for (let at = 20; at < answer.length; ) {
    const end = at + answer.readUIntBE(at + 5, 3);
    if (answer.readUInt32BE(at) === 279) return answer.subarray(at + 8, end);
    at = (end + 3) & ~3;
  }
  return undefined;
}

function readers(message: Buffer) {
  const data = (code: number): Buffer => {
    for (let at = 20; at < message.length; ) {
      const end = at + message.readUIntBE(at + 5, 3);
      if (message.readUInt32BE(at) === code) return message.subarray(at + 8, end);
      at = (end + 3) & ~3;
    }
    return Buffer.alloc(0);
  };
  return { text: (code: number) => data(code).toString(), number: (code: number) => data(code).readUInt32BE(0) };
}

const request = (changes: object = {}): Buffer => uar(ids, changes);
const unknownMandatory = avp(70_000, 0xc0, hex('x'), { vendor: 42 });
const secondUserName = avp(1, 0x40, hex('other'));
const withoutVendor = avp(70_000, 0x80, '00000000', { vendor: 0 });
const badEnumeration = avp(623, 0xc0, '00000009', { vendor: 10415 });
const inGroup = (member: Buffer): Buffer => avp(628, 0x80, member.toString('hex'), { vendor: 10415 });
const features = Buffer.concat([avp(266, 0x40, '000028af'), avp(629, 0x80, '00000001', { vendor: 10415 })]);

/** Vendor-Specific-Application-Id with a User-Name in it. */
const crowdedGroup = avp(
  260,
  0x40,
  Buffer.concat([avp(266, 0x40, '000028af'), avp(258, 0x40, '01000000'), secondUserName]).toString('hex'),
);

/** `failed`: what Failed-AVP must hold. */
const rows: [row: string, message: Buffer, resultCode: number, eBit: boolean, failed: Buffer | undefined][] = [
  [
    '3001 COMMAND_UNSUPPORTED: unknown command',
    changed(request(), (b) => b.writeUIntBE(999, 5, 3)),
    3001,
    true,
    undefined,
  ],
  [
    '3001 COMMAND_UNSUPPORTED: nobody serves it',
    changed(request(), (b) => b.writeUIntBE(302, 5, 3)),
    3001,
    true,
    undefined,
  ],
  [
    '3002 UNABLE_TO_DELIVER: another Destination-Host',
    request({ 'Destination-Host': `hss2.${realm}` }),
    3002,
    true,
    undefined,
  ],
  ['3003 REALM_NOT_SERVED: another realm', request({ 'Destination-Realm': 'other.example' }), 3003, true, undefined],
  [
    '3005 LOOP_DETECTED: own identity in Route-Record',
    request({ 'Route-Record': [`a.${realm}`, `HSS1.${realm}`] }),
    3005,
    true,
    undefined,
  ],
  ['3007 APPLICATION_UNSUPPORTED', changed(request(), (b) => b.writeUInt32BE(4, 8)), 3007, true, undefined],
  ['3008 INVALID_HDR_BITS: E in a request', changed(request(), (b) => b.writeUInt8(0xe0, 4)), 3008, true, undefined],
  ['3009 INVALID_AVP_BITS: V without a vendor', withAvps(request(), withoutVendor), 3009, true, withoutVendor],
  ['5001 AVP_UNSUPPORTED: unknown with M', withAvps(request(), unknownMandatory), 5001, false, unknownMandatory],
  [
    '5001 AVP_UNSUPPORTED: inside a group',
    withAvps(
      request(),
      inGroup(Buffer.concat([features, avp(630, 0x80, '00000001', { vendor: 10415 }), unknownMandatory])),
    ),
    5001,
    false,
    unknownMandatory,
  ],
  ['5004 INVALID_AVP_VALUE: outside the enumeration', withAvps(request(), badEnumeration), 5004, false, badEnumeration],
  ['5005 MISSING_AVP: its header', without(request(), 601), 5005, false, avp(601, 0xc0, '', { vendor: 10415 })],
  ['5005 MISSING_AVP: with zeros for the least data', without(request(), 277), 5005, false, avp(277, 0x40, '00000000')],
  [
    '5005 MISSING_AVP: inside a group',
    withAvps(request(), inGroup(features)),
    5005,
    false,
    avp(630, 0x80, '00000000', { vendor: 10415 }),
  ],
  [
    '5008 AVP_NOT_ALLOWED: in a group that has no place for it',
    withAvps(without(request(), 260), crowdedGroup),
    5008,
    false,
    secondUserName,
  ],
  ['5009 AVP_OCCURS_TOO_MANY_TIMES: the second', withAvps(request(), secondUserName), 5009, false, secondUserName],
  ['5011 UNSUPPORTED_VERSION', changed(request(), (b) => b.writeUInt8(2, 0)), 5011, false, undefined],
  [
    '5014 INVALID_AVP_LENGTH: too short for its type',
    withAvps(request(), avp(623, 0xc0, '0000', { vendor: 10415 })),
    5014,
    false,
    avp(623, 0xc0, '00000000', { vendor: 10415 }),
  ],
  [
    '5014 INVALID_AVP_LENGTH: longer than the message',
    withAvps(request(), avp(623, 0xc0, '00000000', { vendor: 10415, length: 400 })),
    5014,
    false,
    avp(623, 0xc0, '00000000', { vendor: 10415 }),
  ],
  ['5014 INVALID_AVP_LENGTH: 0', withAvps(request(), avp(1, 0x40, '', { length: 0 })), 5014, false, avp(1, 0x40, '')],
];

let lab: DiameterLab;
let peer: RawPeer;
beforeEach(() => {
  lab = new DiameterLab();
  const hss = lab.endpoint('hss1', hssAddress);
  hss.listen({ address: hssAddress, port: 3868 });
  new CxServer(hss, { userAuthorization: (_, respond) => respond(firstRegistration('hss1')) });
  peer = new RawPeer().connect(lab, '127.0.0.9', hssAddress);
});

describe('CX 6.3', () => {
  it.each(rows)('CX-RESULT, CX-67 / RFC 6733 7: %s', (_, message, resultCode, eBit, failed) => {
    peer.write(cer(rawHost));
    peer.write(message);
    lab.run(100);
    const answer = peer.received[1]!;
    // CX-67: P as in the request, R and T clear; E with 3xxx and never otherwise.
    expect([answer[4], answer.readUInt32BE(12), answer.readUInt32BE(16)]).toEqual([eBit ? 0x60 : 0x40, 0x11, 0x22]);
    expect(answer.subarray(5, 12)).toEqual(message.subarray(5, 12));
    // 7.2: [Session-Id] first, then who answers, the result, and what is at fault.
    const { text, number } = readers(answer);
    expect([text(263), text(264), text(296), number(268)]).toEqual(['raw;1;1', `hss1.${realm}`, realm, resultCode]);
    expect(failedAvp(answer)).toEqual(failed);
    // The connection goes on.
    peer.write(uar({ hopByHop: 0x33, endToEnd: 0x44 }));
    lab.run(100);
    expect([peer.received.length, peer.last().hopByHop, peer.closed]).toEqual([3, 0x33, false]);
  });

  it('5014 in CER: an address too short is shown as an IPv4 address of zeros, which Wireshark can read', () => {
    peer.write(withAvps(without(cer(rawHost), 257), avp(257, 0x40, '0001')));
    lab.run(100);
    const cea = peer.received[0]!;
    expect([readers(cea).number(268), failedAvp(cea)]).toEqual([5014, avp(257, 0x40, '000000000000')]);
  });

  it('3002, 3003, 3005: Proxy-Info is copied in its order', () => {
    const proxies = ['a', 'b'].map((host) => ({ 'Proxy-Host': host, 'Proxy-State': Buffer.from(host) }));
    peer.write(cer(rawHost));
    peer.write(request({ 'Destination-Realm': 'other.example', 'Proxy-Info': proxies }));
    lab.run(100);
    const copied = [...'ab'].map((host) =>
      avp(284, 0x40, `0000011840000009${hex(host)}0000000000002140000009${hex(host)}000000`),
    );
    expect(peer.received[1]!.includes(Buffer.concat(copied))).toBe(true);
  });

  it('5012 UNABLE_TO_COMPLY: capabilities are exchanged once a connection', () => {
    peer.write(cer(rawHost));
    peer.write(cer(rawHost));
    lab.run(100);
    const { number } = readers(peer.received[1]!);
    expect([peer.received[1]![4], number(268), failedAvp(peer.received[1]!), peer.closed]).toEqual([
      0,
      5012,
      undefined,
      false,
    ]);
  });

  it('5005 MISSING_AVP: base protocol, too', () => {
    peer.write(cer(rawHost));
    peer.write(without(dpr(rawHost, 0), 273));
    lab.run(100);
    expect(readers(peer.received[1]!).number(268)).toBe(5005);
    expect(failedAvp(peer.received[1]!)).toEqual(avp(273, 0x40, '00000000'));
  });

  it.each([
    ['3010 UNKNOWN_PEER', cer(`hss1.${realm}`), 3010, 0x20],
    ['5010 NO_COMMON_APPLICATION', cer(rawHost, 16777217), 5010, 0],
    ['5017 NO_COMMON_SECURITY', withAvps(cer(rawHost), avp(299, 0x40, '00000001')), 5017, 0],
    ['5011 UNSUPPORTED_VERSION', changed(cer(rawHost), (b) => b.writeUInt8(3, 0)), 5011, 0],
    ['5005 MISSING_AVP', without(cer(rawHost), 266), 5005, 0],
    ['3008 INVALID_HDR_BITS', changed(cer(rawHost), (b) => b.writeUInt8(0xa0, 4)), 3008, 0x20],
  ])('%s in answer to a CER ends the connection', (_, message, resultCode, flags) => {
    peer.write(message);
    lab.run(100);
    expect([peer.received[0]![4], readers(peer.received[0]!).number(268), peer.closed]).toEqual([
      flags,
      resultCode,
      true,
    ]);
  });

  it.each([
    ['no multiple of 4', 0x16],
    ['over the limit', 0xfffffc],
    ['under a header', 0x10],
  ])('5015 INVALID_MESSAGE_LENGTH: %s, and the connection ends', (_, length) => {
    peer.write(cer(rawHost));
    peer.write(changed(request(), (b) => b.writeUIntBE(length, 1, 3)));
    lab.run(100);
    const answer = peer.received[1]!;
    expect([answer[4], answer.readUInt32BE(12), readers(answer).number(268)]).toEqual([0x40, 0x11, 5015]);
    expect([failedAvp(answer), peer.closed]).toEqual([undefined, true]);
  });

  it('5015: an answer of an impossible length gets none', () => {
    peer.write(cer(rawHost));
    peer.write(
      changed(request(), (b) => b.writeUInt32BE(0x40000000 | b.readUIntBE(5, 3), 4) && b.writeUIntBE(0x16, 1, 3)),
    );
    lab.run(100);
    expect([peer.received.length, peer.closed]).toEqual([1, true]);
  });
});
