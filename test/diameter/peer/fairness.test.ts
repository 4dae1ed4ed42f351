/** Nobody takes from others what all of them share: requests under way, places for peers, and the room that both need. */
import fc from 'fast-check';
import type { CompiledApplication } from '../../../src/diameter/index.js';
import { CxServer, compileApplication, type DiameterEndpoint, relayDictionary } from '../../../src/diameter/index.js';
import { SharedRoom } from '../../../src/diameter/peer/shared-room.js';
import { cea, cer, DiameterLab, firstRegistration, plain, RawPeer, realm, towards, uar } from './lab.js';

const hssAddress = '127.0.0.4';
const agentAddress = '127.0.0.6';
const relay = compileApplication(relayDictionary) as unknown as CompiledApplication;

let lab: DiameterLab;
beforeEach(() => {
  lab = new DiameterLab();
});

function client(name: string, to: string): RawPeer {
  const peer = new RawPeer().connect(lab, '127.0.0.9', to);
  peer.write(cer(`${name}.${realm}`));
  lab.run(10);
  peer.received.length = 0;
  return peer;
}

/** Requests with ids from `first` on. */
function flood(peer: RawPeer, first: number, count: number, changes: object = {}): void {
  for (let id = first; id < first + count; id++) peer.write(uar({ hopByHop: id, endToEnd: id }, changes));
  lab.run(100);
}

const codes = (peer: RawPeer): unknown[] => peer.received.map((_, index) => plain(peer.message(index))['Result-Code']);

describe('shared room', () => {
  it('whoever holds, asks and gives back: nobody has more than is free, and who has least may always have as much again', () => {
    const step = fc.record({ holder: fc.nat(4), amount: fc.integer({ min: 1, max: 40 }), gives: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const total = 100;
        const room = new SharedRoom(total);
        const holders = Array.from({ length: 5 }, () => ({ held: [] as number[] }));
        const heldBy = ({ held }: { held: number[] }): number => held.reduce((sum, amount) => sum + amount, 0);
        for (const { holder: index, amount, gives } of steps) {
          const holder = holders[index]!;
          const given = gives ? holder.held.pop() : undefined;
          const free = total - room.taken;
          if (given !== undefined) room.giveBack(holder, given);
          else {
            const isTaken = room.take(holder, amount);
            expect(isTaken).toBe(heldBy(holder) + amount <= free - amount);
            if (isTaken) holder.held.push(amount);
          }
          expect(room.taken).toBe(holders.reduce((sum, each) => sum + heldBy(each), 0));
        }
      }),
    );
  });

  it.each([1, 2, 3, 9])('%i that want all get the same, and as much is left', (count) => {
    const room = new SharedRoom(1_000);
    const holders = Array.from({ length: count }, () => ({ taken: 0 }));
    for (let round = 0; round < 1_000; round++) for (const holder of holders) if (room.take(holder, 1)) holder.taken++;
    expect(holders.map(({ taken }) => taken)).toEqual(holders.map(() => Math.floor(1_000 / (count + 1))));
  });
});

describe('CX 6.3 / RFC 6733 7.1.3: a server that answers slowly', () => {
  let inHand: (() => void)[];
  let hss: DiameterEndpoint;
  beforeEach(() => {
    inHand = [];
    hss = lab.endpoint('hss1', hssAddress);
    hss.listen({ address: hssAddress, port: 3868 });
    new CxServer(hss, { userAuthorization: (_, respond) => inHand.push(() => respond(firstRegistration('hss1'))) });
  });

  it('a peer that floods it takes half of its room; others are served, and all are when answers have made room', () => {
    const flooding = client('flooding', hssAddress);
    const polite = client('polite', hssAddress);
    flood(flooding, 1, 10_000);
    expect([inHand.length, codes(flooding).length, new Set(codes(flooding))]).toEqual([4_096, 5_904, new Set([3002])]);
    flood(polite, 1, 1_000, { 'Origin-Host': `polite.${realm}` });
    expect([inHand.length, polite.received.length]).toEqual([5_096, 0]);
    for (const answer of inHand.splice(0)) answer();
    lab.run(100);
    expect([polite.received.length, flooding.received.length]).toEqual([1_000, 10_000]);
    flood(flooding, 20_000, 4_096);
    expect(inHand.length).toBe(4_096);
  });

  it('long requests count for what they hold: 64 MiB are in hand at the most, half of it one peer’s', () => {
    const flooding = client('flooding', hssAddress);
    // 600,000 octets each.
    flood(flooding, 1, 100, { 'Proxy-Info': [{ 'Proxy-Host': 'dra', 'Proxy-State': Buffer.alloc(600_000) }] });
    expect(inHand.length).toBe(Math.floor((32 * 1024 * 1024) / 600_400));
  });
});

