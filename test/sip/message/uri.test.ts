import { canonicalIpv6, formatUri, hostPort, parseUri, uriEquals } from '../../../src/sip/message/index.js';

const parsed = (text: string) => {
  const uri = parseUri(text);
  if (uri === undefined) throw new Error(text);
  return uri;
};

describe('forms', () => {
  it('sip and sips: every part', () => {
    expect(
      parsed('SIPS:a%3Ab;c:pw@HOST.example:5061;Transport=TLS;lr;%6Dethod=x%20y?Subject=a%26b&To=sip:c%40d'),
    ).toEqual({
      scheme: 'sips',
      user: 'a:b;c',
      password: 'pw',
      host: 'host.example',
      port: 5061,
      parameters: new Map<string, string | true>([
        ['transport', 'TLS'],
        ['lr', true],
        ['method', 'x y'],
      ]),
      headers: new Map([
        ['subject', 'a&b'],
        ['to', 'sip:c@d'],
      ]),
      text: 'SIPS:a%3Ab;c:pw@HOST.example:5061;Transport=TLS;lr;%6Dethod=x%20y?Subject=a%26b&To=sip:c%40d',
    });
  });

  it('RFC 4475 3.1.1.3: unescaped once only', () => {
    expect(parsed('sip:a;n%61me=v%61lue%25%34%31').host).toBe('a');
    expect(parsed('sip:a;n%61me=v%61lue%25%34%31').parameters.get('name')).toBe('value%41');
    expect(parsed('sip:null-%00-null@a').user).toBe('null-\0-null');
  });

  it('RFC 3966: tel, the number as written', () => {
    expect(parsed('tel:+1-201-555-0123;ext=4')).toMatchObject({
      scheme: 'tel',
      user: '+1-201-555-0123',
      host: '',
      parameters: new Map([['ext', '4']]),
    });
    expect(parsed('tel:*31#;phone-context=ims.example').user).toBe('*31#');
  });

  it('urn and others: opaque', () => {
    expect(parsed('urn:service:sos.police')).toMatchObject({ scheme: 'urn', opaque: 'service:sos.police', host: '' });
    expect(parsed('http://a/b?c#d')).toHaveProperty('user', undefined);
  });

  it.each([
    '',
    'sip',
    'sip:',
    ':a',
    '1a:b',
    'sip:a b',
    'sip:@a',
    'sip:a@',
    'sip:a@b@c',
    'sip:a:b',
    'sip:a:',
    'sip:a;',
    'sip:a;=x',
    'sip:a;x=',
    'sip:a?',
    'sip:a?x',
    'sip:%4@a',
    'sip:a%zz@b',
    'sip:<a>',
    'sip:[::1',
    'sip:[g::]',
    'sip:2001:db8::1',
    'tel:',
    'tel:x',
    'urn:',
    'sip:a@b%41',
  ])('%j is no URI', (text) => {
    expect(parseUri(text)).toBeUndefined();
  });
});

describe('IPv6', () => {
  it.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:2:3:4:5:6:7:0', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.128', '::ffff:192.0.2.128'],
    ['64:ff9b::192.0.2.33', '64:ff9b::192.0.2.33'],
    ['2001:db8:::192.0.2.1', '2001:db8::192.0.2.1'],
  ])('RFC 5952, RFC 5118 4.10: %s is %s', (written, canonical) => {
    expect(canonicalIpv6(written)).toBe(canonical);
    expect(parsed(`sip:a@[${written}]:5062`)).toMatchObject({ host: canonical, port: 5062 });
    expect(parsed(formatUri(parsed(`sip:[${written}]`))).host).toBe(canonical);
  });

  it.each([
    '',
    ':',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    '::1.2.3',
    '::256.1.1.1',
    '1.2.3.4',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    '::1::',
    '::%eth0',
  ])('%j is none', (text) => {
    expect(canonicalIpv6(text)).toBeUndefined();
  });

  it('brackets', () => {
    expect([hostPort('::1', 5060), hostPort('[::1]', 1), hostPort('192.0.2.1'), hostPort('a', 2)]).toEqual([
      '[::1]:5060',
      '[::1]:1',
      '192.0.2.1',
      'a:2',
    ]);
  });
});

describe('format', () => {
  it.each([
    ['sip:a%20%40b:p%41@h:5060;x=%3B?a=%26', 'sip:a%20%40b:p%41@h:5060;x=%3B?a=%26'],
    ['SIP:%61@H;LR', 'sip:a@h;lr'],
    ['tel:+1;ext=2', 'tel:+1;ext=2'],
    ['urn:service:sos', 'urn:service:sos'],
  ])('%s', (text, formatted) => {
    expect(formatUri(parsed(text))).toBe(formatted);
  });

  it('parts by hand', () => {
    expect(
      formatUri({ scheme: 'sip', user: 'a b', host: '::1', port: 5060, parameters: new Map([['lr', true]]) }),
    ).toBe('sip:a%20b@[::1]:5060;lr');
    expect(formatUri({ ...parsed('sip:a@b;x'), port: 1 })).toBe('sip:a@b:1;x');
  });
});

describe('SIP-07 / RFC 3261 19.1.4', () => {
  // The pairs that the RFC lists.
  it.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
  ])('%s equals %s', (a, b) => {
    expect([uriEquals(parsed(a), parsed(b)), uriEquals(parsed(b), parsed(a))]).toEqual([true, true]);
  });

  it.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    // What has to be in both or in none.
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;user=phone'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;ttl=1'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;method=INVITE'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;maddr=192.0.2.4'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:a%3Bb@c', 'sip:a;b@c'],
    ['sip:a@b', 'sips:a@b'],
    ['sip:a@b', 'sip:b'],
    ['sip:a:p@b', 'sip:a:P@b'],
  ])('%s does not equal %s', (a, b) => {
    expect([uriEquals(parsed(a), parsed(b)), uriEquals(parsed(b), parsed(a))]).toEqual([false, false]);
  });

  it.each([
    ['tel:+1-201-555-0123', 'TEL:+12015550123', true],
    ['tel:7042;phone-context=a.example', 'tel:7042;phone-context=b.example', false],
    ['tel:+1;ext=1', 'tel:+1', false],
    ['urn:service:sos', 'URN:Service:SOS', true],
    ['urn:x:A', 'urn:X:a', false],
    ['sip:[2001:db8::1]', 'sip:[2001:DB8:0::1]', true],
  ])('%s and %s: %s', (a, b, isEqual) => {
    expect(uriEquals(parsed(a), parsed(b))).toBe(isEqual);
  });
});
