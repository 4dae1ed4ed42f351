import { base, encodeRequest } from '../../src/diameter/index.js';
import type { Endpoint, StreamHandlers } from '../../src/environment/index.js';
import type { OpenLab } from '../../src/lab/open-lab.js';
import { play } from './played.js';

/** A stranger throws things at every port of a lab; then the lab must work as if nothing had been. */
const stranger: Endpoint = { address: '203.0.113.9', port: 5060 };
const handlers: StreamHandlers = { onOpen: () => {}, onData: () => {}, onClose: () => {} };

const options =
  'OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bKs\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n';

const capabilities = encodeRequest(
  base.commands['Capabilities-Exchange'],
  { hopByHop: 1, endToEnd: 1 },
  {
    'Origin-Host': 'x.example.org',
    'Origin-Realm': 'example.org',
    'Host-IP-Address': ['203.0.113.9'],
    'Vendor-Id': 0,
    'Product-Name': 'x',
    'Auth-Application-Id': [16777216],
  },
);

function changed(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}

const junk: Readonly<Record<string, Buffer>> = {
  'a truncated request': Buffer.from(options.slice(0, 90)),
  'a header of 64 KB': Buffer.from(options.replace('Call-ID: s', `Call-ID: ${'s'.repeat(65_000)}`)),
  'a body longer than it says': Buffer.from(options.replace('Content-Length: 0', 'Content-Length: 4000000000')),
  'a branch of the stranger’s own making': Buffer.from(options.replace('z9hG4bKs', 'z9hG4bK'.repeat(400))),
  'a thousand Vias': Buffer.from(
    options.replace('From:', `${'Via: SIP/2.0/UDP 192.0.2.250;branch=z9hG4bKq\r\n'.repeat(1000)}From:`),
  ),
  'random octets': Buffer.from(Array.from({ length: 1200 }, (_, index) => (index * 7919) % 256)),
  'nothing but zeros': Buffer.alloc(1000),
  'a response that nobody waits for': Buffer.from(
    'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKzz\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: q\r\nCSeq: 1 INVITE\r\n\r\n',
  ),
  'an AVP of length zero': changed(capabilities, 27, 0),
  'an AVP longer than its message': changed(capabilities, 26, 0xff),
  'a Diameter message of 16 MB': Buffer.from([1, 0xff, 0xff, 0xff, ...capabilities.subarray(4, 20)]),
  'a Diameter version 9': changed(capabilities, 0, 9),
  'a command that Cx does not have': changed(capabilities, 7, 77),
};

function throwAtAll(bytes: Buffer): (open: OpenLab) => void {
  return ({ world, lab }) => {
    const { network } = world.environmentFor('stranger');
    const socket = network.bindDatagram(stranger, { onListening: () => {}, onDatagram: () => {}, onError: () => {} });
    for (const { listen } of lab.nodes) {
      for (const { protocol, address, port } of listen) {
        const to = { address, port };
        if (protocol === 'udp') {
          for (let count = 0; count < 20; count++) socket.send(bytes, to);
        } else {
          network.connectStream({ address: stranger.address, port: 0 }, to, handlers).write(bytes);
          // A peer that never finishes its message.
          network.connectStream({ address: stranger.address, port: 0 }, to, handlers).write(bytes.subarray(0, 10));
        }
      }
    }
  };
}

describe('a lab that is sent', () => {
  it.each(Object.entries(junk))('%s works on, and nothing is left of it', async (_what, bytes) => {
    const { verdict, instancesLeft } = await play(undefined, { onServing: throwAtAll(bytes) });
    expect(verdict.steps.map(({ passed }) => passed)).toEqual([true, true, true, true]);
    expect(verdict.checks.find(({ check }) => check === 'media-both-ways')).toMatchObject({ passed: true });
    expect(instancesLeft).toBe(0);
  });
});