describe('an agent whose server is silent', () => {
  let server: RawPeer;
  beforeEach(() => {
    server = new RawPeer().listen(lab, hssAddress);
    const agent = lab.endpoint('dra1', agentAddress, { applications: [relay] });
    agent.listen({ address: agentAddress, port: 3868 });
    agent.actAs({
      mode: 'relay',
      decide: (_, decided) => decided({ kind: 'forward', hosts: [`hss1.${realm}`] }),
      explain: () => {},
    });
    agent.connect(towards('hss1', agentAddress, hssAddress));
    lab.run(10);
    server.write(cea(server.last(), `hss1.${realm}`));
    lab.run(10);
    server.received.length = 0;
  });

  it('a peer that floods it gets half of the places; the requests of others pass', () => {
    const flooding = client('flooding', agentAddress);
    const polite = client('polite', agentAddress);
    flood(flooding, 1, 6_000);
    expect([server.received.length, codes(flooding).length, new Set(codes(flooding))]).toEqual([
      2_048,
      3_952,
      new Set([3002]),
    ]);
    flood(polite, 1, 500);
    expect([server.received.length, polite.received.length]).toEqual([2_548, 0]);
    // Two attempts of ten seconds would have been for two servers.
    lab.run(11_000);
    expect([codes(polite).length, codes(flooding).length]).toEqual([500, 6_000]);
    flood(flooding, 10_000, 2_048);
    expect(server.received.length).toBe(4_596);
  });

  it('long requests count for what they hold', () => {
    const flooding = client('flooding', agentAddress);
    flood(flooding, 1, 100, { 'Proxy-Info': [{ 'Proxy-Host': 'dra', 'Proxy-State': Buffer.alloc(600_000) }] });
    expect(server.received.length).toBe(Math.floor((16 * 1024 * 1024) / 600_500));
  });

  it('RFC 9293 3.6: who ends its side and waits gets the answers that are owed, and then the end', () => {
    const asking = client('asking', agentAddress);
    flood(asking, 1, 2);
    asking.end();
    lab.run(100);
    for (const request of server.received) {
      const answer = Buffer.from(request);
      answer[4] = 0x40;
      server.write(answer);
    }
    expect([asking.received.length, asking.closed]).toEqual([0, false]);
    lab.run(100);
    expect(asking.received.map((bytes) => bytes.readUInt32BE(16))).toEqual([1, 2]);
    expect([asking.closed, lab.faults('diameter.answerUndeliverable')]).toEqual([true, []]);
  });
});

describe('places for peers', () => {
  it('a peer that is configured is let in when a thousand strangers have come, and 1,500 more say nothing', () => {
    const agent = lab.endpoint('dra1', agentAddress);
    agent.listen({ address: agentAddress, port: 3868 });
    agent.connect(towards('hss1', agentAddress, hssAddress));
    const strangers = Array.from({ length: 1_100 }, (_, i) => {
      const peer = new RawPeer().connect(lab, `127.0.1.${i % 100}`, agentAddress);
      peer.write(cer(`raw${i}.${realm}`));
      if (i % 500 === 499) lab.run(100);
      return peer;
    });
    lab.run(100);
    // Each of the hundred addresses has as many as are left: 9 and a tenth.
    expect(strangers.filter(({ closed }) => !closed).length).toBe(990);
    expect(plain(strangers[1_099]!.last())).toMatchObject({ 'Result-Code': 5012 });
    const silent = Array.from({ length: 1_500 }, () => new RawPeer().connect(lab, '127.0.0.8', agentAddress));
    const named = new RawPeer().connect(lab, hssAddress, agentAddress);
    named.write(cer(`hss1.${realm}`));
    lab.run(100);
    expect(plain(named.last())['Result-Code']).toBe(2001);
    expect(silent.filter(({ closed }) => !closed).length).toBe(500);
  });

  it('CX 6.3 / RFC 6733 2.1: one address has half of the places for peers, another one finds some of the rest', () => {
    const agent = lab.endpoint('dra1', agentAddress);
    agent.listen({ address: agentAddress, port: 3868 });
    const comeFrom = (address: string, count: number): RawPeer[] =>
      Array.from({ length: count }, (_, i) => {
        const peer = new RawPeer().connect(lab, address, agentAddress);
        peer.write(cer(`raw${i}.${address}.${realm}`));
        if (i % 400 === 399) lab.run(100);
        return peer;
      });
    const peers = ['127.0.0.8', '127.0.0.9'].map((address) => comeFrom(address, 600));
    lab.run(100);
    expect(peers.map((of) => of.filter(({ closed }) => !closed).length)).toEqual([500, 250]);
  });

  it('CX 6.3 / RFC 6733 2.1: who is silent makes room for who is silent at the same address, and first of all who came first', () => {
    const agent = lab.endpoint('dra1', agentAddress);
    agent.listen({ address: agentAddress, port: 3868 });
    const comeFrom = (address: string, count: number): RawPeer[] =>
      Array.from({ length: count }, () => new RawPeer().connect(lab, address, agentAddress));
    const many = comeFrom('127.0.0.8', 700);
    const few = comeFrom('127.0.0.9', 100);
    lab.run(100);
    expect([many, few].map((of) => of.filter(({ closed }) => !closed).length)).toEqual([500, 100]);
    expect(many.map(({ closed }) => closed).lastIndexOf(true)).toBe(199);
    lab.run(10_000);
    expect([...many, ...few].every(({ closed }) => closed)).toBe(true);
    // Nothing is left of them that would take room from others.
    const next = comeFrom('127.0.0.9', 500);
    lab.run(100);
    expect(next.filter(({ closed }) => !closed).length).toBe(500);
  });
});
