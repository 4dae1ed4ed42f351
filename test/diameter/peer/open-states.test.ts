/** The rows of RFC 6733 5.6 for the open states, over a wire, once for each side that may have opened the connection. */
import {
  CxClient,
  CxServer,
  type DiameterEndpoint,
  type UserAuthorizationAnswer,
} from '../../../src/diameter/index.js';
import {
  cea,
  cer,
  DiameterLab,
  dpa,
  dpr,
  dwa,
  dwr,
  firstRegistration,
  plain,
  query,
  RawPeer,
  realm,
  towards,
  uar,
} from './lab.js';

const address = '127.0.0.4';
const rawAddress = '127.0.0.9';
const rawHost = `raw.${realm}`;

let lab: DiameterLab;
let endpoint: DiameterEndpoint;
let peer: RawPeer;
let asked: string[];
let states: string[];
let restarted: string[];

beforeEach(() => {
  lab = new DiameterLab();
  asked = [];
  states = [];
  restarted = [];
  endpoint = lab.endpoint('hss1', address);
  new CxServer(endpoint, {
    userAuthorization: ({ publicIdentity }, respond) => {
      asked.push(publicIdentity);
      respond(firstRegistration('hss1'));
    },
  });
  endpoint.onPeerStateChange((_, state) => states.push(state));
  endpoint.onPeerRestart((originHost) => restarted.push(originHost));
});

/** The peer connects and sends CER. */
function openResponder(originStateId?: number): void {
  endpoint.listen({ address, port: 3868 });
  peer = new RawPeer().connect(lab, rawAddress, address);
  peer.write(cer(rawHost, undefined, originStateId));
  lab.run(100);
}

/** The endpoint connects, and the peer answers with CEA. */
function openInitiator(originStateId?: number): void {
  peer = new RawPeer().listen(lab, rawAddress);
  endpoint.connect(towards('raw', address, rawAddress));
  answerCer(originStateId);
}

function answerCer(originStateId?: number): void {
  lab.run(100);
  peer.write(cea(peer.last(), rawHost, { 'Origin-State-Id': originStateId }));
  lab.run(100);
}

describe.each([
  ['R-Open', 'R', openResponder],
  ['I-Open', 'I', openInitiator],
])('%s', (_, side, open) => {
  const row = (text: string): string => `RFC 6733 5.6: ${text.replaceAll('X-', `${side}-`)}`;
  const type = (): number => peer.last().command.code;

  it(row('X-Open | Send-Message | X-Snd-Message | X-Open'), () => {
    open();
    const answers: UserAuthorizationAnswer[] = [];
    new CxClient(endpoint).userAuthorization({ ...query }, (answer) => answers.push(answer));
    lab.run(100);
    expect([type(), peer.last().flags, states]).toEqual([300, 0xc0, ['open']]);
  });

  it(row('X-Open | X-Rcv-Message | Process | X-Open'), () => {
    open();
    peer.write(uar({ hopByHop: 5, endToEnd: 6 }));
    lab.run(100);
    expect([asked, type(), peer.last().hopByHop, states]).toEqual([[query.publicIdentity], 300, 5, ['open']]);
  });

  it(row('X-Open | X-Rcv-DWR | Process-DWR, X-Snd-DWA | X-Open'), () => {
    open();
    peer.write(dwr(rawHost));
    lab.run(100);
    expect(peer.last()).toMatchObject({ hopByHop: 71, endToEnd: 72, flags: 0 });
    expect([type(), plain(peer.last())['Result-Code'], states]).toEqual([280, 2001, ['open']]);
  });

  it(row('X-Open | X-Rcv-DWA | Process-DWA | X-Open'), () => {
    open();
    for (let expiry = 0; expiry < 5; expiry++) {
      lab.run(32_100);
      expect([type(), peer.last().isRequest]).toEqual([280, true]);
      peer.write(dwa(peer.last(), rawHost));
    }
    lab.run(100);
    expect([states, peer.closed]).toEqual([['open'], false]);
  });

  it(row('X-Open | R-Conn-CER | R-Reject | X-Open'), () => {
    open();
    if (side === 'I') endpoint.listen({ address, port: 3868 });
    const second = new RawPeer().connect(lab, rawAddress, address);
    second.write(cer(rawHost));
    lab.run(100);
    expect([second.closed, second.received.length, peer.closed, states]).toEqual([true, 0, false, ['open']]);
  });

  it(row('X-Open | Stop | X-Snd-DPR | Closing; Closing | X-Rcv-DPA | X-Disc | Closed'), () => {
    open();
    let done = false;
    endpoint.shutdown(() => {
      done = true;
    });
    lab.run(100);
    expect([type(), plain(peer.last())['Disconnect-Cause'], states]).toEqual([282, 0, ['open', 'closed']]);
    expect([peer.closed, done]).toEqual([false, false]);
    peer.write(dpa(peer.last(), rawHost));
    lab.run(100);
    expect([peer.closed, done]).toEqual([true, true]);
  });

  it(row('Closing | Timeout | Error | Closed'), () => {
    open();
    endpoint.shutdown(() => {});
    lab.run(4_900);
    expect(peer.closed).toBe(false);
    lab.run(200);
    expect(peer.closed).toBe(true);
  });

  it(row('Closing | X-Peer-Disc | X-Disc | Closed'), () => {
    open();
    let done = false;
    endpoint.shutdown(() => {
      done = true;
    });
    lab.run(100);
    peer.destroy();
    lab.run(100);
    expect(done).toBe(true);
  });

  it.each([0, 1, 2] as const)(row('X-Open | X-Rcv-DPR | X-Snd-DPA | Closing, cause %i'), (cause) => {
    open();
    peer.write(dpr(rawHost, cause));
    lab.run(100);
    expect([type(), peer.last().flags, plain(peer.last())['Result-Code']]).toEqual([282, 0, 2001]);
    expect(states).toEqual(['open', 'closed']);
  });

  it(row('X-Open | X-Peer-Disc | X-Disc | Closed'), () => {
    open();
    peer.destroy();
    lab.run(100);
    expect(states).toEqual(['open', 'closed']);
  });

  it.each(['BUSY', 'DO_NOT_WANT_TO_TALK_TO_YOU'] as const)('RFC 6733 5.4.3: a DPR of our own may say %s', (cause) => {
    open();
    endpoint.disconnect(side === 'I' ? 'raw' : rawHost, cause);
    lab.run(100);
    expect([type(), plain(peer.last())['Disconnect-Cause']]).toEqual([282, cause === 'BUSY' ? 1 : 2]);
  });

  it('CX-63 / RFC 6733 8.16: an Origin-State-Id that grows in DWR or DWA is noticed, once; others are not', () => {
    open(7);
    peer.write(dwr(rawHost, 7));
    peer.write(dwr(rawHost, 0));
    peer.write(dwr(rawHost, 6));
    lab.run(100);
    expect(restarted).toEqual([]);
    peer.write(dwr(rawHost.toUpperCase(), 8));
    peer.write(dwr(rawHost, 8));
    lab.run(100);
    expect(restarted).toEqual([rawHost.toUpperCase()]);
    lab.run(32_100);
    peer.write(dwa(peer.last(), rawHost, 9));
    lab.run(100);
    expect(restarted.length).toBe(2);
    const notes = lab.records.filter((record) => record.kind === 'note' && record.what === 'diameter.peerRestarted');
    expect(notes.length).toBe(2);
  });
});

