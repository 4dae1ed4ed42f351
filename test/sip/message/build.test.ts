import {
  bodyOfType,
  bodyParts,
  buildRequest,
  buildResponse,
  parseMessage,
  reasonPhrase,
} from '../../../src/sip/message/index.js';
import { mandatory, request, requestText, response } from './messages.js';

const headers = Object.entries(mandatory);

describe('requests', () => {
  it('what is built is what is parsed', () => {
    const built = buildRequest({
      method: 'OPTIONS',
      requestUri: 'sip:bob@example.com',
      headers,
      body: 'abc',
      contentType: 'text/plain',
    });
    expect(built.text).toBe(requestText({}, ['Content-Type: text/plain', 'Content-Length: 3'], 'abc'));
    const again = request(built.text, { stream: true });
    expect([again.callId, again.uri, again.body]).toEqual([built.callId, built.uri, built.body]);
  });
});

describe('responses', () => {
  const invite = request(
    requestText({ CSeq: '1 INVITE' }, [
      'v: SIP/2.0/UDP b',
      'Record-Route: <sip:p;lr>',
      'Timestamp: 5',
      'Content-Length: 0',
    ]).replace('OPTIONS sip', 'INVITE sip'),
  );

  it('RFC 3261 8.2.6.2: Via, From, To, Call-ID and CSeq are copied, a tag is added', () => {
    const built = buildResponse(invite, 486, { toTag: 't', headers: [['Retry-After', '5']] });
    expect(built).toMatchObject({
      status: 486,
      reason: 'Busy Here',
      method: 'INVITE',
      toTag: 't',
      fromTag: 'f',
      callId: invite.callId,
    });
    expect(built.vias).toEqual(invite.vias);
    expect([built.header('Retry-After'), built.header('Content-Length'), built.has('Timestamp')]).toEqual([
      '5',
      '0',
      false,
    ]);
    expect(response(built.text).text).toBe(built.text);
  });

  it('RFC 3261 8.2.6.2: a tag that is there stays', () => {
    const inDialog = request(requestText({ To: '<sip:b>;tag=old' }));
    expect(buildResponse(inDialog, 200, { toTag: 'new' }).toTag).toBe('old');
  });

  it.each([
    [100, 0],
    [180, 1],
    [200, 1],
    [302, 0],
    [404, 0],
  ])('RFC 3261 12.1.1: Record-Route in %d: %d', (status, count) => {
    expect(buildResponse(invite, status).recordRoutes).toHaveLength(count);
  });

  it('RFC 3261 8.2.6.1: Timestamp in 100', () => {
    expect(buildResponse(invite, 100).header('Timestamp')).toBe('5');
  });

  it('SIP-08: to a broken request, with what there is', () => {
    const broken = parseMessage(requestText({ To: undefined, CSeq: undefined }));
    if (broken.kind !== 'error' || broken.message === undefined) throw new Error('accepted');
    const built = buildResponse(broken.message, broken.status!, { toTag: 't' });
    expect(built.text).toContain('Call-ID: c@192.0.2.1\r\nContent-Length: 0\r\n\r\n');
    expect(built.has('To')).toBe(false);
  });

  it('reason phrases, of codes without one too', () => {
    expect([reasonPhrase(200), reasonPhrase(504), reasonPhrase(299), reasonPhrase(499)]).toEqual([
      'OK',
      'Server Time-out',
      'OK',
      'Bad Request',
    ]);
  });
});

describe('SIP-10: bodies with parts', () => {
  const multipart = (body: string, type = 'multipart/mixed; boundary="b"') =>
    request(requestText({}, [`Content-Type: ${type}`], body));

  it('finds the part by type, optional ones marked', () => {
    const message = multipart(
      'preamble\r\n--b\r\nContent-Type: Application/SDP;x=y\r\n\r\nv=0\r\n\r\n--b  \r\nContent-Type: application/x\r\nContent-Disposition: render; handling=Optional\r\n\r\n\0--b\r\n--b\r\n\r\nplain\r\n--b--\r\nepilogue',
    );
    expect(bodyParts(message)).toEqual([
      { type: 'application/sdp', isOptional: false, body: 'v=0\r\n' },
      { type: 'application/x', isOptional: true, body: '\0--b' },
      { type: 'text/plain', isOptional: false, body: 'plain' },
    ]);
    expect(bodyOfType(message, 'application/sdp')).toBe('v=0\r\n');
    expect(bodyOfType(message, 'text/xml')).toBeUndefined();
  });

  it('nested, single, and none', () => {
    const inner = '--c\r\nContent-Type: application/sdp\r\n\r\nv\r\n--c--';
    expect(
      bodyParts(multipart(`--b\r\nContent-Type: multipart/alternative;boundary=c\r\n\r\n${inner}\r\n--b--`)),
    ).toEqual([{ type: 'application/sdp', isOptional: false, body: 'v' }]);
    expect(bodyOfType(multipart('v=0', 'application/sdp'), 'application/sdp')).toBe('v=0');
    expect(bodyParts(multipart(''))).toEqual([]);
    expect(bodyParts(multipart('no delimiter'))).toEqual([]);
  });
});
