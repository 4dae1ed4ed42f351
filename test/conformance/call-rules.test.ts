/** The rules of sessions over traces: each one is kept by a good run, and broken by a fault. */
import { callRules } from '../../src/conformance/rules/call.js';
import { sipRules } from '../../src/conformance/rules/sip.js';
import {
  type EditedProof,
  expectBrokenBy,
  expectBrokenIn,
  expectBrokenLive,
  expectKept,
  type PlantedProof,
} from './proof.js';

const rules = [...sipRules, ...callRules];
const foreign = '<sip:+19995550000@example.org>';

/** What a fault on the wire makes of a message. */
const planted: readonly PlantedProof[] = [
  ['CALL-01', 'call', { change: 'BYE', from: 'scscf1', to: 'pcscf1', set: { Route: '<sip:192.0.2.9;lr>' } }],
  ['CALL-01', 'call', { change: 'BYE', from: 'pcscf1', to: 'scscf1', set: { Route: null } }],
  ['CALL-10', 'call', { change: 'INVITE', from: 'pcscf1', to: 'scscf1', set: { 'P-Asserted-Identity': null } }],
  ['CALL-10', 'call', { change: 'INVITE', from: 'pcscf1', to: 'scscf1', set: { 'P-Asserted-Identity': foreign } }],
  ['CALL-10', 'message', { change: 'MESSAGE', from: 'pcscf1', to: 'scscf1', set: { 'P-Preferred-Identity': foreign } }],
  ['CALL-10', 'call', { change: 'INVITE', from: 'scscf1', to: 'icscf1', set: { 'P-Asserted-Identity[2]': foreign } }],
  [
    'CALL-11',
    'privateCaller',
    { change: 'INVITE', from: 'pcscf1', to: 'ue2', set: { 'P-Asserted-Identity': foreign } },
  ],
  ['CALL-12', 'call', { change: 'INVITE', from: 'scscf1', to: 'pcscf1', set: { 'P-Called-Party-ID': null } }],
  ['CALL-13', 'call', { change: 'INVITE', from: 'scscf1', to: 'icscf1', set: { 'P-Charging-Vector': 'icid-value=1' } }],
  ['CALL-13', 'call', { change: 'INVITE', from: 'pcscf1', to: 'scscf1', set: { 'P-Charging-Vector': null } }],
  ['CALL-13', 'call', { change: '200 INVITE', from: 'scscf1', to: 'pcscf1', set: { 'P-Charging-Vector': null } }],
  ['CALL-14', 'call', { change: 'INVITE', from: 'ue1', set: { 'P-Early-Media': null } }],
  ['CALL-15', 'call', { change: 'BYE', from: 'pcscf1', to: 'ue2', set: { 'P-Access-Network-Info': '3GPP-E-UTRAN' } }],
  ['CALL-15', 'call', { change: 'INVITE', from: 'pcscf1', to: 'scscf1', set: { 'P-Access-Network-Info': null } }],
  ['CALL-16', 'call', { change: 'INVITE', from: 'scscf1', to: 'icscf1', set: { 'P-Asserted-Service': null } }],
  ['CALL-20', 'call', { change: 'INVITE', from: 'ue1', set: { Require: 'precondition' } }],
  ['CALL-22', 'call', { change: 'INVITE', from: 'ue1', set: { 'sdp.audio.bandwidth': 12 } }],
  ['CALL-27', 'call', { change: 'INVITE', from: 'ue1', set: { 'Session-Expires': 20 } }],
  ['CALL-27', 'call', { change: '200 INVITE', from: 'ue2', set: { 'Session-Expires': '1800' } }],
  ['CALL-50', 'held', { change: '200 INVITE', from: 'ue2', nth: 2, set: { 'sdp.audio.direction': 'sendrecv' } }],
  ['CALL-51', 'withoutOffer', { change: '200 INVITE', from: 'ue2', set: { body: null } }],
  [
    'CALL-64',
    'message',
    { change: 'MESSAGE', from: 'scscf1', to: 'pcscf1', set: { 'Record-Route': '<sip:a.invalid;lr>' } },
  ],
  // Headers count too: the body is five octets.
  ['CALL-64', 'message', { change: 'MESSAGE', from: 'ue1', set: { Subject: 'x'.repeat(900) } }],
];

/** Those that are planted in a running lab as well. */
const live: ReadonlySet<string> = new Set(['CALL-10', 'CALL-11', 'CALL-13', 'CALL-50', 'CALL-51']);

/** What no fault makes a node do: the trace as it would be. */
const recorded: readonly EditedProof[] = [
  ['CALL-20', 'call', { message: 'UPDATE', to: 'ue2', set: { 'sdp.audio.curr': 'qos local none' } }],
  ['CALL-26', 'call', { message: 'PRACK', to: 'ue2', set: { RAck: '1 1 INVITE' } }],
  ['CALL-23', 'call', { message: '183 INVITE', from: 'ue2', set: { body: eventsOfAnotherClock() } }],
  ['CALL-23', 'call', { message: '183 INVITE', from: 'ue2', set: { body: withStaticFormat() } }],
];

/** G.723, which no UE here offers: it has no rtpmap (RFC 3551 6). */
function withStaticFormat(): string {
  const head = 'v=0\r\no=- 1 1 IN IP4 198.51.100.2\r\ns=-\r\nc=IN IP4 198.51.100.2\r\nt=0 0\r\n';
  return `${head}m=audio 20000 RTP/AVP 4\r\n`;
}

function eventsOfAnotherClock(): string {
  const head = 'v=0\r\no=- 1 1 IN IP4 198.51.100.2\r\ns=-\r\nc=IN IP4 198.51.100.2\r\nt=0 0\r\n';
  return `${head}m=audio 20000 RTP/AVP 104 98\r\na=rtpmap:104 AMR-WB/16000/1\r\na=rtpmap:98 telephone-event/8000\r\n`;
}

describe('the rules of sessions', () => {
  it.each(planted)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(recorded)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(planted)('%s is broken by a fault (%s, %j)', (rule, flow, fault) => expectBrokenBy(fault, rule, flow, rules));
  it.each(planted.filter(([rule]) => live.has(rule)))('%s is broken in a running lab (%s, %j)', (rule, flow, fault) =>
    expectBrokenLive(fault, rule, flow, rules),
  );
  it.each(recorded)('%s is broken in a trace (%s, %j)', (rule, flow, edit) => expectBrokenIn(edit, rule, flow, rules));

  it('each has its line', () => {
    const proven = new Set([...planted, ...recorded].map(([rule]) => rule));
    const ids = rules.map(({ id }) => id).filter((id) => id.startsWith('CALL'));
    expect(ids.filter((id) => !proven.has(id))).toEqual([]);
  });
});
