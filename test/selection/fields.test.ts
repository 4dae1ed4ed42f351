import fc from 'fast-check';
import { PatternError, parseFieldPath, readField, type SeenMessage } from '../../src/selection/index.js';
import * as messages from './messages.js';

const { autn, challenge, home, invite, maa, nonce, ok, rand, register, seen, uaa, uar } = messages;

function fields(message: SeenMessage, paths: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(paths.map((path) => [path, readField(message, path)]));
}

describe('fields of SIP messages', () => {
  it('RFC 3261 7.3.1: list headers give each of their values, others each of their lines', () => {
    const read = fields(seen(register), [
      'Via',
      'v',
      'Via[2]',
      'Via[3]',
      'Supported',
      'Call-ID',
      'X-Thing',
      'Subject',
      'Route',
    ]);
    expect(read.Via).toHaveLength(2);
    expect(read.v).toEqual(read.Via);
    expect(read['Via[2]']).toEqual(['SIP/2.0/TCP [2001:db8::1];branch=z9hG4bKb']);
    expect(read['Via[3]']).toEqual([]);
    expect(read.Supported).toEqual(['path', '100rel']);
    expect(read['Call-ID']).toEqual(['call-1@192.0.2.1']);
    expect(read['X-Thing']).toEqual(['something; odd="1"']);
    expect(read.Subject).toEqual(['café']);
    expect(read.Route).toEqual([]);
  });

  it('of the start line', () => {
    expect(
      fields(seen(register), [
        ...['Request-URI', 'Request-URI.user', 'Request-URI.password', 'Request-URI.host', 'Request-URI.port'],
        ...['Request-URI.scheme', 'Request-URI.orig', 'Request-URI.lr', 'method', 'status', 'reason'],
      ]),
    ).toEqual({
      'Request-URI': [`sip:alice:secret@${home}:5070;orig`],
      'Request-URI.user': ['alice'],
      'Request-URI.password': ['secret'],
      'Request-URI.host': [home],
      'Request-URI.port': ['5070'],
      'Request-URI.scheme': ['sip'],
      'Request-URI.orig': ['true'],
      'Request-URI.lr': [],
      method: ['REGISTER'],
      status: [],
      reason: [],
    });
    expect(fields(seen(ok), ['status', 'reason', 'method', 'Request-URI'])).toEqual({
      status: ['200'],
      reason: ['OK'],
      method: ['REGISTER'],
      'Request-URI': [],
    });
    expect(readField(seen(invite), 'Request-URI.user')).toEqual(['+15550100001']);
  });

  it('parts of addresses, Via, CSeq and of parameters of other headers', () => {
    expect(
      fields(seen(register), [
        ...[
          'From.tag',
          'From.uri',
          'From.uri.user',
          'From.uri.host',
          'From.display',
          'Contact.expires',
          'Contact[2].q',
        ],
        ...[
          'Contact.+sip.instance',
          'Contact.uri.host',
          'Via.branch',
          'Via[2].host',
          'Via.transport',
          'Via.rport',
          'Via.port',
        ],
        ...['CSeq.method', 'CSeq.sequence', 'P-Charging-Vector.icid-value', 'P-Charging-Vector.orig-ioi'],
        ...['Session-Expires.refresher', 'Session-Expires.value', 'X-Thing.odd', 'X-Thing.even'],
      ]),
    ).toEqual({
      'From.tag': ['f1'],
      'From.uri': [`sip:alice@${home};user=phone`],
      'From.uri.user': ['alice'],
      'From.uri.host': [home],
      'From.display': ['Alice "A" B'],
      'Contact.expires': ['600'],
      'Contact[2].q': ['0.5'],
      'Contact.+sip.instance': ['<urn:gsma:imei:1>'],
      'Contact.uri.host': ['192.0.2.1', '192.0.2.2'],
      'Via.branch': ['z9hG4bKa', 'z9hG4bKb'],
      'Via[2].host': ['2001:db8::1'],
      'Via.transport': ['UDP', 'TCP'],
      'Via.rport': ['5060'],
      'Via.port': ['5060'],
      'CSeq.method': ['REGISTER'],
      'CSeq.sequence': ['7'],
      'P-Charging-Vector.icid-value': ['icid1'],
      'P-Charging-Vector.orig-ioi': ['home1.net'],
      'Session-Expires.refresher': ['uac'],
      'Session-Expires.value': ['1800'],
      'X-Thing.odd': ['1'],
      'X-Thing.even': [],
    });
    expect(readField(seen(register), 'Contact."+sip.instance"')).toEqual(['<urn:gsma:imei:1>']);
  });

  it('RFC 3310 3.2: parts of a challenge, RAND and AUTN of its nonce in hexadecimal', () => {
    const paths = ['realm', 'nonce', 'nonce.rand', 'nonce.autn', 'algorithm', 'qop', 'scheme', 'opaque', 'nonce.sqn'];
    expect(
      fields(
        seen(challenge),
        paths.map((path) => `WWW-Authenticate.${path}`),
      ),
    ).toEqual({
      'WWW-Authenticate.realm': [home],
      'WWW-Authenticate.nonce': [nonce],
      'WWW-Authenticate.nonce.rand': [rand],
      'WWW-Authenticate.nonce.autn': [autn],
      'WWW-Authenticate.algorithm': ['AKAv1-MD5'],
      'WWW-Authenticate.qop': ['auth'],
      'WWW-Authenticate.scheme': ['Digest'],
      'WWW-Authenticate.opaque': [],
      'WWW-Authenticate.nonce.sqn': [],
    });
  });

  it('RFC 8866: of the session description', () => {
    expect(
      fields(seen(invite), [
        ...['sdp.version', 'sdp.session-id', 'sdp.address', 'sdp.media', 'sdp.audio.direction', 'sdp.audio.port'],
        ...[
          'sdp.audio[2].port',
          'sdp.audio[1].codec',
          'sdp.audio.payloads',
          'sdp.audio.address',
          'sdp.audio.bandwidth',
        ],
        ...['sdp.audio.curr', 'sdp.audio.des', 'sdp.video.port', 'sdp.audio.protocol'],
      ]),
    ).toEqual({
      'sdp.version': ['18'],
      'sdp.session-id': ['17'],
      'sdp.address': ['192.0.2.1'],
      'sdp.media': ['audio', 'audio'],
      'sdp.audio.direction': ['sendonly', 'sendrecv'],
      'sdp.audio.port': ['49152', '49154'],
      'sdp.audio[2].port': ['49154'],
      'sdp.audio[1].codec': ['AMR-WB', 'telephone-event'],
      'sdp.audio.payloads': ['97', '98', '0'],
      'sdp.audio.address': ['192.0.2.1', '192.0.2.1'],
      'sdp.audio.bandwidth': ['41'],
      'sdp.audio.curr': ['qos local none', 'qos remote none'],
      'sdp.audio.des': ['qos mandatory local sendrecv'],
      'sdp.video.port': [],
      'sdp.audio.protocol': ['RTP/AVP', 'RTP/AVP'],
    });
    expect(readField(seen(invite), 'body')[0]).toMatch(/^v=0\r\n/);
    expect(readField(seen(register), 'sdp')).toEqual([]);
    expect(readField(seen(register), 'body')).toEqual([]);
  });

  it('reads what the parser refuses as far as it goes', () => {
    const broken = messages.sip(['SIP/2.0 200 OK', 'CSeq: 7 REGISTER', 'Contact: <sip:alice@192.0.2.1>;expires=60']);
    expect(readField(seen(broken), 'Contact.expires')).toEqual(['60']);
    const bare = Buffer.from('\r\nOPTIONS sip:x SIP/2.0\nCall-ID: 1\nno header\n\n');
    expect(readField(seen(bare), 'Call-ID')).toEqual(['1']);
    expect(readField(seen(Buffer.from('SIP/2.0 999 No\r\n\r\n')), 'status')).toEqual([]);
  });
});

