/**
 * The election of RFC 6733 5.6.4 over a wire, against octets of ours at both connections: the endpoint calls, and is called
 * before it has its answer. Whose Origin-Host is greater keeps the connection that it accepted.
 */
import type { DiameterEndpoint } from '../../../src/diameter/index.js';
import { CxServer } from '../../../src/diameter/index.js';
import { cea, cer, DiameterLab, firstRegistration, plain, RawPeer, realm, towards, uar } from './lab.js';

const address = '127.0.0.4';
const rawAddress = '127.0.0.9';

let lab: DiameterLab;
let endpoint: DiameterEndpoint;
/** Where the endpoint has called, and where it is called. */
let called: RawPeer;
let calling: RawPeer;

/** Up to Wait-Returns: the endpoint has sent CER on one connection and got one on the other. */
function collide(name: string): void {
  lab = new DiameterLab();
  endpoint = lab.endpoint('hss1', address);
  new CxServer(endpoint, { userAuthorization: (_, respond) => respond(firstRegistration('hss1')) });
  endpoint.listen({ address, port: 3868 });
  called = new RawPeer().listen(lab, rawAddress);
  endpoint.connect(towards(name, address, rawAddress));
  lab.run(10);
  expect(called.last().command.name).toBe('Capabilities-Exchange');
  calling = new RawPeer().connect(lab, rawAddress, address);
  calling.write(cer(`${name}.${realm}`));
  lab.run(10);
}

const state = () => [...endpoint.peerStates.values()];

/** A request on the connection that is left is served. */
function serves(peer: RawPeer): void {
  const before = peer.received.length;
  peer.write(uar({ hopByHop: 7, endToEnd: 7 }));
  lab.run(10);
  expect(peer.received.length).toBe(before + 1);
  expect(peer.last().hopByHop).toBe(7);
}

it.each(['aaa', 'HSS0', 'a.hss1'])(
  'RFC 6733 5.6.4: the endpoint wins against %s: I-Disc, R-Snd-CEA, R-Open',
  (name) => {
    collide(name);
    expect([called.closed, calling.closed, state()]).toEqual([true, false, ['open']]);
    expect([calling.received.length, plain(calling.last())['Result-Code']]).toEqual([1, 2001]);
    serves(calling);
  },
);

describe.each(['zzz', 'HSS2', 'hss10'])('RFC 6733 5.6.4: the endpoint loses against %s', (name) => {
  beforeEach(() => {
    collide(name);
    // Nothing is said before the other side has decided.
    expect([called.closed, calling.closed, calling.received.length, state()]).toEqual([false, false, 0, ['closed']]);
  });

  it('I-Rcv-CEA | R-Disc | I-Open', () => {
    called.write(cea(called.last(), `${name}.${realm}`));
    lab.run(10);
    expect([called.closed, calling.closed, calling.received.length, state()]).toEqual([false, true, 0, ['open']]);
    serves(called);
  });

  it('I-Peer-Disc | I-Disc, R-Snd-CEA | R-Open', () => {
    called.destroy();
    lab.run(10);
    expect([calling.closed, plain(calling.last())['Result-Code'], state()]).toEqual([false, 2001, ['open']]);
    serves(calling);
  });

  it('R-Peer-Disc | R-Disc | Wait-I-CEA', () => {
    calling.destroy();
    lab.run(10);
    expect([called.closed, state()]).toEqual([false, ['closed']]);
    called.write(cea(called.last(), `${name}.${realm}`));
    lab.run(10);
    serves(called);
  });

  it('Timeout | Error | Closed: both connections end', () => {
    lab.run(10_100);
    expect([called.closed, calling.closed, state()]).toEqual([true, true, ['closed']]);
  });
});
