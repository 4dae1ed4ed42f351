/** Whether a NAT is between UE and P-CSCF. TS 33.203 Annex M; AKA-56. */
import { isBehindNat, shortLivedMapping } from '../../../src/ims/pcscf/nat.js';
import { parseOwn, type ServerRequest, type SipRequest } from '../../../src/sip/index.js';

const source = (address: string) => ({ endpoint: { address, port: 40_001 } }) as ServerRequest['source'];

function register(sentBy: string, via = ''): SipRequest {
  const text = [
    'REGISTER sip:example.org SIP/2.0',
    `Via: SIP/2.0/UDP ${sentBy};branch=z9hG4bK1;rport${via}`,
    'From: <sip:a@example.org>;tag=1',
    'To: <sip:a@example.org>',
    'Call-ID: c',
    'CSeq: 1 REGISTER',
    'Max-Forwards: 70',
    '\r\n',
  ].join('\r\n');
  return parseOwn(text) as SipRequest;
}

it.each([
  ['10.0.0.1:5060', '203.0.113.1', true],
  ['203.0.113.1:5060', '203.0.113.1', false],
  ['203.0.113.1', '203.0.113.1', false],
  ['[2001:db8::1]:5060', '2001:db8::1', false],
  ['[2001:DB8:0:0::1]:5060', '2001:db8::1', false],
  ['[2001:db8::1]:5060', '2001:DB8:0::1', false], // as a topology may write its address
  ['[fd00::1]:5060', '2001:db8::1', true],
  ['ue.example.org:5060', '203.0.113.1', false],
])('AKA-56: Via %s from %s: %s', (sentBy, address, expected) => {
  expect(isBehindNat(register(sentBy), source(address))).toBe(expected);
});

it.each([
  ['udp', '10.0.0.1', '', undefined, true],
  ['udp', '10.0.0.1', ';keep', undefined, true],
  ['udp', '10.0.0.1', '', 25, true],
  ['udp', '10.0.0.1', ';keep', 25, false],
  ['tcp', '10.0.0.1', '', undefined, false],
  ['udp', '203.0.113.1', '', undefined, false],
] as const)(
  'RFC 6223 4.4: %s, Via %s%s, P-CSCF with %s: a mapping that nobody keeps open: %s',
  (protocol, sentBy, via, keepAlive, expected) => {
    const from = { ...source('203.0.113.1'), protocol } as ServerRequest['source'];
    const server = { message: register(sentBy, via), source: from } as ServerRequest;
    expect(shortLivedMapping(server, keepAlive)?.what === 'info.natWithoutKeepAlive').toBe(expected);
  },
);