describe('fields of Diameter messages', () => {
  it('by the names of the AVPs, members of groups with dots', () => {
    expect(
      fields(seen(maa, 'diameter'), [
        ...['Result-Code', 'result', 'SIP-Auth-Data-Item.SIP-Item-Number', 'SIP-Auth-Data-Item[2].SIP-Item-Number'],
        ...['SIP-Auth-Data-Item.SIP-Authenticate', 'User-Name', 'Server-Name', 'flags', 'hop-by-hop', 'end-to-end'],
      ]),
    ).toEqual({
      'Result-Code': ['2001'],
      result: ['2001'],
      'SIP-Auth-Data-Item.SIP-Item-Number': ['1', '2'],
      'SIP-Auth-Data-Item[2].SIP-Item-Number': ['2'],
      'SIP-Auth-Data-Item.SIP-Authenticate': [`0x${rand}${autn}`],
      'User-Name': [`alice@${home}`],
      'Server-Name': [],
      flags: ['-P--'],
      'hop-by-hop': [String(0x01020304)],
      'end-to-end': [String(0x05060708)],
    });
  });

  it('TS 29.229 6.2: result is either kind of result code', () => {
    expect(
      fields(seen(uaa, 'diameter'), [
        'result',
        'Result-Code',
        'Experimental-Result',
        'Server-Capabilities.Mandatory-Capability',
      ]),
    ).toEqual({
      result: ['2001'],
      'Result-Code': [],
      'Experimental-Result': ['{ Vendor-Id 10415, Experimental-Result-Code 2001 }'],
      'Server-Capabilities.Mandatory-Capability': ['1', '2'],
    });
    expect(readField(seen(uar, 'diameter'), 'result')).toEqual([]);
  });
});

