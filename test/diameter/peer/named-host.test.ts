/** Requests for a host by name, where that host is gone: whom else they may be shown to (RFC 6733 6.1.4 to 6.1.6). */
import { CxClient, type DiameterEndpoint, type UserAuthorizationAnswer } from '../../../src/diameter/index.js';
import { cer, DiameterLab, query, RawPeer, realm, uar } from './lab.js';

const serverAddress = '127.0.0.4';
const relayApplication = 0xffff_ffff;

let lab: DiameterLab;
let server: DiameterEndpoint;
let answers: UserAuthorizationAnswer[];
beforeEach(() => {
  lab = new DiameterLab();
  answers = [];
  server = lab.hss('hss1', serverAddress);
});

function connect(name: string, applicationId?: number): RawPeer {
  const peer = new RawPeer().connect(lab, '127.0.0.9', serverAddress);
  lab.run(10);
  peer.write(cer(`${name}.${realm}`, applicationId));
  lab.run(10);
  peer.received.length = 0;
  return peer;
}

/** What a server says unasked, to that node. */
function tell(name: string): void {
  const told = { ...query, destinationHost: `${name}.${realm}` };
  new CxClient(server).userAuthorization(told, (answer) => answers.push(answer));
  lab.run(100);
}

it('CX-ROUTING: another node that has come by itself gets nothing of it', () => {
  const other = connect('as1');
  other.write(uar({ hopByHop: 1, endToEnd: 2 }, { 'Origin-Host': `as1.${realm}` }));
  lab.run(100);
  expect(other.received.length).toBe(1);
  other.received.length = 0;
  const named = connect('as2');
  tell('as2');
  expect([named.received.length, other.received.length]).toEqual([1, 0]);
  named.destroy();
  lab.run(100);
  tell('as2');
  expect(other.received).toEqual([]);
  expect(answers.at(-1)).toMatchObject({ kind: 'unreachable' });
});

it('CX-ROUTING: a relay gets it', () => {
  const relay = connect('dra1', relayApplication);
  tell('as2');
  expect(relay.received.length).toBe(1);
});

it('CX-ROUTING: a proxy gets it, once requests of others have come by it, and after it has connected anew', () => {
  const proxy = connect('dra1');
  tell('as2');
  expect(proxy.received).toEqual([]);
  const forwarded = { 'Origin-Host': `as2.${realm}`, 'Route-Record': [`as2.${realm}`] };
  proxy.write(uar({ hopByHop: 1, endToEnd: 2 }, forwarded));
  lab.run(100);
  proxy.received.length = 0;
  tell('as2');
  expect(proxy.received.length).toBe(1);
  proxy.destroy();
  lab.run(100);
  const again = connect('dra1');
  tell('as2');
  expect(again.received.length).toBe(1);
});
