/** The rules of the SIP core over traces: each one is kept by a good run, and broken by a fault. */
import { callRules } from '../../src/conformance/rules/call.js';
import { sipRules } from '../../src/conformance/rules/sip.js';
import type { MessageRecord } from '../../src/environment/index.js';
import { changeSip } from '../../src/faults/change/sip-change.js';
import { readField } from '../../src/selection/index.js';
import { type FaultLine, play } from './faulted.js';
import { type FlowName, flows } from './flows.js';
import {
  type EditedProof,
  expectBrokenBy,
  expectBrokenIn,
  expectBrokenLive,
  expectKept,
  type PlantedProof,
} from './proof.js';

const rules = [...sipRules, ...callRules];

/** What a fault on the wire makes of a message. */
const planted: readonly PlantedProof[] = [
  ['SIP-01', 'call', { replace: 'BYE', from: 'ue1', message: 'BYE sip:callee SIP/2.0 \r\n\r\n' }],
  ['SIP-06', 'call', { change: 'BYE', from: 'ue1', set: { To: 'callee@@' } }],
  ['SIP-08', 'call', { change: 'BYE', from: 'ue1', set: { 'Max-Forwards': null } }],
  ['SIP-08', 'call', { change: 'REGISTER', from: 'ue1', set: { From: '<sip:someone@example.org>' } }],
  ['SIP-09', 'call', { change: 'BYE', from: 'ue1', set: { CSeq: '4294967296 BYE' } }],
  ['SIP-10', 'call', { replace: 'BYE', from: 'ue1', message: withLength(99) }],
  ['SIP-20', 'call', { change: 'BYE', from: 'ue1', set: { Via: 'SIP/2.0/TCP 198.51.100.1:5060;branch=z9hG4bKx' } }],
  ['SIP-21', 'call', { change: '401 REGISTER', from: 'pcscf1', to: 'ue1', set: { 'Via.received': '203.0.113.9' } }],
  ['SIP-30', 'call', { change: '200 BYE', from: 'ue2', set: { CSeq: '77 BYE' } }],
  ['SIP-30', 'call', { change: '183 INVITE', from: 'ue2', set: { 'To.tag': null } }],
  ['SIP-34', 'call', { change: '200 BYE', from: 'ue2', set: { status: 408 } }],
  ['SIP-34', 'call', { change: '200 PRACK', from: 'ue2', set: { status: 183 } }],
  ['SIP-35', 'call', { change: 'ACK', from: 'ue1', set: { CSeq: '9 ACK' } }],
  [
    'SIP-35',
    'busyOverUdp',
    { change: 'ACK', from: 'pcscf1', to: 'ue2', set: { 'Request-URI': 'sip:other@192.0.2.9' } },
  ],
  ['SIP-36', 'cancelled', { change: 'CANCEL', from: 'ue1', set: { 'Request-URI': 'sip:other@192.0.2.9' } }],
  ['SIP-36', 'cancelled', { change: 'CANCEL', from: 'scscf1', to: 'pcscf1', set: { Require: 'path' } }],
  ['SIP-37', 'call', { change: 'BYE', from: 'ue1', set: { 'Via.branch': 'abc' } }],
  ['SIP-42', 'call', { change: 'INVITE', from: 'pcscf1', to: 'scscf1', set: { 'Max-Forwards': 71 } }],
  ['SIP-42', 'call', { change: 'INVITE', from: 'pcscf1', to: 'ue2', set: { 'Record-Route[1]': null } }],
  ['SIP-42', 'call', { change: 'INVITE', from: 'icscf1', set: { 'Record-Route[3]': '<sip:192.0.2.2;lr>' } }],
  ['SIP-44', 'call', { change: '183 INVITE', from: 'scscf1', to: 'icscf1', set: { 'Via[1]': null } }],
  ['SIP-47', 'call', { change: 'INVITE', from: 'scscf1', to: 'pcscf1', set: { Contact: '<sip:other@192.0.2.9>' } }],
  ['SIP-47', 'call', { change: '200 UPDATE', from: 'pcscf1', to: 'scscf1', set: { 'sdp.audio.port': 4000 } }],
  ['SIP-51', 'call', { change: 'BYE', from: 'ue1', set: { 'Route[2]': null } }],
  ['SIP-51', 'call', { change: 'BYE', from: 'ue1', set: { 'To.tag': 'other' } }],
  ['SIP-51', 'call', { change: 'BYE', from: 'ue1', set: { 'Request-URI': 'sip:other@192.0.2.9' } }],
  ['SIP-51', 'watched', { change: 'SUBSCRIBE', from: 'ue1', nth: 2, set: { 'Route[1]': null } }],
  ['SIP-51', 'watched', { change: 'SUBSCRIBE', from: 'ue1', nth: 2, set: { 'To.tag': 'other' } }],
  ['SIP-51', 'watched', { change: 'SUBSCRIBE', from: 'ue1', nth: 2, set: { 'Request-URI': 'sip:other@192.0.2.9' } }],
  ['SIP-52', 'call', { change: 'BYE', from: 'ue1', set: { CSeq: '1 BYE' } }],
  ['SIP-56', 'call', { change: 'PRACK', from: 'ue1', set: { RAck: '1 1 INVITE' } }],
  ['SIP-56', 'call', { change: '180 INVITE', from: 'ue2', set: { RSeq: 5 } }],
  ['SIP-60', 'unavailable', { change: '500 INVITE', from: 'scscf1', to: 'pcscf1', set: { status: 503 } }],
  ['SIP-70', 'call', { change: '200 INVITE', from: 'pcscf1', to: 'ue1', set: { 'P-Charging-Vector': 'icid-value=1' } }],
  ['SIP-70', 'call', { change: '180 INVITE', from: 'pcscf1', to: 'ue1', set: { Reason: 'Q.850;cause=16' } }],
  ['SIP-70', 'call', { change: 'INVITE', from: 'pcscf1', to: 'scscf1', set: { 'P-Early-Media': 'sendrecv' } }],
];

