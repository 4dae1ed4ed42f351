import {
  bandwidthOf,
  buildAnswer,
  buildOffer,
  buildReoffer,
  formatSdp,
  negotiatedAudio,
  offeredPreconditions,
  parseSdp,
  type SessionDescription,
} from '../../src/sdp/index.js';

const a = { address: '192.0.2.1', port: 49152, sessionId: '1001' };
const b = { address: '192.0.2.2', port: 50000, sessionId: '2002' };
const linesOf = (description: SessionDescription) => formatSdp(description).split('\r\n').slice(0, -1);
const reparse = (description: SessionDescription) => parseSdp(formatSdp(description))!;

function offerOf(...media: string[]): SessionDescription {
  return parseSdp(
    ['v=0', 'o=- 9 9 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...media, ''].join('\r\n'),
  )!;
}

describe('the offer', () => {
  it('CALL-20, IR.92 3.2: AMR-WB and AMR with telephone-event and preconditions', () => {
    expect(linesOf(buildOffer(a, { preconditions: offeredPreconditions(false) }))).toEqual([
      'v=0',
      'o=- 1001 1 IN IP4 192.0.2.1',
      's=-',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'm=audio 49152 RTP/AVP 104 102 97 98',
      'b=AS:41',
      'b=RS:0',
      'b=RR:2000',
      'a=rtpmap:104 AMR-WB/16000/1',
      'a=rtpmap:102 AMR/8000/1',
      'a=rtpmap:97 telephone-event/16000',
      'a=rtpmap:98 telephone-event/8000',
      'a=fmtp:104 mode-change-capability=2;max-red=0',
      'a=fmtp:102 mode-change-capability=2;max-red=0',
      'a=fmtp:97 0-15',
      'a=fmtp:98 0-15',
      'a=ptime:20',
      'a=maxptime:240',
      'a=sendrecv',
      'a=curr:qos local none',
      'a=curr:qos remote none',
      'a=des:qos mandatory local sendrecv',
      'a=des:qos optional remote sendrecv',
    ]);
  });

  it('EVS comes first when asked for, IPv6 shows in o=, c= and b=AS', () => {
    const offer = buildOffer({ ...a, address: '2001:db8::1', codecs: ['EVS', 'AMR-WB', 'AMR'] });
    expect(linesOf(offer)).toEqual(
      expect.arrayContaining([
        'o=- 1001 1 IN IP6 2001:db8::1',
        'c=IN IP6 2001:db8::1',
        'm=audio 49152 RTP/AVP 96 104 102 97 98',
        'b=AS:49',
        'a=fmtp:96 br=5.9-24.4;bw=nb-swb;max-red=0',
      ]),
    );
  });

  it.each([
    ['AMR 12.2', 32, 29, 37],
    ['AMR-WB 12.65', 33, 30, 38],
    ['AMR-WB 23.85', 61, 41, 49],
    ['EVS 13.2', 33, 30, 38],
    ['EVS 24.4', 61, 41, 49],
  ])('CALL-22: b=AS of %s', (_, octets, v4, v6) => {
    expect([bandwidthOf(octets, 4), bandwidthOf(octets, 6)]).toEqual([v4, v6]);
  });

  it('RFC 3264 8: a further offer has the agreed codec alone and the next version; the same again keeps it', () => {
    const offer = buildOffer(a, { preconditions: offeredPreconditions(false) });
    const answer = buildAnswer(reparse(offer), b)!;
    const again = buildReoffer(offer, reparse(answer), { preconditions: offeredPreconditions(true) });
    expect(linesOf(again)).toEqual(
      expect.arrayContaining([
        'o=- 1001 2 IN IP4 192.0.2.1',
        'm=audio 49152 RTP/AVP 104 97',
        'a=curr:qos local sendrecv',
      ]),
    );
    expect(buildReoffer(again, answer, { preconditions: offeredPreconditions(true) }).origin.sessionVersion).toBe(2);
  });
});

describe('the answer', () => {
  it('RFC 3264 6: one codec and its telephone-event, with the numbers of the offer', () => {
    const answer = buildAnswer(reparse(buildOffer(a)), b)!;
    expect(linesOf(answer)).toEqual([
      'v=0',
      'o=- 2002 1 IN IP4 192.0.2.2',
      's=-',
      'c=IN IP4 192.0.2.2',
      't=0 0',
      'm=audio 50000 RTP/AVP 104 97',
      'b=AS:41',
      'b=RS:0',
      'b=RR:2000',
      'a=rtpmap:104 AMR-WB/16000/1',
      'a=rtpmap:97 telephone-event/16000',
      'a=fmtp:104 mode-change-capability=2;max-red=0',
      'a=fmtp:97 0-15',
      'a=ptime:20',
      'a=maxptime:240',
      'a=sendrecv',
    ]);
  });

  it('CALL-23 / RFC 4867 8.3.1: octet-aligned types are passed over, mode-set is copied, the event has the clock of the codec', () => {
    const offer = offerOf(
      'm=audio 4000 RTP/AVP 110 111 112 100 101',
      'a=rtpmap:110 AMR-WB/16000',
      'a=fmtp:110 octet-align=1',
      'a=rtpmap:111 AMR-WB/16000',
      'a=fmtp:111 mode-set=0,1,2; mode-change-period=2',
      'a=rtpmap:112 AMR/8000',
      'a=rtpmap:100 telephone-event/8000',
      'a=rtpmap:101 telephone-event/16000',
    );
    expect(linesOf(buildAnswer(offer, b)!)).toEqual(
      expect.arrayContaining([
        'm=audio 50000 RTP/AVP 111 101',
        'b=AS:30', // CALL-22: AMR-WB 12.65
        'a=fmtp:111 mode-set=0,1,2;mode-change-capability=2;max-red=0',
      ]),
    );
  });

  it('RFC 3264 6: media we do not take get port 0, in their places', () => {
    const offer = offerOf(
      'm=video 4002 RTP/AVP 99',
      'a=rtpmap:99 H264/90000',
      'm=audio 4000 RTP/AVP 102',
      'a=rtpmap:102 AMR/8000',
      'm=audio 4004 RTP/AVP 102',
      'a=rtpmap:102 AMR/8000/1',
    );
    const ports = linesOf(buildAnswer(offer, b)!).filter((line) => line.startsWith('m='));
    expect(ports).toEqual(['m=video 0 RTP/AVP 99', 'm=audio 50000 RTP/AVP 102', 'm=audio 0 RTP/AVP 102']);
  });

  it('RFC 3261 21.4.26: nothing in common, no answer', () => {
    expect(buildAnswer(offerOf('m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000'), b)).toBeUndefined();
    expect(buildAnswer(offerOf('m=audio 0 RTP/AVP 102', 'a=rtpmap:102 AMR/8000'), b)).toBeUndefined();
    expect(buildAnswer(offerOf('m=audio 4 RTP/SAVP 102', 'a=rtpmap:102 AMR/8000'), b)).toBeUndefined();
    expect(buildAnswer(offerOf('m=audio 4 RTP/AVP 102', 'a=rtpmap:102 AMR/8000/2'), b)).toBeUndefined();
    expect(buildAnswer(offerOf(), b)).toBeUndefined();
  });

  it.each([
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['recvonly', 'sendrecv', 'sendonly'],
    ['inactive', 'sendrecv', 'inactive'],
    ['sendonly', 'sendonly', 'inactive'],
    ['sendrecv', 'sendonly', 'sendonly'],
  ] as const)('CALL-50 / RFC 3264 6.1: offered %s, we %s, answered %s', (offered, direction, answered) => {
    expect(buildAnswer(buildOffer(a, { direction: offered }), b, { direction })!.media[0]!.direction).toBe(answered);
  });

  it('RFC 3264 8: the version of a further answer rises only if something changed', () => {
    const offer = buildOffer(a);
    const first = buildAnswer(offer, b)!;
    const same = buildAnswer(offer, b, { previous: first })!;
    const held = buildAnswer(buildOffer(a, { direction: 'sendonly' }), b, { previous: same })!;
    expect([first, same, held].map((each) => each.origin.sessionVersion)).toEqual([1, 1, 2]);
  });
});

describe('what was agreed', () => {
  it('RFC 3264 5.1: each side sends with the numbers of the other, to its address', () => {
    const offer = buildOffer(a);
    const answer = buildAnswer(reparse(offer), b)!;
    expect(negotiatedAudio(offer, reparse(answer))).toEqual({
      codec: 'AMR-WB',
      clockRate: 16000,
      sendPayloadType: 104,
      receivePayloadType: 104,
      modeSet: undefined,
      telephoneEventPayloadType: 97,
      remote: { address: '192.0.2.2', port: 50000, rtcpPort: 50001 },
      direction: 'sendrecv',
    });
    expect(negotiatedAudio(answer, reparse(offer))).toMatchObject({ remote: { address: '192.0.2.1', port: 49152 } });
  });

  it('RFC 3605, CALL-50: a=rtcp moves RTCP, an address in the section counts before the one of the session', () => {
    const answer = offerOf(
      'm=audio 4000 RTP/AVP 120',
      'c=IN IP4 192.0.2.77',
      'a=rtpmap:120 AMR-WB/16000',
      'a=rtcp:4010',
      'a=recvonly',
    );
    expect(negotiatedAudio(buildOffer(a), answer)).toMatchObject({
      sendPayloadType: 120,
      receivePayloadType: 104,
      remote: { address: '192.0.2.77', port: 4000, rtcpPort: 4010 },
      direction: 'sendonly',
    });
  });

  it('RFC 5952: an IPv6 address comes in shortest form', () => {
    const answer = offerOf('m=audio 4000 RTP/AVP 104', 'c=IN IP6 2001:0DB8:0:0::02', 'a=rtpmap:104 AMR-WB/16000');
    expect(negotiatedAudio(buildOffer(a), answer)!.remote.address).toBe('2001:db8::2');
  });

  it('a refused section agrees on nothing', () => {
    expect(
      negotiatedAudio(buildOffer(a), offerOf('m=audio 0 RTP/AVP 104', 'a=rtpmap:104 AMR-WB/16000')),
    ).toBeUndefined();
  });
});
