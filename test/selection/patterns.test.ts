import fc from 'fast-check';
import {
  compilePattern,
  describeMatcher,
  type Matcher,
  type MessagePattern,
  matchesValue,
  PatternError,
  type SeenMessage,
} from '../../src/selection/index.js';
import { challenge, invite, maa, ok, register, ringing, seen, sip, uaa, uar } from './messages.js';

const all: Readonly<Record<string, SeenMessage>> = {
  REGISTER: seen(register),
  '401 REGISTER': seen(challenge),
  '200 REGISTER': seen(ok),
  INVITE: seen(invite),
  '180 INVITE': seen(ringing),
  FOO: seen(sip(['FOO sip:x SIP/2.0', 'CSeq: 1 FOO'])),
  UAR: seen(uar, 'diameter'),
  'UAA 2001': seen(uaa, 'diameter'),
  'MAA 2001': seen(maa, 'diameter'),
  RTP: seen(Buffer.alloc(20, 0x80), 'rtp'),
  RTCP: seen(Buffer.alloc(20, 0x80), 'rtcp'),
  other: seen(Buffer.from('\r\n'), 'other'),
};

function matching(pattern: MessagePattern): string[] {
  const compiled = compilePattern(pattern);
  const found = Object.keys(all).filter((name) => compiled.matches(all[name]!));
  // What matches has nothing to tell, and the other way round.
  expect(Object.keys(all).filter((name) => compiled.mismatches(all[name]!).length === 0)).toEqual(found);
  return found;
}

describe('what a message is', () => {
  it.each<[string, string[]]>([
    ['REGISTER', ['REGISTER']],
    ['401 REGISTER', ['401 REGISTER']],
    ['200', ['200 REGISTER']],
    ['4xx', ['401 REGISTER']],
    ['18x INVITE', ['180 INVITE']],
    ['1xx REGISTER', []],
    ['2XX  REGISTER', ['200 REGISTER']],
    ['UAR', ['UAR']],
    ['UAA', ['UAA 2001']],
    ['UAA 2001', ['UAA 2001']],
    ['UAA 5xxx', []],
    ['MAA 2xxx', ['MAA 2001']],
    ['Diameter MAA 2001', ['MAA 2001']],
    ['Diameter ULR', []],
    ['RTP', ['RTP']],
    ['RTCP', ['RTCP']],
    ['SIP', ['REGISTER', '401 REGISTER', '200 REGISTER', 'INVITE', '180 INVITE', 'FOO']],
    ['Diameter', ['UAR', 'UAA 2001', 'MAA 2001']],
    ['SIP FOO', ['FOO']],
    ['SIP 200 FOO', []],
    ['SIP REGISTER', ['REGISTER']],
  ])('%s', (message, expected) => {
    expect(matching({ message })).toEqual(expected);
  });

  it('is any where nothing is said', () => {
    expect(matching({})).toEqual(Object.keys(all));
  });

  it.each<[MessagePattern, readonly string[], RegExp]>([
    [
      { message: 'REGSTER' },
      ['message'],
      /no method or command REGSTER; did you mean 'REGISTER'\? Another method: SIP REGSTER$/,
    ],
    [{ message: '200 INVIT' }, ['message'], /no method INVIT.*'INVITE'/],
    [{ message: 'UAX' }, ['message'], /did you mean 'UA[AR]'/],
    [{ message: 'FOOBAR' }, ['message'], /another method: SIP FOOBAR/],
    [{ message: 'REGISTER 200' }, ['message'], /write 200 REGISTER/],
    [{ message: '700' }, ['message'], /700 is no SIP status/],
    [{ message: 'UAR 2001' }, ['message'], /UAR is a request/],
    [{ message: 'UAA 20' }, ['message'], /20 is no result code/],
    [{ message: 'UAA 2001 FIRST' }, ['message'], /FIRST cannot follow/],
    [{ message: '' }, ['message'], /of no letters/],
    [{ message: 'RTP 1' }, ['message'], /RTP stands alone/],
    [{ message: 'REGISTER', with: { Contcat: '1' } }, ['with', 'Contcat'], /'Contact'/],
    [{ message: 'UAA', with: { 'Server-Nam': '1' } }, ['with', 'Server-Nam'], /'Server-Name'/],
    [{ message: 'REGISTER', with: { 'sdp.audo.port': 1 } }, ['with', 'sdp.audo.port'], /did you mean 'audio'/],
    [{ message: 'REGISTER', with: { 'sdp.audio.prot': 1 } }, ['with', 'sdp.audio.prot'], /did you mean 'port'/],
    [{ message: 'RTP', with: { Contact: '1' } }, ['with', 'Contact'], /RTP has no fields/],
    [{ with: { Contact: '/(/' } }, ['with', 'Contact'], /no regular expression/],
    [{ with: { Contact: {} } }, ['with', 'Contact'], /says nothing/],
  ])('refuses %j', (pattern, key, message) => {
    const work = (): unknown => compilePattern(pattern);
    expect(work).toThrow(PatternError);
    expect(work).toThrow(message);
    expect(work).toThrow(expect.objectContaining({ key }));
  });
});