/** Those that are planted in a running lab as well. */
const live: ReadonlySet<string> = new Set(['SIP-08', 'SIP-30', 'SIP-36', 'SIP-42', 'SIP-52', 'SIP-60']);

/** What no fault makes a node do: the trace as it would be. */
const recorded: readonly EditedProof[] = [
  ['SIP-22', 'call', { message: '401 REGISTER', to: 'ue1', alter: ({ to }) => ({ to: { ...to, port: 9 } }) }],
  ['SIP-22', 'call', { message: '200 UPDATE', from: 'pcscf1', to: 'ue1', alter: () => ({ transport: 'tcp' }) }],
  ['SIP-31', 'lostInvite', { message: 'INVITE', from: 'ue1', nth: 2, alter: ({ time }) => ({ time: time - 1_000 }) }],
  ['SIP-31', 'lostInvite', { message: 'INVITE', from: 'ue1', nth: 2, alter: ({ time }) => ({ time: time + 2_000 }) }],
  ['SIP-31', 'lostInvite', { message: 'INVITE', from: 'ue1', nth: 2, alter: afterTrying }],
  ['SIP-32', 'lostAcknowledgement', { message: '486', from: 'ue2', nth: 2, alter: later(6_000) }],
  ['SIP-33', 'lostBye', { message: 'BYE', from: 'ue1', nth: 2, alter: ({ time }) => ({ time: time - 500 }) }],
  ['SIP-40', 'call', { message: 'INVITE', from: 'scscf1', to: 'icscf1', set: { 'Max-Forwards': 0 } }],
  ['SIP-40', 'message', { message: 'MESSAGE', from: 'ue1', set: { 'Proxy-Require': 'foo' } }],
  ['SIP-41', 'call', { message: 'BYE', from: 'pcscf1', to: 'scscf1', alter: withItsOwnRoute }],
  ['SIP-52', 'call', { message: 'BYE', from: 'pcscf1', to: 'ue2', set: { CSeq: '1 BYE' } }],
  ['SIP-57', 'call', { message: '183 INVITE', from: 'ue2', set: { body: withTwoMedia() } }],
  ['SIP-53', 'lostAnswer', { message: '200 INVITE', from: 'ue2', nth: 2, alter: ({ time }) => ({ time: time - 500 }) }],
];

