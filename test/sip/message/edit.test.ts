import { HeaderSet } from '../../../src/sip/message/index.js';
import { request, requestText, response } from './messages.js';

const lines = ['Route: <sip:a;lr>, <sip:b;lr>', 'Route: <sip:c;lr>', 'X-Keep:  odd   spacing ;;', 'Content-Length: 0'];
const original = requestText({}, lines);
const message = request(original);

describe('edits by span', () => {
  it('no edit, no change', () => {
    expect(message.edit().text()).toBe(original);
  });

  it('what a proxy does: everything else stays octet for octet', () => {
    const edited = message
      .edit()
      .requestUri('sip:next.example')
      .removeFirst('Route')
      .prepend('Via', 'SIP/2.0/UDP p;branch=z9hG4bKp')
      .append('Record-Route', '<sip:p;lr>')
      .set('Max-Forwards', '69')
      .text();
    const expected = original
      .replace('OPTIONS sip:bob@example.com', 'OPTIONS sip:next.example')
      .replace('Via: ', 'Via: SIP/2.0/UDP p;branch=z9hG4bKp\r\nVia: ')
      .replace('Max-Forwards: 70', 'Max-Forwards: 69')
      .replace('Route: <sip:a;lr>, <sip:b;lr>', 'Route: <sip:b;lr>')
      .replace('\r\n\r\n', '\r\nRecord-Route: <sip:p;lr>\r\n\r\n');
    expect(edited).toBe(expected);
    expect(message.text).toBe(original);
  });

  it('removes every line of several headers, compact and in any case, received or just added (SIP-02)', () => {
    const text = requestText({}, ['k: path', 'SUPPORTED: gruu', 'p-served-user: <sip:a@b>', 'X-Path: 1']);
    const edit = request(text).edit().append('Path', '<sip:p;lr>');
    const edited = edit.removeAll(new HeaderSet(['Supported', 'Path', 'P-Served-User', 'Privacy'])).text();
    expect(edited).toBe(requestText({}, ['X-Path: 1']));
    expect(() => new HeaderSet(['X-Path'])).toThrow('X-Path');
  });

  it('values of a list are removed one by one, over lines', () => {
    const edit = message.edit();
    const left: (readonly string[])[] = [];
    for (let i = 0; i < 4; i++) left.push(request(edit.removeFirst('route').text()).values('Route'));
    expect(left).toEqual([['<sip:b;lr>', '<sip:c;lr>'], ['<sip:c;lr>'], [], []]);
  });

  it('commas in quotes and brackets do not end a value; unlisted headers are one value', () => {
    const text = requestText({}, ['Contact: "a, b" <sip:x,y@z>;p="q,r", <sip:c>', 'Subject: a, b']);
    const edit = request(text).edit().removeFirst('Contact').removeFirst('Subject');
    const edited = request(edit.text());
    expect([edited.values('Contact'), edited.has('Subject')]).toEqual([['<sip:c>'], false]);
  });

  it('replaceFirst, set, append, prepend, remove; edits see one another', () => {
    const edit = message
      .edit()
      .replaceFirst('Route', '<sip:z;lr>')
      .prepend('Route', '<sip:y;lr>')
      .append('Route', '<sip:last;lr>')
      .prepend('P-New', 'top')
      .append('p-new', 'second')
      .replaceFirst('P-New', 'first')
      .append('X-End', 'end')
      .remove('x-keep')
      .set('X-Set', 'set');
    const edited = request(edit.text());
    expect(edited.values('Route')).toEqual(['<sip:y;lr>', '<sip:z;lr>', '<sip:b;lr>', '<sip:c;lr>', '<sip:last;lr>']);
    expect(edited.values('P-New')).toEqual(['first', 'second']);
    expect(edited.text.split('\r\n').slice(1, 3)).toEqual(['P-New: first', 'p-new: second']);
    expect(edited.has('X-Keep')).toBe(false);
    expect(edited.text.split('\r\n').slice(-4)).toEqual(['X-End: end', 'X-Set: set', '', '']);
    expect(request(edit.set('Route', '<sip:only>').text()).values('Route')).toEqual(['<sip:only>']);
  });

  it('folded and compact lines are found', () => {
    const folded = request(requestText({ Via: undefined }, ['v: SIP/2.0/UDP a;branch=z9hG4bKa,', ' SIP/2.0/UDP b']));
    expect(folded.edit().removeFirst('Via').text()).toContain('\r\nVia: SIP/2.0/UDP b\r\n');
  });

  it('SIP-10: a new body brings its Content-Length', () => {
    const withBody = request(message.edit().body('application/sdp', 'v=0\r\n\xff').text());
    expect([withBody.body, withBody.contentType, withBody.header('Content-Length')]).toEqual([
      'v=0\r\n\xff',
      'application/sdp',
      '6',
    ]);
    const without = request(withBody.edit().body(undefined, '').text());
    expect([without.body, without.contentType, without.header('l')]).toEqual(['', undefined, '0']);
  });

  it('the status line of a response', () => {
    const answer = response(requestText().replace(/^.*/, 'SIP/2.0 503 Service Unavailable'));
    expect(response(answer.edit().status(500).text())).toMatchObject({ status: 500, reason: 'Server Internal Error' });
    expect(response(answer.edit().status(580, 'X').text())).toMatchObject({ status: 580, reason: 'X' });
  });

  it('a value cannot begin a line of its own', () => {
    const edited = request(message.edit().set('X-Set', 'a\r\nVia: b\nc').text());
    expect([edited.header('X-Set'), edited.vias.length]).toEqual(['a Via: b c', 1]);
  });
});