describe('between whom and with what', () => {
  it('names of nodes', () => {
    expect(matching({ message: 'REGISTER', from: ['ue1', 'ue2'], to: ['pcscf1'] })).toEqual(['REGISTER']);
    expect(matching({ message: 'REGISTER', from: ['ue2'] })).toEqual([]);
    expect(matching({ message: 'REGISTER', to: ['ue1'] })).toEqual([]);
  });

  it('fields, of messages that can have them', () => {
    expect(matching({ with: { 'Contact.expires': { min: 600 } } })).toEqual(['REGISTER', '200 REGISTER']);
    expect(matching({ with: { 'Contact.expires': { present: false }, method: 'INVITE' } })).toEqual([
      'INVITE',
      '180 INVITE',
    ]);
    expect(matching({ with: { result: 2001 } })).toEqual(['UAA 2001', 'MAA 2001']);
    expect(matching({ with: { 'User-Authorization-Type': 'REGISTRATION' } })).toEqual(['UAR']);
    expect(matching({ with: { 'User-Authorization-Type': { not: 'REGISTRATION' } } })).toEqual([
      'UAA 2001',
      'MAA 2001',
    ]);
    expect(matching({ with: { result: 'FIRST_REGISTRATION' } })).toEqual(['UAA 2001']);
  });

  it('tells where a message differs', () => {
    const pattern = compilePattern({
      message: '200 REGISTER',
      from: ['pcscf1'],
      to: ['pcscf1'],
      with: { 'Contact.expires': { min: 600 }, Path: { present: true } },
    });
    expect(pattern.mismatches(all['401 REGISTER']!)).toEqual([
      { what: 'status', expected: '200', actual: '401' },
      { what: 'from', expected: 'pcscf1', actual: 'ue1' },
      { what: 'Contact.expires', expected: 'at least 600', actual: undefined },
      { what: 'Path', expected: 'present', actual: undefined },
    ]);
    expect(pattern.mismatches(all['180 INVITE']!).slice(0, 2)).toEqual([
      { what: 'status', expected: '200', actual: '180' },
      { what: 'method', expected: 'REGISTER', actual: 'INVITE' },
    ]);
    expect(pattern.mismatches(all.UAR!)).toEqual([{ what: 'protocol', expected: 'sip', actual: 'diameter' }]);
    expect(compilePattern({ message: 'INVITE' }).mismatches(all['180 INVITE']!)).toEqual([
      { what: 'method', expected: 'INVITE', actual: '180 INVITE' },
    ]);
    expect(compilePattern({ message: 'MAA 5xxx' }).mismatches(all['UAA 2001']!)).toEqual([
      { what: 'command', expected: 'MAA', actual: 'UAA' },
      { what: 'result', expected: '5xxx', actual: '2001' },
    ]);
  });

  it('says itself in words', () => {
    expect(
      compilePattern({
        message: '200 REGISTER',
        from: ['pcscf1'],
        to: ['ue1'],
        with: { 'Contact.expires': 600 },
      }).describe(),
    ).toBe('200 REGISTER from pcscf1 to ue1 with Contact.expires 600');
    expect(compilePattern({}).describe()).toBe('any message');
  });
});

describe('matchers', () => {
  it.each<[Matcher, readonly string[], boolean, string]>([
    ['600', ['60', '600'], true, '600'],
    ['600', [], false, '600'],
    [600, ['600.0'], true, '600'],
    [0, [''], false, '0'],
    [true, ['true'], true, 'true'],
    [false, ['true'], false, 'false'],
    ['/^sip:a/', ['sip:b', 'sip:ab'], true, '/^sip:a/'],
    ['/^SIP:A/i', ['sip:ab'], true, '/^SIP:A/i'],
    ['/etc/hosts', ['/etc/hosts'], true, '/etc/hosts'],
    [{ not: '600' }, ['60', '600'], false, 'not 600'],
    [{ not: '600' }, [], true, 'not 600'],
    [{ 'one-of': [1, { min: 5 }] }, ['7'], true, '1 or at least 5'],
    [{ contains: 'x' }, ['axb'], true, "containing 'x'"],
    [{ min: 5, max: 6 }, ['4', '7'], false, '5 to 6'],
    [{ max: 6 }, ['word'], false, 'at most 6'],
    [{ present: true }, [''], true, 'present'],
    [{ present: false }, [], true, 'absent'],
  ])('%j over %j', (matcher, values, expected, text) => {
    expect(matchesValue(matcher, values)).toBe(expected);
    expect(describeMatcher(matcher)).toBe(text);
  });
});

describe('any octets', () => {
  const words = ['REGISTER', '200 REGISTER', '18x', 'UAR', 'UAA 2001', 'Diameter ULA 2001', 'SIP', 'SIP FOO', 'RTP'];
  const patterns = words.map((message) => compilePattern({ message }));
  const withFields = compilePattern({ with: { Contact: 'x', 'Via.branch': { present: false } } });
  const starts = [
    '',
    'REGISTER ',
    'SIP/2.0 200 ',
    'SIP/2.0 180',
    '\r\nSIP/2.0 200 OK\r\n',
    '\x01\x00\x00\x14\xc0\x00\x01\x2c',
  ];

  it('never make a pattern throw, and mismatches are empty exactly for what matches', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom<SeenMessage['protocol']>('sip', 'diameter', 'rtp', 'rtcp', 'other'),
        (start, rest, protocol) => {
          const message = seen(Buffer.concat([Buffer.from(start, 'latin1'), rest]), protocol);
          for (const pattern of [...patterns, withFields]) {
            expect(pattern.mismatches(message).length === 0).toBe(pattern.matches(message));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
