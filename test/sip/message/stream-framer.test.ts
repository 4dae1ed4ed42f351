import { StreamFramer, type StreamItem } from '../../../src/sip/message/index.js';
import { requestText } from './messages.js';

const octets = (text: string) => Buffer.from(text, 'latin1');
const kinds = (items: readonly StreamItem[]) => items.map((item) => item.kind);
const one = requestText({}, ['Content-Length: 3'], 'abc');
const two = requestText({ 'Call-ID': 'two' }, ['l: 0']);

describe('SIP-23: messages', () => {
  it('several in one piece, one in many', () => {
    const framer = new StreamFramer();
    expect(kinds(framer.feed(octets(one + two)))).toEqual(['request', 'request']);
    const items = [...octets(one + two)].flatMap((octet) => framer.feed(Buffer.from([octet])));
    expect(items).toMatchObject([{ text: one }, { text: two, callId: 'two' }]);
    expect(framer.isPartial).toBe(false);
  });

  it('a partial message waits', () => {
    const framer = new StreamFramer();
    expect(framer.feed(octets(one.slice(0, -1)))).toEqual([]);
    expect(framer.isPartial).toBe(true);
    expect(framer.feed(octets('c'))).toMatchObject([{ body: 'abc' }]);
  });

  it('lone LF line ends, folds and compact forms are framed as they are parsed', () => {
    const text = requestText({}, ['l :', '\t2'], 'a\n').replaceAll('\r\n', '\n');
    expect(new StreamFramer().feed(octets(`${text}${one}`))).toMatchObject([{ body: 'a\n' }, { body: 'abc' }]);
  });

  it('a malformed message does not break the stream', () => {
    const framer = new StreamFramer();
    const broken = requestText({ To: '<sip:' }, ['Content-Length: 1'], 'x');
    expect(framer.feed(octets(broken + one))).toMatchObject([{ kind: 'error', status: 400 }, { kind: 'request' }]);
    expect(framer.isBroken).toBe(false);
  });
});

describe('SIP-10: lost boundaries', () => {
  it.each([
    ['no Content-Length', requestText(), 400],
    ['two of them', requestText({}, ['l: 1', 'Content-Length: 1'], 'x'), 400],
    ['a negative one', requestText({}, ['l: -1'], 'x'), 400],
    ['a broken header line', requestText({}, ['broken', 'l: 0']), 400],
    ['no SIP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', undefined],
  ])('%s: an error, and nothing more', (_what, text, status) => {
    const framer = new StreamFramer();
    expect(framer.feed(octets(text + one))).toMatchObject([{ kind: 'error', status }]);
    expect(framer.isBroken).toBe(true);
    expect(framer.feed(octets(one))).toEqual([]);
  });

  it('SIP-11: too large, announced or sent', () => {
    const announced = new StreamFramer();
    expect(announced.feed(octets(requestText({}, ['l: 70000'])))).toMatchObject([
      { status: 513, message: { method: 'OPTIONS' } },
    ]);
    expect(announced.isBroken).toBe(true);
    const endless = new StreamFramer({ messageOctetsMax: 1000 });
    expect(endless.feed(octets(`OPTIONS sip:a SIP/2.0\r\nX: ${'x'.repeat(1000)}`))).toMatchObject([
      { kind: 'error', rule: 'SIP-11' },
    ]);
    expect(endless.isBroken).toBe(true);
  });
});

describe('SIP-24 / RFC 5626 3.5.1: keep-alives', () => {
  it('a double CRLF is a ping, also in pieces; a single one a pong', () => {
    const framer = new StreamFramer();
    expect(kinds(framer.feed(octets('\r\n\r\n')))).toEqual(['ping']);
    expect(kinds(framer.feed(octets('\r\n')))).toEqual(['pong']);
    expect(kinds(framer.feed(octets('\r\n')))).toEqual(['ping']);
    expect(kinds(framer.feed(octets(`\r\n\r\n\r\n${one}\r\n\r\n`)))).toEqual(['ping', 'pong', 'request', 'ping']);
  });

  it('not inside a body', () => {
    const text = requestText({}, ['l: 4'], '\r\n\r\n');
    expect(kinds(new StreamFramer().feed(octets(text)))).toEqual(['request']);
  });
});