describe('field paths', () => {
  const faultOf = (path: string, protocol?: 'sip' | 'diameter'): string => {
    try {
      parseFieldPath(path, protocol);
      return '';
    } catch (error) {
      expect(error).toBeInstanceOf(PatternError);
      return (error as PatternError).message;
    }
  };

  it.each([
    ['Contcat.expires', undefined, /no header Contcat.*'Contact'/],
    ['WWW-Autenticate.nonce', undefined, /'WWW-Authenticate'/],
    ['Result-Cod', 'diameter', /no AVP Result-Cod.*'Result-Code'/],
    ['SIP-Auth-Data-Item.SIP-Authentikate', 'diameter', /'SIP-Authenticate'/],
    ['Contact..expires', undefined, /no field/],
    ['Contact.', undefined, /ends in a dot/],
    ['', undefined, /no name/],
    ['Via[0]', undefined, /no field/],
    ['a b', undefined, /no field/],
    ['Qwertyuiop', 'diameter', /no AVP/],
  ] as const)('says of %s what is wrong', (path, protocol, message) => {
    expect(faultOf(path, protocol)).toMatch(message);
  });

  it.each(['X-Anything', 'P-New-Thing.value', '"Contcat"', 'contact', 'm.expires', 'Foo', 'result', 'AVP-4711'])(
    'takes %s',
    (path) => {
      expect(faultOf(path)).toBe('');
    },
  );

  it('takes AVPs of applications that only the package of foreign names knows', () => {
    expect(parseFieldPath('Subscription-Id.Subscription-Id-Data', 'diameter')).toMatchObject({
      inSip: false,
      inDiameter: true,
    });
    expect(parseFieldPath('Contact')).toMatchObject({ inSip: true, inDiameter: true });
  });
});

describe('any octets', () => {
  const someBytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets)),
    fc
      .tuple(
        fc.constantFrom(...[register, challenge, ok, invite, uar, uaa, maa]),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
        fc.option(fc.nat()),
      )
      .map(([original, changes, cut]) => {
        const copy = Buffer.from(original);
        for (const [at, octet] of changes) copy[at % copy.length] = octet;
        return cut === null ? copy : copy.subarray(0, cut % copy.length);
      }),
  );
  const paths = [
    ...[
      'Via',
      'Via[2].branch',
      'Contact.uri.host',
      'From.tag',
      'WWW-Authenticate.nonce.autn',
      'CSeq.method',
      'sdp.audio.port',
    ],
    ...[
      'sdp.audio.curr',
      'body',
      'Request-URI.user',
      'X-Thing.odd',
      'P-Charging-Vector.icid-value',
      'Subject',
      'result',
    ],
    ...['SIP-Auth-Data-Item.SIP-Authenticate', 'Server-Capabilities', 'flags'],
    ...['constructor', 'sdp.constructor', 'sdp.audio.constructor', 'WWW-Authenticate.nonce.constructor'],
  ];

  it('never make reading throw', () => {
    fc.assert(
      fc.property(someBytes, fc.constantFrom('sip', 'diameter', 'rtp', 'other' as const), (bytes, protocol) => {
        const message = seen(bytes, protocol as SeenMessage['protocol']);
        for (const path of paths) expect(Array.isArray(readField(message, path))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