describe('CX-61: who connects again when', () => {
  it.each([
    ['REBOOTING', 0, true],
    ['BUSY', 1, true],
    ['DO_NOT_WANT_TO_TALK_TO_YOU', 2, false],
  ] as const)('after DPR %s the configured side does after Tc: %s', (_, cause, again) => {
    openInitiator();
    peer.write(dpr(rawHost, cause));
    lab.run(100);
    peer.destroy();
    const before = peer.received.length;
    lab.run(29_800);
    expect(peer.received.length).toBe(before);
    lab.run(300);
    expect(peer.received.length > before).toBe(again);
  });

  it('the side that only listens never does', () => {
    openResponder();
    const raw = new RawPeer().listen(lab, rawAddress);
    peer.write(dpr(rawHost, 0));
    lab.run(100);
    peer.destroy();
    lab.run(120_000);
    expect(raw.received).toEqual([]);
    expect(endpoint.peerStates.size).toBe(0);
  });

  it('a peer that wanted no connection is served when it connects itself', () => {
    openInitiator();
    endpoint.listen({ address, port: 3868 });
    peer.write(dpr(rawHost, 2));
    lab.run(100);
    peer.destroy();
    lab.run(100_000);
    const again = new RawPeer().connect(lab, rawAddress, address);
    again.write(cer(rawHost));
    lab.run(100);
    expect(plain(again.message(0))['Result-Code']).toBe(2001);
    expect(endpoint.peerStates.get('raw')).toBe('open');
  });
});

describe('CX-63 / RFC 6733 8.16: a peer that comes back', () => {
  it('has restarted where its CER has a greater Origin-State-Id', () => {
    openResponder(5);
    for (const originStateId of [5, 6]) {
      peer.destroy();
      lab.run(100);
      peer = new RawPeer().connect(lab, rawAddress, address);
      peer.write(cer(rawHost, undefined, originStateId));
      lab.run(100);
    }
    expect(restarted).toEqual([rawHost]);
  });

  it('has restarted where its CEA has a greater Origin-State-Id', () => {
    openInitiator(5);
    peer.destroy();
    lab.run(30_000);
    answerCer(6);
    expect([restarted, states]).toEqual([[rawHost], ['open', 'closed', 'open']]);
  });

  it('is an HSS of ours that was started again', () => {
    const first = lab.hss('hss2', '127.0.0.5');
    endpoint.connect(towards('hss2', address, '127.0.0.5'));
    lab.run(2_000);
    first.shutdown(() => {});
    lab.run(100);
    lab.hss('hss2', '127.0.0.5');
    lab.run(31_000);
    expect(restarted).toEqual([`hss2.${realm}`]);
  });
});
