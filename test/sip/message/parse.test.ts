import { parseMessage } from '../../../src/sip/message/index.js';
import { failure, mandatory, request, requestText, response } from './messages.js';

const answer = (startLine: string) => requestText().replace('OPTIONS sip:bob@example.com SIP/2.0', startLine);

describe('start line', () => {
  it('SIP-01: the method is a case-sensitive token', () => {
    expect(request(requestText({ CSeq: '1 options' }).replace('OPTIONS sip', 'options sip')).method).toBe('options');
    expect(failure(requestText().replace('OPTIONS sip', 'OPT[IONS sip'))).toMatchObject({
      status: 400,
      rule: 'SIP-01',
    });
  });

  it.each([
    'OPTIONS  sip:b SIP/2.0',
    'OPTIONS sip:b  SIP/2.0',
    'OPTIONS sip:b SIP/2.0 ',
    'OPTIONS\tsip:b SIP/2.0',
    'OPTIONS SIP/2.0',
  ])('SIP-01: single spaces: %j is answered 400', (line) => {
    expect(failure(answer(line))).toMatchObject({ status: 400 });
  });

  it('SIP-01: what stands behind the version is named', () => {
    const said = { status: 400, rule: 'SIP-01', reason: 'space after the SIP version', offset: 21 };
    expect(failure(answer('OPTIONS sip:b SIP/2.0 '))).toMatchObject(said);
  });

  it('SIP-01: another version is answered 505, no version at all not', () => {
    expect(failure(answer('OPTIONS sip:b SIP/3.0'))).toMatchObject({ status: 505, offset: 14 });
    expect(failure(answer('OPTIONS sip:b HTTP/1.1')).status).toBeUndefined();
    expect(failure('\x16\x03\x01 no SIP').status).toBeUndefined();
  });

  it.each([
    ['SIP/2.0 99 x', undefined],
    ['SIP/2.0 700 x', undefined],
    ['SIP/2.0 1000 x', undefined],
    ['SIP/2.0  200 x', undefined],
    ['SIP/3.0 200 x', undefined],
    ['SIP/2.0 100 ', 100],
    ['SIP/2.0 699 Why not', 699],
  ])('SIP-01: %j', (line, status) => {
    const result = parseMessage(answer(line));
    if (status === undefined) expect(result).toMatchObject({ kind: 'error', status: undefined, message: undefined });
    else expect(result).toMatchObject({ kind: 'response', status, reason: line.slice(12), method: 'OPTIONS' });
  });

  it('RFC 3261 8.2.2.1: a scheme that cannot be routed is answered 416, after all syntax', () => {
    expect(failure(answer('OPTIONS mailto:a@b SIP/2.0'))).toMatchObject({
      status: 416,
      message: { requestUri: 'mailto:a@b' },
    });
    for (const uri of ['tel:+1', 'sips:a', 'SIP:a@b', 'urn:service:sos'])
      expect(request(answer(`OPTIONS ${uri} SIP/2.0`)).requestUri).toBe(uri);
  });
});

