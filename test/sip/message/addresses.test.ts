import {
  decodeUtf8,
  encodeUtf8,
  parseAddress,
  parseVia,
  quote,
  splitList,
  unquote,
} from '../../../src/sip/message/index.js';
import { failure, request, requestText } from './messages.js';

describe('lists', () => {
  it('SIP-04: repeated lines and comma lists are the same, in order', () => {
    const lines = ['Route: <sip:a;lr>, <sip:b,c@d;lr>', 'ROUTE: "x, y" <sip:e;lr>,<sip:f;lr>;p="q,r"'];
    const message = request(requestText({}, lines));
    expect(message.routes.map(({ uri }) => uri.text)).toEqual(['sip:a;lr', 'sip:b,c@d;lr', 'sip:e;lr', 'sip:f;lr']);
    expect(message.headers('Route')).toHaveLength(2);
    expect(message.values('Route')[3]).toBe('<sip:f;lr>;p="q,r"');
  });

  it.each([
    'Authorization',
    'WWW-Authenticate',
    'Proxy-Authorization',
    'Proxy-Authenticate',
    'Date',
    'Subject',
    'Privacy',
  ])('SIP-04: %s is not split', (name) => {
    expect(request(requestText({}, [`${name}: a b="c",d=e`])).values(name)).toEqual(['a b="c",d=e']);
  });

  // RFC 3261 25.1, RFC 3327 4, RFC 3329 2.2, RFC 3608 4, RFC 3325 9, RFC 7315 5, RFC 7044 5, RFC 6809 6, RFC 3326 2 …
  it.each(
    `Accept Accept-Encoding Accept-Language Alert-Info Allow Call-Info Contact Content-Encoding Content-Language Error-Info
    In-Reply-To Proxy-Require Record-Route Require Route Supported Unsupported Warning Path Service-Route Security-Client
    Security-Server Security-Verify Reason P-Asserted-Identity P-Preferred-Identity P-Associated-URI P-Visited-Network-ID
    P-Access-Network-Info P-Early-Media P-Media-Authorization History-Info Feature-Caps Allow-Events Accept-Contact
    Reject-Contact Request-Disposition Resource-Priority Accept-Resource-Priority Geolocation Diversion Recv-Info`.split(
      /\s+/,
    ),
  )('SIP-04: %s is a list', (name) => {
    const values = request(requestText({}, [`${name}: <sip:a>, <sip:b>`])).values(name);
    expect(values).toEqual(['<sip:a>', '<sip:b>']);
  });

  it('SIP-04: option tags', () => {
    const message = request(requestText({}, ['Supported: path , 100rel', 'k: GRUU', 'Require:']));
    expect(message.values('Supported')).toEqual(['path', '100rel', 'GRUU']);
    expect(message.hasOption('Supported', 'gruu')).toBe(true);
    expect(message.hasOption('Supported', 'rel')).toBe(false);
    expect(message.values('Require')).toEqual([]);
  });

  it('splitting minds quotes, escapes and brackets', () => {
    expect(splitList('"a\\",b" <c,d>, e,,f ')).toEqual(['"a\\",b" <c,d>', 'e', 'f']);
  });
});

