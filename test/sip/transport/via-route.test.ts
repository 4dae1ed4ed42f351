import { parseVia, type Source } from '../../../src/sip/index.js';
import { markedVia, reconnectDestination, responseDestination } from '../../../src/sip/transport/via-route.js';

const local = { protocol: 'udp', address: '192.0.2.9', port: 5060 } as const;
const udpFrom = (address: string, port: number): Source => ({ protocol: 'udp', endpoint: { address, port }, local });
const via = (text: string) => parseVia(text)!;

describe('SIP-21 / RFC 3261 18.2.1, RFC 3581 4: what a server notes in the top Via', () => {
  it.each([
    // RFC 3581 7: a client at 10.1.1.1:4540 behind a NAT that shows 192.0.2.1:9988.
    [
      'SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKkjshdyff',
      '192.0.2.1',
      9988,
      'SIP/2.0/UDP 10.1.1.1:4540;branch=z9hG4bKkjshdyff;received=192.0.2.1;rport=9988',
    ],
    ['SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa', '192.0.2.1', 5060, undefined],
    [
      'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa;rport',
      '192.0.2.1',
      5060,
      'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa;received=192.0.2.1;rport=5060',
    ],
    [
      'SIP/2.0/UDP ue.example.com;branch=z9hG4bKa',
      '192.0.2.1',
      1024,
      'SIP/2.0/UDP ue.example.com;branch=z9hG4bKa;received=192.0.2.1',
    ],
    ['SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKa', '2001:db8::1', 5060, undefined],
    ['SIP/2.0/UDP [2001:DB8:0:0::1]:5060;branch=z9hG4bKa', '2001:db8::1', 5060, undefined],
    [
      'SIP/2.0/UDP [2001:db8::1];branch=z9hG4bKa',
      '2001:db8::2',
      5060,
      'SIP/2.0/UDP [2001:db8::1];branch=z9hG4bKa;received=2001:db8::2',
    ],
    // What the client claims is not believed.
    [
      'SIP/2.0/UDP 192.0.2.1;received=203.0.113.7;branch=z9hG4bKa',
      '192.0.2.1',
      5060,
      'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa',
    ],
    [
      'SIP/2.0/UDP 192.0.2.1 ; RPORT = 99 ; branch=z9hG4bKrport',
      '192.0.2.1',
      5062,
      'SIP/2.0/UDP 192.0.2.1 ; branch=z9hG4bKrport;received=192.0.2.1;rport=5062',
    ],
  ])('%s from %s:%d', (text, address, port, marked) => {
    expect(markedVia(via(text), address, port)).toBe(marked);
  });
});

describe('SIP-22 / RFC 3261 18.2.2, RFC 3581 4: where the response goes', () => {
  it.each([
    ['SIP/2.0/UDP 10.1.1.1:4540;received=192.0.2.1;rport=9988;branch=z9hG4bKa', '192.0.2.1', 9988],
    ['SIP/2.0/UDP 10.1.1.1:4540;received=192.0.2.1;branch=z9hG4bKa', '192.0.2.1', 4540],
    ['SIP/2.0/UDP 10.1.1.1;received=192.0.2.1;branch=z9hG4bKa', '192.0.2.1', 5060],
    ['SIP/2.0/UDP 10.1.1.1:5070;branch=z9hG4bKa', '10.1.1.1', 5070],
    ['SIP/2.0/UDP 10.1.1.1;maddr=239.255.255.1;branch=z9hG4bKa', '239.255.255.1', 5060],
    ['SIP/2.0/UDP 10.1.1.1;maddr=evil.example.com;branch=z9hG4bKa', '10.1.1.1', 5060],
    ['SIP/2.0/UDP [2001:db8::9]:5061;received=[2001:db8::7];branch=z9hG4bKa', '2001:db8::7', 5061],
  ])('%s', (text, address, port) => {
    expect(responseDestination(via(text), udpFrom('198.51.100.1', 1))).toEqual({
      protocol: 'udp',
      endpoint: { address, port },
      local,
    });
  });

  it('TCP: the same connection; when that is gone, a new one to the sent-by port', () => {
    const source: Source = {
      protocol: 'tcp',
      endpoint: { address: '192.0.2.1', port: 40_000 },
      connectionId: 7,
      local,
    };
    const top = via('SIP/2.0/TCP ue.example.com:5062;received=192.0.2.1;branch=z9hG4bKa');
    expect(responseDestination(top, source)).toBe(source);
    expect(reconnectDestination(top, source)).toEqual({
      protocol: 'tcp',
      endpoint: { address: '192.0.2.1', port: 5062 },
      local,
    });
  });

  it('SIP-27 / RFC 3261 18.2.2: a sent-by without a port means 5060, with TLS 5061', () => {
    const port = (protocol: 'tcp' | 'tls') => {
      const gone: Source = { protocol, endpoint: { address: '192.0.2.1', port: 40_000 }, connectionId: 7, local };
      const top = via(`SIP/2.0/${protocol.toUpperCase()} ue.example.com;received=192.0.2.1;branch=z9hG4bKa`);
      return reconnectDestination(top, gone).endpoint.port;
    };
    expect([port('tcp'), port('tls')]).toEqual([5060, 5061]);
  });
});
