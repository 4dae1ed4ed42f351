import fc from 'fast-check';
import { dissect } from '../../src/diameter/index.js';
import { answerDiameter } from '../../src/faults/answer/diameter-answer.js';
import { answerSip } from '../../src/faults/answer/sip-answer.js';
import { corrupt } from '../../src/faults/change/corrupt.js';
import { changeDiameter } from '../../src/faults/change/diameter-change.js';
import { changeSip } from '../../src/faults/change/sip-change.js';
import type { FieldChanges } from '../../src/faults/index.js';
import { readField } from '../../src/selection/index.js';
import { parseMessage } from '../../src/sip/index.js';
import { challenge, home, invite, maa, ok, register, ringing, seen, sip, uaa, uar } from '../selection/messages.js';

const sipMessages = [register, challenge, ok, invite, ringing];
const diameterMessages = [uar, uaa, maa];

function changed(bytes: Buffer, set: FieldChanges): Buffer {
  const result = bytes[0] === 1 ? changeDiameter(bytes, set) : changeSip(bytes, set);
  if (!Buffer.isBuffer(result)) throw new Error('whyNot' in result ? result.whyNot : `missed ${result.missed.join()}`);
  return result;
}

/** One field of a SIP message, and the value that it is to have. */
const token = fc.stringMatching(/^[a-zA-Z0-9-]{1,12}$/);
const number = fc.nat(99_999);
const sipChange = fc.oneof(
  fc.tuple(fc.constantFrom('Subject', 'Call-ID', 'X-New', 'Organization', 'P-Charging-Vector.icid-value'), token),
  fc.tuple(
    fc.constantFrom(
      'Contact.expires',
      'Expires',
      'Max-Breadth',
      'CSeq.sequence',
      'Request-URI.user',
      'Session-Expires.value',
    ),
    number,
  ),
  fc.tuple(
    fc.constantFrom('From.tag', 'To.tag', 'Via.branch', 'Via[2].received', 'Contact.q', 'Contact.+g.3gpp.smsip'),
    token,
  ),
  fc.tuple(fc.constantFrom('From.uri.user', 'From.uri.host', 'Contact[1].uri.user', 'To.uri.x'), token),
  fc.tuple(fc.constantFrom('Via[1].port', 'Request-URI.port', 'Contact.uri.port'), fc.integer({ min: 1, max: 65_535 })),
  fc.tuple(fc.constantFrom('From.display', 'reason', 'body'), fc.stringMatching(/^[a-z"\\é€ ]{0,12}[a-z]$/)),
  fc.tuple(
    fc.constantFrom('WWW-Authenticate.realm', 'WWW-Authenticate.opaque'),
    fc.stringMatching(/^[a-z",;\\ ]{1,12}$/),
  ),
  fc.tuple(
    fc.constantFrom('WWW-Authenticate.nonce.rand', 'WWW-Authenticate.nonce.autn'),
    fc.stringMatching(/^[0-9a-f]{32}$/),
  ),
  fc.tuple(fc.constantFrom('sdp.audio.direction'), fc.constantFrom('sendrecv', 'recvonly', 'inactive')),
  fc.tuple(fc.constantFrom('sdp.audio[1].port', 'sdp.audio.ptime', 'sdp.version', 'sdp.audio.bandwidth'), number),
  fc.tuple(fc.constantFrom('sdp.audio.address', 'sdp.address'), fc.constantFrom('192.0.2.9', '2001:db8::9')),
);

describe('changed SIP messages', () => {
  it('are well-formed, have the new value, and all else as it was (RFC 3261 20.14: Content-Length)', () => {
    let count = 0;
    fc.assert(
      fc.property(fc.constantFrom(...sipMessages), sipChange, (bytes, [path, value]) => {
        const result = changeSip(bytes, { [path]: value });
        if (!Buffer.isBuffer(result)) return;
        count++;
        const message = parseMessage(result);
        if (message.kind === 'error') throw new Error(`${message.reason}\n${result.toString('latin1')}`);
        expect(Number(message.header('Content-Length'))).toBe(message.body.length);
        const values = readField(seen(result), path);
        const isHost = path.endsWith('.host'); // read in lower case
        expect(new Set(values)).toEqual(new Set([isHost ? String(value).toLowerCase() : String(value)]));
        const before = parseMessage(bytes);
        if (before.kind === 'error') throw new Error(before.reason);
        for (const name of [
          'Via',
          'From',
          'To',
          'Call-ID',
          'CSeq',
          'Contact',
          'Supported',
          'WWW-Authenticate',
          'X-Thing',
        ]) {
          if (!path.startsWith(name)) expect(message.headers(name)).toEqual(before.headers(name));
        }
      }),
      { numRuns: 400 },
    );
    expect(count).toBeGreaterThan(100);
  });

  it.each<[string, Buffer, FieldChanges, RegExp]>([
    [
      'a header on several lines',
      register,
      { Via: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKz' },
      /^Via: SIP\/2\.0\/UDP 192\.0\.2\.9;branch=z9hG4bKz\r\nFrom/m,
    ],
    [
      'one of several',
      register,
      { 'Via[2]': null },
      /^Via: SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bKa;rport=5060\r\nFrom/m,
    ],
    [
      'a parameter away',
      register,
      { 'Contact.expires': null },
      /^Contact: <sip:alice@192\.0\.2\.1:5060>;\+sip\.instance="<urn:gsma:imei:1>"\r\n/m,
    ],
    [
      'a first parameter away',
      register,
      { 'P-Charging-Vector.icid-value': null },
      /^P-Charging-Vector: orig-ioi=home1\.net\r\n/m,
    ],
    ['a quoted parameter', register, { 'P-Charging-Vector.icid-value': 'x' }, /icid-value="x";/],
    [
      'a parameter without value',
      register,
      { 'Contact.flag': '' },
      /expires=600;\+sip\.instance="<urn:gsma:imei:1>";flag\r\n/,
    ],
    ['a URI', register, { 'From.uri': 'sip:b@c' }, /^From: "Alice \\"A\\" B" <sip:b@c>;tag=f1\r\n/m],
    [
      'a URI parameter away',
      register,
      { 'From.uri.user': 'bob', 'From.uri.password': 'x' },
      /<sip:bob:x@[^;>]+;user=phone>;tag=f1/,
    ],
    ['a display name away', register, { 'From.display': null }, /^From: <sip:alice/m],
    ['the method', register, { method: 'OPTIONS' }, /^OPTIONS sip:/],
    ['the Request-URI', register, { 'Request-URI': 'sip:x' }, /^REGISTER sip:x SIP\/2\.0\r\n/],
    ['status and reason', ok, { status: 503, reason: 'Broken' }, /^SIP\/2\.0 503 Broken\r\n/],
    ['the body away', invite, { body: null }, /Content-Length: 0\r\n\r\n$/],
    ['a session description', ok, { sdp: 'v=0\r\n' }, /Content-Type: application\/sdp\r\n\r\nv=0\r\n$/],
    ['precondition lines away', invite, { 'sdp.audio.curr': null }, /telephone-event\/16000\r\na=des:/],
    ['a line that was not there', invite, { 'sdp.audio[2].bandwidth': 64 }, /RTP\/AVP 0\r\nb=AS:64\r\n/],
    ['line ends in a value', register, { Subject: 'a\r\nEvil: b' }, /^Subject: a Evil: b\r\n/m],
    ['Content-Length, when asked for', ok, { 'Content-Length': 9 }, /Content-Length: 9\r\n\r\n$/],
    ['a parameter of Via', register, { 'Via[1].rport': '' }, /branch=z9hG4bKa;rport\r\nVia: SIP\/2\.0\/TCP/],
    [
      'sent-by',
      register,
      { 'Via[2].host': '2001:db8::7', 'Via[2].transport': 'UDP' },
      /SIP\/2\.0\/UDP \[2001:db8::7\];branch=z9hG4bKb/,
    ],
  ])('%s', (_, bytes, set, expected) => {
    const text = changed(bytes, set)
      .toString('latin1')
      .replace(/(Content-Type.*\r\n)(Content-Length.*\r\n)(?=\r\n)/, '$2$1');
    expect(text).toMatch(expected);
  });

  it.each<[Buffer, FieldChanges]>([
    [register, { 'Route.lr': null }],
    [register, { 'Via[3]': null }],
    [register, { 'Via[5]': 'x' }],
    [ok, { 'Request-URI': 'sip:x' }],
    [register, { status: 200 }],
    [register, { 'sdp.audio.port': 1 }],
    [challenge, { 'WWW-Authenticate.opaque': null }],
  ])('nothing to change: %#', (bytes, set) => {
    expect(changeSip(bytes, set)).toMatchObject({ whyNot: expect.stringMatching(/^there is no /) as string });
  });
});

const diameterChange = fc.oneof(
  fc.tuple(fc.constantFrom('User-Name', 'Origin-Host', 'Server-Name', 'Session-Id', 'Public-Identity'), token),
  fc.tuple(
    fc.constantFrom('Result-Code', 'User-Authorization-Type', 'SIP-Number-Auth-Items', 'hop-by-hop', 'end-to-end'),
    fc.nat(14),
  ),
  fc.tuple(
    fc.constantFrom('SIP-Auth-Data-Item.SIP-Authenticate', 'SIP-Auth-Data-Item[1].Integrity-Key', 'Line-Identifier'),
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((octets) => `0x${Buffer.from(octets).toString('hex')}`),
  ),
  fc.tuple(
    fc.constantFrom(
      'Server-Capabilities.Server-Name',
      'Deregistration-Reason.Reason-Info',
      'SIP-Auth-Data-Item.SIP-Digest-Authenticate.Digest-Realm',
    ),
    token,
  ),
);

describe('changed Diameter messages', () => {
  const isWhole = (bytes: Buffer): void => {
    const message = dissect(bytes);
    expect(message).toMatchObject({ fault: undefined, length: bytes.length });
    expect(bytes.length % 4).toBe(0);
  };

  it('RFC 6733 3, 4.1: all lengths are right, the value is there, and all else as it was', () => {
    fc.assert(
      fc.property(fc.constantFrom(...diameterMessages), diameterChange, (bytes, [path, value]) => {
        const result = changed(bytes, { [path]: value });
        isWhole(result);
        expect(new Set(readField(seen(result, 'diameter'), path))).toEqual(new Set([String(value)]));
        for (const other of ['Session-Id', 'Origin-Host', 'Vendor-Specific-Application-Id', 'flags']) {
          if (path !== other) {
            expect(readField(seen(result, 'diameter'), other)).toEqual(readField(seen(bytes, 'diameter'), other));
          }
        }
        // Away with it again.
        if (/^[a-z]/.test(path)) return;
        const without = changed(result, { [path]: null });
        isWhole(without);
        expect(readField(seen(without, 'diameter'), path)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('values by name, times, addresses, 64 bits', () => {
    const result = changed(uar, {
      'User-Authorization-Type': 'DE_REGISTRATION',
      'Host-IP-Address': '2001:db8::1',
      'Framed-Interface-Id': '18446744073709551',
      'Event-Timestamp': '2026-01-01T00:00:00.000Z',
      'AVP-9999': 'text',
    });
    isWhole(result);
    const message = seen(result, 'diameter');
    expect(readField(message, 'User-Authorization-Type')).toEqual(['1']);
    expect(readField(message, 'Host-IP-Address')).toEqual(['2001:db8::1']);
    expect(readField(message, 'Framed-Interface-Id')).toEqual(['18446744073709551']);
    expect(readField(message, 'Event-Timestamp')).toEqual(['2026-01-01T00:00:00.000Z']);
    expect(readField(message, 'AVP-9999')).toEqual(['text']);
  });

  it('result: the code of the kind that the answer has; the E bit with 3xxx', () => {
    const experimental = seen(changed(uaa, { result: 5001 }), 'diameter');
    expect(readField(experimental, 'Experimental-Result.Experimental-Result-Code')).toEqual(['5001']);
    expect(readField(experimental, 'Experimental-Result.Vendor-Id')).toEqual(['10415']);
    const plain = seen(changed(maa, { result: 3004 }), 'diameter');
    expect(readField(plain, 'Result-Code')).toEqual(['3004']);
    expect(readField(plain, 'flags')).toEqual(['-PE-']);
  });

  it('what is not there is not removed', () => {
    expect(changeDiameter(uar, { 'Server-Name': null })).toMatchObject({
      whyNot: expect.stringContaining('Server-Name') as string,
    });
  });
});

describe('corrupted messages', () => {
  const bitsThatDiffer = (a: Buffer, b: Buffer): number => {
    expect(a.length).toBe(b.length);
    let bits = 0;
    for (let at = 0; at < a.length; at++) for (let x = a[at]! ^ b[at]!; x > 0; x >>= 1) bits += x & 1;
    return bits;
  };
  const flip = (bytes: Buffer, field: string | undefined, bit: number | undefined): Buffer | undefined => {
    const message = seen(bytes, bytes[0] === 1 ? 'diameter' : 'sip');
    const result = corrupt(message, { do: 'corrupt', field, bit }, (bits) => bits - 1);
    return Buffer.isBuffer(result) ? result : undefined;
  };

  it.each<[Buffer, string, number]>([
    [register, 'Request-URI.user', 3],
    [register, 'Request-URI', 8],
    [register, 'method', 1],
    [register, 'Contact[2].q', 0],
    [register, 'Contact.expires', 5],
    [register, 'Contact.+sip.instance', 9],
    [register, 'From.uri.host', 6],
    [register, 'From.display', 2],
    [register, 'Via[2].branch', 7],
    [register, 'Via.port', 7],
    [register, 'CSeq.sequence', 7],
    [register, 'P-Charging-Vector.icid-value', 7],
    [register, 'X-Thing.odd', 7],
    [ok, 'status', 7],
    [ok, 'reason', 7],
    [invite, 'body', 70],
    [challenge, 'WWW-Authenticate.algorithm', 7],
    [maa, 'SIP-Auth-Data-Item.SIP-Authenticate', 130],
    [maa, 'SIP-Auth-Data-Item[2].SIP-Item-Number', 31],
    [uar, 'Public-Identity', 5],
  ])('one bit of the field: %#', (bytes, field, bit) => {
    const result = flip(bytes, field, bit)!;
    expect(bitsThatDiffer(bytes, result)).toBe(1);
    const protocol = bytes[0] === 1 ? ('diameter' as const) : ('sip' as const);
    if (field !== 'method' && field !== 'status') {
      expect(readField(seen(result, protocol), field)).not.toEqual(readField(seen(bytes, protocol), field));
    }
    if (protocol === 'diameter') expect(dissect(result)).toMatchObject({ fault: undefined });
  });

  it('RFC 3310 3.2: one bit of RAND or AUTN inside the base64 of the nonce', () => {
    fc.assert(
      fc.property(fc.constantFrom('rand', 'autn'), fc.nat(127), (part, bit) => {
        const path = `WWW-Authenticate.nonce.${part}`;
        const result = flip(challenge, path, bit)!;
        const hex = (bytes: Buffer, of: string): Buffer =>
          Buffer.from(readField(seen(bytes), `WWW-Authenticate.nonce.${of}`)[0]!, 'hex');
        expect(result).toHaveLength(challenge.length);
        expect(bitsThatDiffer(hex(challenge, part), hex(result, part))).toBe(1);
        expect(hex(challenge, part)[bit >> 3]! ^ hex(result, part)[bit >> 3]!).toBe(0x80 >> (bit & 7));
        const other = part === 'rand' ? 'autn' : 'rand';
        expect(hex(result, other)).toEqual(hex(challenge, other));
        expect(parseMessage(result).kind).toBe('response');
      }),
    );
  });

  it('anywhere where no field is named, and nowhere beyond its end', () => {
    expect(bitsThatDiffer(register, flip(register, undefined, 4)!)).toBe(1);
    expect(flip(register, undefined, undefined)!.at(-1)! ^ register.at(-1)!).toBe(1);
    expect(flip(register, undefined, register.length * 8)).toBeUndefined();
    expect(flip(register, 'Route', 0)).toBeUndefined();
    expect(flip(maa, 'Server-Name', 0)).toBeUndefined();
  });
});

describe('any octets', () => {
  const someBytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((octets) => Buffer.from(octets)),
    fc
      .tuple(
        fc.constantFrom(...sipMessages, ...diameterMessages, sip(['INVITE sip:x SIP/2.0'])),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
        fc.option(fc.nat()),
      )
      .map(([original, changes, cut]) => {
        const copy = Buffer.from(original);
        for (const [at, octet] of changes) copy[at % copy.length] = octet;
        return cut === null ? copy : copy.subarray(0, cut % copy.length);
      }),
  );
  const from = { address: '192.0.2.1', port: 5060 };
  const origin = { originHost: `hss1.${home}`, originRealm: home };
  const fields = [
    'Via[2].host',
    'From.uri.user',
    'From.display',
    'WWW-Authenticate.nonce.autn',
    'CSeq.method',
    'Contact.x',
  ];
  const avps = ['SIP-Auth-Data-Item.SIP-Authenticate', 'result', 'Server-Capabilities.Server-Name'];

  it('never make a change, a flip or an answer throw', () => {
    fc.assert(
      fc.property(someBytes, fc.option(token), (bytes, value) => {
        for (const path of [...fields, 'sdp.audio.port', 'body', 'method', 'Request-URI.host', 'status']) {
          changeSip(bytes, { [path]: path === 'status' ? 200 : value });
        }
        for (const path of avps) changeDiameter(bytes, { [path]: path === 'result' ? 5012 : value });
        for (const field of fields) corrupt(seen(bytes), { do: 'corrupt', field }, () => 0);
        for (const field of ['SIP-Auth-Data-Item.SIP-Authenticate', 'Session-Id']) {
          corrupt(seen(bytes, 'diameter'), { do: 'corrupt', field }, () => 0);
        }
        answerSip(bytes, from, { do: 'answer', status: 503 }, 'tag');
        answerDiameter(bytes, origin, { do: 'answer', result: 5012 });
      }),
      { numRuns: 150 },
    );
  });
});

it('RFC 3261 7: what users write in an answer stands in it as UTF-8, and a name in quotes without them', () => {
  const action = {
    do: 'answer',
    status: 503,
    reason: 'Größe €',
    headers: { Organization: 'Müller', '"Ret-After"': 1 },
  } as const;
  const answer = answerSip(invite, { address: '192.0.2.1', port: 5060 }, action, 'tag')!;
  const [startLine, ...lines] = answer.toString('utf8').split('\r\n');
  expect(startLine).toBe('SIP/2.0 503 Größe €');
  expect(lines).toEqual(expect.arrayContaining(['Organization: Müller', 'Ret-After: 1']));
});

it('a change of a Diameter message tells which AVPs it has missed', () => {
  const result = changeDiameter(uar, { 'Origin-Host': 'x', 'Route-Record': null });
  if (!('missed' in result)) throw new Error('all done');
  expect(result.missed).toEqual(['Route-Record']);
  expect(readField(seen(result.bytes, 'diameter'), 'Origin-Host')).toEqual(['x']);
});
