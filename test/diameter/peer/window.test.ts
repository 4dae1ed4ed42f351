/** More requests of one node at once than a server gives one peer room for (RFC 6733 7.1.3): they wait for their turn. */
import { CxClient, type DiameterEndpoint, ownRequestsMax } from '../../../src/diameter/index.js';
import { cea, DiameterLab, query, RawPeer, realm, towards } from './lab.js';

const icscfAddress = '127.0.0.2';
const hssAddress = '127.0.0.4';
const otherAddress = '127.0.0.5';
const answerMs = 5_000;
/** An eighth of what our servers have room for. */
const windowMax = 1_024;

let lab: DiameterLab;
let icscf: DiameterEndpoint;
let hss: RawPeer;
let other: RawPeer;
/** What became of each question, in order of the outcomes. */
let outcomes: string[];

beforeEach(() => {
  lab = new DiameterLab();
  outcomes = [];
  icscf = lab.endpoint('icscf1', icscfAddress, { timers: { answerMs } });
  hss = connect('hss1', hssAddress);
});

function connect(name: string, address: string): RawPeer {
  const peer = new RawPeer().listen(lab, address);
  icscf.connect(towards(name, icscfAddress, address));
  lab.run(100);
  peer.write(cea(peer.last(), `${name}.${realm}`));
  lab.run(100);
  return peer;
}

const identity = (number: number): string => `sip:${number}@${realm}`;

function ask(first: number, count: number): void {
  const cx = new CxClient(icscf);
  for (let number = first; number < first + count; number++) {
    cx.userAuthorization({ ...query, publicIdentity: identity(number) }, (answer) => {
      outcomes.push(`${number} ${'reason' in answer ? `${answer.kind}: ${answer.reason}` : answer.kind}`);
    });
  }
  lab.run(10);
}

const requestsOf = (peer: RawPeer): Buffer[] => peer.received.filter((bytes) => bytes.readUIntBE(5, 3) === 300);
const asked = (peer: RawPeer): number[] =>
  requestsOf(peer).map((bytes) => Number(/sip:(\d+)@/.exec(bytes.toString('latin1'))![1]));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

/** UAA 5012: an answer all the same. */
function answer(peer: RawPeer, first: number, count: number): void {
  for (const request of requestsOf(peer).slice(first, first + count)) {
    const refusal = icscf.local.errorAnswer(request, { resultCode: 5012 });
    peer.write(refusal);
  }
  lab.run(10);
}

it('10,000 questions at once: 1,024 are under way, the others follow in order as answers come, and all are answered', () => {
  ask(0, 10_000);
  expect(asked(hss)).toEqual(upTo(windowMax));
  answer(hss, 0, 3);
  expect(asked(hss)).toEqual(upTo(windowMax + 3));
  for (let done = 3; done < 10_000; done += windowMax) answer(hss, done, windowMax);
  expect(asked(hss)).toEqual(upTo(10_000));
  expect(outcomes).toEqual(upTo(10_000).map((number) => `${number} error`));
  // CX-64: unique among what is outstanding.
  expect(new Set(requestsOf(hss).map((bytes) => bytes.readUInt32BE(16))).size).toBe(10_000);
});

it('CX-65: who waits does so no longer than the time for an answer, and is not sent afterwards', () => {
  ask(0, windowMax + 2);
  lab.run(answerMs);
  expect(outcomes.filter((each) => each.includes('timeout')).length).toBe(windowMax);
  expect(outcomes.slice(windowMax)).toEqual(
    [windowMax, windowMax + 1].map((number) => `${number} unreachable: too many requests under way to hss1`),
  );
  expect(asked(hss).length).toBe(windowMax);
  ask(9_000, 1);
  expect(asked(hss).at(-1)).toBe(9_000);
});

it('what has its place back after a lost answer is for those that wait', () => {
  ask(0, windowMax);
  lab.run(answerMs / 2);
  ask(windowMax, 2);
  expect(asked(hss).length).toBe(windowMax);
  lab.run(answerMs / 2);
  expect(asked(hss)).toEqual(upTo(windowMax + 2));
});

it('the line is bounded, and who finds it full hears so at once', () => {
  ask(0, ownRequestsMax + 5);
  expect(outcomes).toEqual(
    upTo(5).map((each) => `${ownRequestsMax + each} unreachable: too many requests under way to hss1`),
  );
});

it('CX-65 / RFC 6733 5.5.4: when the connection ends all go through the window of the other peer, with the T bit where they were sent', () => {
  ask(0, 10_000);
  other = connect('hss2', otherAddress);
  hss.destroy();
  lab.run(10);
  expect(asked(other)).toEqual(upTo(windowMax));
  for (let done = 0; done < 10_000; done += windowMax) answer(other, done, windowMax);
  expect(asked(other)).toEqual(upTo(10_000));
  const isRepeated = requestsOf(other).map((bytes) => (bytes[4]! & 0x10) !== 0);
  expect(isRepeated).toEqual(upTo(10_000).map((number) => number < windowMax));
  expect(outcomes).toEqual(upTo(10_000).map((number) => `${number} error`));
});

it('another peer that has time is asked before anybody waits', () => {
  other = connect('hss2', otherAddress);
  ask(0, windowMax + 1);
  expect([asked(hss).length, asked(other)]).toEqual([windowMax, [windowMax]]);
});