function withLength(octets: number): string {
  const from = 'From: <sip:a@example.org>;tag=1\r\nTo: <sip:b@example.org>\r\nCall-ID: c\r\nCSeq: 1 BYE\r\n';
  const via = 'Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n';
  return `BYE sip:b@example.org SIP/2.0\r\n${via}${from}Content-Length: ${octets}\r\n\r\nx`;
}

function withTwoMedia(): string {
  const head = 'v=0\r\no=- 1 1 IN IP4 198.51.100.2\r\ns=-\r\nc=IN IP4 198.51.100.2\r\nt=0 0\r\n';
  const audio = 'm=audio 20000 RTP/AVP 104\r\na=rtpmap:104 AMR-WB/16000/1\r\n';
  return head + audio + audio.replace('20000', '20002');
}

/** The Route value that brought the request to who forwards it still stands in it. */
function withItsOwnRoute({ bytes, fromNode }: MessageRecord, records: readonly MessageRecord[]) {
  const received = records.find(
    (record) =>
      record.toNode === fromNode &&
      record.protocol === 'sip' &&
      record.bytes.subarray(0, 4).equals(bytes.subarray(0, 4)),
  )!;
  const routes = readField(received, 'Route');
  const changed = changeSip(bytes, { 'Route[4]': routes[0]! });
  return Buffer.isBuffer(changed) ? { bytes: changed } : {};
}

/** Three seconds after the answer to it, in its schedule. */
function afterTrying(record: MessageRecord, records: readonly MessageRecord[]) {
  const answer = records.find(({ summary, toNode }) => toNode === record.fromNode && /^1.*INVITE/.test(summary))!;
  return { time: answer.time + 3_000 };
}

function later(ms: number) {
  return ({ time }: { readonly time: number }) => ({ time: time + ms });
}

/** What happens to messages, and is nobody's breach. */
const disturbances: readonly (readonly [flow: FlowName, fault: FaultLine])[] = [
  ['call', { drop: '401 REGISTER', from: 'icscf1', to: 'pcscf1' }],
  ['callOverUdp', { drop: '183 INVITE', from: 'ue2' }],
  ['callOverUdp', { delay: '180 INVITE', from: 'pcscf1', to: 'scscf1' }],
  ['callOverUdp', { duplicate: 'INVITE', from: 'scscf1', to: 'icscf1' }],
  ['call', { delay: 'PRACK', from: 'ue1' }],
  ['call', { reorder: 'UPDATE', from: 'pcscf1', to: 'scscf1' }],
  ['call', { drop: 'ACK', from: 'ue1' }],
  ['call', { delay: '200 INVITE', from: 'ue2' }],
  ['busyOverUdp', { duplicate: '486 INVITE', from: 'ue2' }],
  ['busyOverUdp', { drop: '486 INVITE', from: 'scscf1', to: 'icscf1' }],
  ['cancelled', { delay: 'CANCEL', from: 'ue1' }],
  ['held', { drop: '200 UPDATE', from: 'pcscf1', to: 'scscf1' }],
  ['message', { reorder: 'MESSAGE', from: 'ue1' }],
];

describe('the rules of the SIP core', () => {
  it.each(planted)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(recorded)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(planted)('%s is broken by a fault (%s, %j)', (rule, flow, fault) => expectBrokenBy(fault, rule, flow, rules));
  it.each(planted.filter(([rule]) => live.has(rule)))('%s is broken in a running lab (%s, %j)', (rule, flow, fault) =>
    expectBrokenLive(fault, rule, flow, rules),
  );
  it.each(recorded)('%s is broken in a trace (%s, %j)', (rule, flow, edit) => expectBrokenIn(edit, rule, flow, rules));

  it.each(disturbances)('flow %s keeps them all under %j', async (flow, fault) => {
    const { findings, struck } = await play(flows[flow], rules, fault);
    expect(findings).toEqual([]);
    expect(struck('planted')).toBeGreaterThan(0);
  });

  it('each has its line', () => {
    const proven = new Set([...planted, ...recorded].map(([rule]) => rule));
    const ids = rules.map(({ id }) => id).filter((id) => id.startsWith('SIP'));
    expect(ids.filter((id) => !proven.has(id))).toEqual([]);
  });
});
