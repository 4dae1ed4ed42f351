import fc from 'fast-check';
import { formatSdp, parseSdp } from '../../src/sdp/index.js';

/** The offer of IR.92 and TS 26.114 as a handset writes it. */
const handsetOffer = [
  'v=0',
  'o=- 3001 7 IN IP6 2001:db8::2',
  's=-',
  'c=IN IP6 2001:db8::2',
  't=0 0',
  'm=audio 49152 RTP/AVP 96 104 102 97 98',
  'b=AS:49',
  'b=RS:0',
  'b=RR:2000',
  'a=rtpmap:96 EVS/16000/1',
  'a=rtpmap:104 AMR-WB/16000/1',
  'a=rtpmap:102 AMR/8000/1',
  'a=rtpmap:97 telephone-event/16000',
  'a=rtpmap:98 telephone-event/8000',
  'a=fmtp:96 br=5.9-24.4;bw=nb-swb;max-red=0',
  'a=fmtp:104 mode-change-capability=2;max-red=0',
  'a=fmtp:102 mode-change-capability=2;max-red=0',
  'a=fmtp:97 0-15',
  'a=fmtp:98 0-15',
  'a=ptime:20',
  'a=maxptime:240',
  'a=sendrecv',
  'a=anbr',
  'a=curr:qos local none',
  'a=curr:qos remote none',
  'a=des:qos mandatory local sendrecv',
  'a=des:qos optional remote send',
  'a=des:qos failure remote recv',
  'a=conf:qos remote sendrecv',
  '',
].join('\r\n');

describe('session descriptions', () => {
  it('RFC 3312 4: precondition lines come out typed and go back in their order, unknown attributes stay', () => {
    const parsed = parseSdp(handsetOffer)!;
    expect(parsed.media[0]!.preconditions).toEqual([
      { kind: 'curr', status: 'local', direction: 'none' },
      { kind: 'curr', status: 'remote', direction: 'none' },
      { kind: 'des', strength: 'mandatory', status: 'local', direction: 'sendrecv' },
      { kind: 'des', strength: 'optional', status: 'remote', direction: 'send' },
      { kind: 'des', strength: 'failure', status: 'remote', direction: 'recv' },
      { kind: 'conf', status: 'remote', direction: 'sendrecv' },
    ]);
    expect(formatSdp(parsed)).toBe(handsetOffer);
  });

  it('a broken or foreign precondition line is kept as it is', () => {
    const lines = ['a=curr:qos local', 'a=des:qos must local send', 'a=curr:sec local none', 'a=conf:qos here recv'];
    const text = handsetOffer.replace('a=anbr', lines.join('\r\n'));
    expect(formatSdp(parseSdp(text)!)).toBe(text);
  });

  it.each([
    '',
    'hello',
    'v=0\r\ns=-\r\n',
    'v=1\r\no=- 1 1 IN IP4 1.2.3.4\r\n',
    'v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nm=audio\r\n',
  ])('no session description: %j', (text) => {
    expect(parseSdp(text)).toBeUndefined();
  });

  it('never throws, and what it wrote it reads the same', () => {
    const line = fc.constantFrom(
      ...handsetOffer.split('\r\n'),
      'a=',
      'm=',
      'a=rtpmap:',
      'a=fmtp:97',
      'c=IN IP4',
      'b=X:1',
      'a=des:qos',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 20 }), (lines) => {
        const parsed = parseSdp(`v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n${lines.join('\r\n')}\r\n`);
        if (parsed === undefined) return;
        const text = formatSdp(parsed);
        expect(formatSdp(parseSdp(text)!)).toBe(text);
      }),
    );
  });
});