describe('header lines', () => {
  const compact =
    'a Accept-Contact, b Referred-By, c Content-Type, d Request-Disposition, e Content-Encoding, f From, i Call-ID, j Reject-Contact, k Supported, l Content-Length, m Contact, o Event, r Refer-To, s Subject, t To, u Allow-Events, v Via, x Session-Expires, y Identity, n Identity-Info';

  it.each(compact.split(', ').map((pair) => pair.split(' ') as [string, string]))('SIP-02: %s is %s', (short, name) => {
    const value = mandatory[name] ?? (name === 'Contact' ? '<sip:a@b>' : '0');
    for (const written of [short, short.toUpperCase(), name.toUpperCase(), name.toLowerCase()]) {
      const message = request(requestText({ [name]: undefined }, [`${written}: ${value}`]));
      for (const asked of [short, short.toUpperCase(), name, name.toLowerCase()])
        expect(message.header(asked)).toBe(value);
    }
  });

  it('SIP-03: folds become one space, space before the colon is allowed', () => {
    const message = request(
      requestText({ CSeq: undefined }, ['CSEQ \t:\r\n 7 \r\n\t OPTIONS', 'Subject: one\r\n  two\r\n three']),
    );
    expect(message.cseq).toEqual({ sequence: 7, method: 'OPTIONS' });
    expect(message.header('Subject')).toBe('one two three');
  });

  it('SIP-05: extension headers are found in any case, in order, and never split', () => {
    const message = request(requestText({}, ['X-One: a, b', 'x-two: c', 'X-ONE: ;;,', 'X-Onerous: d']));
    expect(message.values('x-one')).toEqual(['a, b', ';;,']);
    expect(message.headers('X-Two')).toEqual(['c']);
    expect(message.has('X-On')).toBe(false);
  });

  it('SIP-23: lone LF line ends are taken and become CRLF, the body stays', () => {
    const message = request(requestText({}, ['Content-Length: 4', 'X:', ' y'], 'a\nb\n').replaceAll('\r\n', '\n'));
    expect(message.text).toBe(requestText({}, ['Content-Length: 4', 'X:', ' y'], 'a\nb\n'));
    expect(message.header('X')).toBe('y');
  });

  it('RFC 3261 7.5: line ends before the message are skipped; only line ends are dropped', () => {
    expect(request(`\r\n\n\r\n${requestText()}`).text).toBe(requestText());
    expect(failure('\r\n\r\n').status).toBeUndefined();
  });

  it.each(['no colon', ': no name', 'na me: x', 'name\x00: x', ' folded start: x'])(
    'RFC 3261 7.3: %j is answered 400',
    (line) => {
      const text = `OPTIONS sip:b SIP/2.0\r\n${line}\r\n${requestText().slice(requestText().indexOf('\n') + 1)}`;
      expect(failure(text)).toMatchObject({ status: 400, offset: 23, rule: 'RFC 3261 7.3' });
    },
  );
});

describe('mandatory headers', () => {
  it.each(['Via', 'From', 'To', 'Call-ID', 'CSeq'])('SIP-08: without %s 400, and the rest can be read', (name) => {
    const error = failure(requestText({ [name]: undefined }));
    expect(error).toMatchObject({ status: 400, rule: 'SIP-08', reason: `${name} is missing` });
    expect(error.message?.has(name)).toBe(false);
    expect(error.message?.method).toBe('OPTIONS');
  });

  it.each(['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards'])('SIP-08: %s twice is answered 400', (name) => {
    expect(failure(requestText({}, [`${name}: ${mandatory[name]}`]))).toMatchObject({ status: 400, rule: 'SIP-08' });
  });

  it('SIP-08: Max-Forwards may be missing', () => {
    expect(request(requestText({ 'Max-Forwards': undefined })).maxForwards).toBeUndefined();
  });

  it('SIP-08: From needs a tag, unless the sender is of RFC 2543', () => {
    expect(failure(requestText({ From: '<sip:a@b>' }))).toMatchObject({ status: 400, reason: 'From has no tag' });
    const old = requestText({ From: '<sip:a@b>', Via: 'SIP/2.0/UDP p;branch=z9hG4bKp, SIP/2.0/UDP a' });
    expect(request(old).fromTag).toBeUndefined();
  });

  it('SIP-08: the method of CSeq is that of the request', () => {
    expect(failure(requestText({ CSeq: '1 INVITE' })).status).toBe(400);
    expect(failure(requestText({ CSeq: '1 XOPTIONS' })).status).toBe(400);
    expect(failure(requestText({ CSeq: '1\r\n OPTION' })).status).toBe(400);
  });
});

