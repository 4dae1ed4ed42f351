/** Requests that are under way when a peer falls silent or goes, and the way back (RFC 6733 5.5.4, RFC 3539 3.4; CX-65). */
import { CxClient, type DiameterEndpoint, type UserAuthorizationAnswer } from '../../../src/diameter/index.js';
import { cea, DiameterLab, dwa, query, RawPeer, realm, towards } from './lab.js';

const icscfAddress = '127.0.0.2';
const hssAddress = '127.0.0.4';
const otherAddress = '127.0.0.5';

let lab: DiameterLab;
let icscf: DiameterEndpoint;
/** The preferred peer, played by the test, and the other one. */
let first: RawPeer;
let second: RawPeer;
let answers: UserAuthorizationAnswer[];

function open(answerMs: number): void {
  lab = new DiameterLab();
  answers = [];
  first = new RawPeer().listen(lab, hssAddress);
  second = new RawPeer().listen(lab, otherAddress);
  icscf = lab.endpoint('icscf1', icscfAddress, { timers: { answerMs } });
  icscf.connect(towards('hss1', icscfAddress, hssAddress));
  icscf.connect(towards('hss2', icscfAddress, otherAddress));
  greet(first, 'hss1');
  greet(second, 'hss2');
}

function greet(peer: RawPeer, name: string): void {
  lab.run(100);
  peer.write(cea(peer.last(), `${name}.${realm}`));
  lab.run(100);
}

function ask(): void {
  new CxClient(icscf).userAuthorization({ ...query }, (answer) => answers.push(answer));
  lab.run(10);
}

const requestsOf = (peer: RawPeer): Buffer[] => peer.received.filter((bytes) => bytes.readUIntBE(5, 3) === 300);
const lastWatchdog = (peer: RawPeer) =>
  peer.message(peer.received.findLastIndex((bytes) => bytes.readUIntBE(5, 3) === 280));
/** `peer` answers each DWR that it has got. */
const keepAlive = (peer: RawPeer, name: string) => peer.write(dwa(lastWatchdog(peer), `${name}.${realm}`));

/** First without T, then to the other peer: T, the same End-to-End id and content, another Hop-by-Hop id. */
function expectFailOver(): void {
  const [before] = requestsOf(first);
  const [after, ...more] = requestsOf(second);
  expect([before![4], after![4], more]).toEqual([0xc0, 0xd0, []]);
  expect(after!.subarray(16)).toEqual(before!.subarray(16));
  expect(after!.readUInt32BE(12)).not.toBe(before!.readUInt32BE(12));
}

it('CX-62, CX-65 / RFC 3539 3.4.1 Failover(): what a suspect peer has not answered goes to the other one', () => {
  open(300_000);
  ask();
  lab.run(32_100);
  keepAlive(second, 'hss2');
  lab.run(32_100);
  expect(icscf.peerStates.get('hss1')).toBe('suspect');
  expectFailOver();
  expect(answers).toEqual([]);
});

it('CX-65 / RFC 6733 5.5.4: what a peer has not answered when its connection ends goes to the other one', () => {
  open(5_000);
  ask();
  first.destroy();
  lab.run(10);
  expectFailOver();
});

it('CX-65 / RFC 6733 5.5.4: so when the peer disconnects with DPR', () => {
  open(5_000);
  ask();
  icscf.disconnect('hss1', 'BUSY');
  lab.run(5_200);
  expectFailOver();
});

it('CX-65: the other peer is the last one that is tried', () => {
  open(5_000);
  ask();
  first.destroy();
  lab.run(10);
  second.destroy();
  lab.run(10);
  expect(answers.map(({ kind }) => kind)).toEqual(['unreachable']);
});

it('CX-62, CX-68 / RFC 3539 3.4.1 Failback(): a suspect peer that answers again gets the new requests, and late answers are dropped', () => {
  open(300_000);
  ask();
  lab.run(32_100);
  keepAlive(second, 'hss2');
  lab.run(32_100);
  ask();
  expect([requestsOf(first).length, requestsOf(second).length]).toEqual([1, 2]);
  keepAlive(first, 'hss1');
  lab.run(10);
  expect(icscf.peerStates.get('hss1')).toBe('open');
  ask();
  expect([requestsOf(first).length, requestsOf(second).length]).toEqual([2, 2]);
  const late = Buffer.from(requestsOf(first)[0]!);
  late[4] = 0x40;
  first.write(late);
  lab.run(10);
  expect([answers, lab.faults('diameter.answerWithoutRequest').length]).toEqual([[], 1]);
});

it('CX-62 / RFC 3539 3.4.1: a peer on trial gets requests where there is none that is better', () => {
  open(5_000);
  first.destroy();
  lab.run(30_000);
  greet(first, 'hss1');
  ask();
  expect([requestsOf(first).length, requestsOf(second).length]).toEqual([0, 1]);
  second.destroy();
  lab.run(10);
  ask();
  // The one that was under way, and the new one.
  expect(requestsOf(first).length).toBe(2);
});