describe('addresses', () => {
  it('SIP-06: parameters belong to the URI inside <>, to the header outside', () => {
    const inside = parseAddress('<sip:a@b;x=1?h=2>;tag=t');
    expect(inside?.uri.parameters.get('x')).toBe('1');
    expect(inside?.parameters).toEqual(new Map([['tag', 't']]));
    const bare = parseAddress('sip:a@b;x=1;TAG=t');
    expect(bare?.uri).toMatchObject({ text: 'sip:a@b', parameters: new Map() });
    expect(bare?.parameters).toEqual(
      new Map([
        ['x', '1'],
        ['tag', 't'],
      ]),
    );
  });

  it('SIP-06: display names: quoted with escapes and UTF-8, or tokens', () => {
    const quoted = parseAddress(`"a \\"b\\" \\\\ ${encodeUtf8('Жук')}"<sip:a@b>`);
    expect(decodeUtf8(quoted?.displayName ?? '')).toBe('a "b" \\ Жук');
    expect(parseAddress('Mr. A  <sip:a@b>')?.displayName).toBe('Mr. A');
    expect(parseAddress('<sip:a@b>')?.displayName).toBeUndefined();
  });

  it.each([
    '',
    '"a <sip:a@b>',
    'a, b <sip:a@b>',
    '<sip:a@b',
    '< sip:a@b>',
    'sip:a@b?x=y',
    '<sip:a@b>;',
    '<sip:a@b>;;x',
    '<sip:a@b>;x=',
    '<sip:a@b> x',
    '<sip:a@b>, <sip:c>',
    'a@b',
    '"a" sip:a@b',
  ])('SIP-06: %j is no address', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('SIP-03: white space around separators', () => {
    expect(parseAddress('"A" \t<sip:a@b> ; expires = 5\t;q = "0.5"')?.parameters).toEqual(
      new Map([
        ['expires', '5'],
        ['q', '0.5'],
      ]),
    );
  });

  it('Contact: * alone, several, and a broken one with the offset', () => {
    expect(request(requestText({}, ['Contact: *'])).contacts).toBe('*');
    expect(request(requestText({}, ['m: <sip:a>;q=1', 'm: sip:b'])).contacts).toHaveLength(2);
    const text = requestText({}, ['Contact: <sip:a>, <sip:b']);
    expect(failure(text)).toMatchObject({ status: 400, rule: 'RFC 3261 20.10', offset: text.indexOf('sip:b\r') + 5 });
  });

  it('any header with the grammar', () => {
    const message = request(
      requestText({}, [
        'P-Asserted-Identity: "A" <sip:a@b>, <tel:+1>',
        'Path: <sip:p;lr>',
        'P-Served-User: <sip:s>;sescase=orig',
      ]),
    );
    expect(message.addresses('P-Asserted-Identity').map(({ uri }) => uri.user)).toEqual(['a', '+1']);
    expect(message.address('p-served-user')?.parameters.get('sescase')).toBe('orig');
    expect(message.path[0]?.uri.host).toBe('p');
    expect([message.serviceRoute, message.address('Reply-To')]).toEqual([[], undefined]);
  });
});

describe('Via', () => {
  it('RFC 3581: rport asked for and filled in', () => {
    expect(parseVia('SIP/2.0/UDP a;rport;branch=x')).toMatchObject({
      rport: true,
      branch: 'x',
      host: 'a',
      transport: 'UDP',
    });
    expect(parseVia('SIP/2.0/UDP a;rport=5062;received=192.0.2.1')).toMatchObject({
      rport: 5062,
      received: '192.0.2.1',
    });
    expect(parseVia('SIP/2.0/UDP a')).toHaveProperty('rport', undefined);
  });

  it('SIP-03, RFC 5118: white space around slashes and colon, IPv6', () => {
    expect(parseVia('SIP / 2.0/ tcp  [2001:DB8:0::1] : 5062 ; received = [::FFFF:192.0.2.1]')).toMatchObject({
      transport: 'TCP',
      host: '2001:db8::1',
      port: 5062,
      received: '::ffff:192.0.2.1',
    });
  });

  it.each([
    'SIP/2.0 a',
    'SIP/2.0/UDPa',
    'SIP/2.0/UDP ',
    'SIP/2.0/UDP 2001:db8::1',
    'SIP/2.0/UDP [1:2]',
    'SIP/2.0/UDP a b',
    'SIP/2.0/UDP a;branch=',
  ])('%j is no Via', (text) => {
    expect(parseVia(text)).toBeUndefined();
  });
});

it('quoting and back', () => {
  expect(quote('a "b" \\')).toBe('"a \\"b\\" \\\\"');
  expect(unquote('"a \\"b\\" \\\\"')).toBe('a "b" \\');
  expect(unquote('token')).toBe('token');
});