describe('ranges', () => {
  it.each([
    ['CSeq', '2147483647 OPTIONS', true],
    ['CSeq', '2147483648 OPTIONS', false],
    ['CSeq', '18446744073709551617 OPTIONS', false],
    ['CSeq', '-1 OPTIONS', false],
    ['CSeq', '1OPTIONS', false],
    ['Max-Forwards', '255', true],
    ['Max-Forwards', '256', false],
    ['Max-Forwards', '000000000000000000070', true],
    ['Max-Forwards', '7 0', false],
    ['Expires', '4294967295', true],
    ['Expires', '4294967296', false],
    ['Via', 'SIP/2.0/UDP a:65535;branch=z9hG4bKa', true],
    ['Via', 'SIP/2.0/UDP a:65536;branch=z9hG4bKa', false],
    ['Via', 'SIP/2.0/UDP a:0;branch=z9hG4bKa', false],
    ['Contact', '<sip:a:99999>', false],
  ])('SIP-09: %s: %s', (name, value, isGood) => {
    const text = requestText({ [name]: value });
    if (isGood) expect(request(text).header(name)).toBe(value);
    else expect(failure(text)).toMatchObject({ status: 400, offset: expect.any(Number) as number });
  });
});

describe('body', () => {
  it('SIP-10: octets to the end without Content-Length on a datagram; cut to it; 400 when it is more than there is', () => {
    expect(request(requestText({}, [], '\0\xff')).body).toBe('\0\xff');
    const cut = request(requestText({}, ['l: 1'], 'abc'));
    expect([cut.body, cut.text.endsWith('\r\n\r\na')]).toEqual(['a', true]);
    expect(failure(requestText({}, ['l: 4'], 'abc'))).toMatchObject({ status: 400, rule: 'SIP-10' });
  });

  it('SIP-10: a stream needs Content-Length', () => {
    expect(failure(requestText(), { stream: true })).toMatchObject({ status: 400, rule: 'SIP-10' });
    expect(request(requestText({}, ['l: 0']), { stream: true }).body).toBe('');
  });

  it('RFC 3261 7: headers without an empty line are answered 400', () => {
    expect(failure(requestText().slice(0, -2))).toMatchObject({ status: 400, rule: 'RFC 3261 7' });
  });
});

describe('limits', () => {
  const many = (count: number, line: string) => Array.from({ length: count }, () => line);

  it.each([
    ['octets', requestText({}, [], 'x'.repeat(66_000)), requestText({}, [], 'x'.repeat(65_000))],
    ['header lines', requestText({}, many(251, 'X: y')), requestText({}, many(250, 'X: y'))],
    ['Via', requestText({}, many(70, 'Via: SIP/2.0/UDP a')), requestText({}, many(69, 'Via: SIP/2.0/UDP a'))],
  ])('SIP-11: too many %s: 513, dropped when a response', (_what, tooMuch, enough) => {
    expect(failure(tooMuch)).toMatchObject({ status: 513, rule: 'SIP-11', message: { callId: 'c@192.0.2.1' } });
    expect(request(enough).callId).toBe('c@192.0.2.1');
    expect(failure(tooMuch.replace(/^.*/, 'SIP/2.0 200 OK'))).toMatchObject({ status: undefined, message: undefined });
  });

  it('SIP-11: limits can be set', () => {
    expect(failure(requestText(), { limits: { headerLinesMax: 3 } }).status).toBe(513);
    expect(request(requestText({}, many(300, 'X: y')), { limits: { headerLinesMax: 400 } }).has('X')).toBe(true);
  });
});

it('what a response lacks or breaks makes it dropped', () => {
  expect(response(answer('SIP/2.0 200 OK')).topVia.branch).toBe('z9hG4bKa');
  for (const broken of [{ To: '<sip:' }, { CSeq: 'x' }, { Via: undefined }]) {
    expect(failure(requestText(broken).replace(/^.*/, 'SIP/2.0 200 OK')).status).toBeUndefined();
  }
});

it('octets come and go unchanged: latin1 in, latin1 out', () => {
  const bytes = Buffer.concat([Buffer.from(requestText({}, ['Subject: \xd0\x9f\xff\x80'])), Buffer.from([0, 1, 255])]);
  const message = parseMessage(bytes);
  expect(message.kind === 'request' && Buffer.from(message.text, 'latin1').equals(bytes)).toBe(true);
});
