/** What tells a loop from a spiral: the hash in a proxy's branch. */
import { parseMessage, type SipRequest } from '../../../src/sip/index.js';
import { isLoop, loopHash } from '../../../src/sip/proxy/loop-detection.js';

interface Parts {
  readonly method?: string;
  readonly uri?: string;
  readonly fromTag?: string;
  readonly callId?: string;
  readonly sequence?: number;
  readonly branch?: string;
  readonly more?: string;
}

function received(parts: Parts = {}): SipRequest {
  const { method = 'INVITE', uri = 'sip:bob@b.example', fromTag = 'f', callId = 'c@a', sequence = 7 } = parts;
  const text = [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${parts.branch ?? 'x1'}`,
    `From: <sip:alice@a.example>;tag=${fromTag}`,
    'To: <sip:bob@b.example>',
    `Call-ID: ${callId}`,
    `CSeq: ${sequence} ${method}`,
    'Max-Forwards: 70',
    `${parts.more ?? 'Subject: x'}`,
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
  const message = parseMessage(Buffer.from(text, 'latin1'));
  if (message.kind !== 'request') throw new Error(message.kind);
  return message;
}

describe('SIP-43 / RFC 5393 4.2.2: a loop', () => {
  const own = '192.0.2.9:5060';
  const other = '192.0.2.8:5060';

  /** It has been at the proxies of these addresses; who had it as it is now left its hash. */
  function passed(...ways: readonly (readonly [sentBy: string, isSame: boolean])[]): boolean {
    const hash = loopHash(received());
    const vias = ways.map(([sentBy, same]) => `Via: SIP/2.0/UDP ${sentBy};branch=z9hG4bK1.a.${same ? hash : 'other'}`);
    return isLoop(received({ more: vias.join('\r\n') }), [own]);
  }

  it('is what this proxy has had before, as it is now', () => expect(passed([own, true])).toBe(true));

  it('is not what another proxy has had as it is now, and this one differently', () => {
    expect(passed([other, true])).toBe(false);
    expect(passed([other, true], [own, false])).toBe(false);
  });
});

describe('the hash that tells a loop from a spiral', () => {
  it('RFC 3261 16.6 item 8: the method is not part of it, so that CANCEL and ACK have the branch of their INVITE', () => {
    expect(loopHash(received({ method: 'CANCEL' }))).toBe(loopHash(received()));
  });

  it('RFC 5393 4.2.1: nor is what does not decide where a request goes, such as the topmost branch', () => {
    expect(loopHash(received({ branch: 'y2', more: 'Subject: y' }))).toBe(loopHash(received()));
  });

  it.each<Parts>([
    { uri: 'sip:bob@c.example' },
    { fromTag: 'g' },
    { callId: 'd@a' },
    { sequence: 8 },
    { more: 'Route: <sip:192.0.2.7;lr>' },
    { more: 'Proxy-Require: foo' },
    { more: 'Proxy-Authorization: Digest username="a"' },
  ])('RFC 5393 4.2.1: another %j is another request', (parts) => {
    expect(loopHash(received(parts))).not.toBe(loopHash(received()));
  });

  it('RFC 5393 4.2.1: of 2,000 requests no two have one hash', () => {
    const hashes = new Set<string>();
    for (let sequence = 0; sequence < 2_000; sequence++) hashes.add(loopHash(received({ sequence })));
    expect(hashes.size).toBe(2_000);
  });
});
