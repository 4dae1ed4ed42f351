/** Of rules with several demands each one by itself: a trace that breaks it accuses this rule, in these words, and no other. */
import { rules } from '../../src/conformance/index.js';
import type { Finding } from '../../src/conformance/rule.js';
import type { MessageRecord, TraceRecord } from '../../src/environment/index.js';
import { flags } from './avp-edits.js';
import { body } from './body-edits.js';
import { type Edit, edited, type FaultLine, judge, play } from './faulted.js';
import { type FlowName, flows } from './flows.js';
import { goodRun } from './proof.js';

const home = 'ims.mnc001.mcc001.3gppnetwork.org';

/** `besides`: rules that this cannot but break too, because they ask for the same in other words. */
type Demand<TChange> = [rule: string, words: string, flow: FlowName, change: TChange, ...besides: string[]];

/** The trace as it would be had a node sent that, and all behind it passed it on. */
const recorded: readonly Demand<Edit>[] = [
  [
    'AKA-33',
    'without the nonce that it refuses',
    'resynchronised',
    { message: 'REGISTER', from: 'ue1', nth: 2, alter: text(/nonce="[^"]*"/, 'nonce=""') },
    'REG-11',
  ],
  [
    'AKA-33',
    'that no REGISTER brought',
    'resynchronised',
    { message: 'MAR', nth: 2, set: { 'SIP-Auth-Data-Item.SIP-Authorization': `0x${'07'.repeat(30)}` } },
  ],
  [
    'AKA-55',
    'with an SPI of the set before',
    'secured',
    { message: 'REGISTER', from: 'ue1', nth: 3, alter: ofFirst('spi-c') },
  ],
  ['AKA-55', 'it changes', 'secured', { message: 'REGISTER', from: 'ue1', nth: 3, alter: ofFirst('port-c') }],
  [
    'REG-14',
    'in Contact: requests come to',
    'secured',
    { message: 'INVITE', from: 'ue1', alter: text(/(Contact: <[^>]*:)\d+/, '$15060') },
  ],
  [
    'AKA-36',
    'another cnonce',
    'networkProven',
    { message: '200 REGISTER', from: 'scscf1', alter: text(/cnonce="[^"]*"/, 'cnonce="x"') },
  ],
  ['CX-RTR', 'has Reason-Code 9', 'terminated', { message: 'RTR', set: { 'Deregistration-Reason.Reason-Code': 9 } }],
  ['CX-60', 'has the P bit set', 'registered', { message: 'CER', alter: flags((bits) => bits | 0x40) }, 'CX-67'],
  ['CX-62', 'has the P bit set', 'reconnected', { message: 'DWR', alter: flags((bits) => bits | 0x40) }, 'CX-67'],
  [
    'REG-83',
    'does not have it in its range',
    'registered',
    { message: 'SAA', set: { 'Wildcarded-Public-Identity': `sip:a-!.*!@${home}` } },
  ],
  [
    'REG-45',
    'without +sip.instance',
    'gruus',
    { message: '200 REGISTER', from: 'scscf1', alter: text(/;\+sip\.instance="[^"]*"/, '') },
  ],
  ['REG-45', 'shows the IMEI', 'gruus', { message: '200 REGISTER', from: 'scscf1', nth: 2, alter: withImei }],
  [
    'REG-46',
    'though the first hop knows outbound',
    'severalFlows',
    { message: '200 REGISTER', from: 'scscf1', set: { status: 439 } },
  ],
  [
    'CX-PPR',
    'it serves that user',
    'pushed',
    {
      message: 'PPA',
      set: {
        'Result-Code': null,
        'Experimental-Result.Vendor-Id': 10415,
        'Experimental-Result.Experimental-Result-Code': 5001,
      },
    },
  ],
  [
    'REG-17',
    'they have to be one identity',
    'watched',
    { message: 'SUBSCRIBE', from: 'ue1', set: { 'Request-URI': `sip:other@${home}` } },
  ],
  [
    'REG-92',
    'without retry-after',
    'watched',
    {
      message: 'NOTIFY',
      from: 'scscf1',
      alter: body(/state="active" event="created"/, 'state="terminated" event="probation"'),
    },
  ],
  [
    'REG-92',
    'without an active contact',
    'watched',
    {
      message: 'NOTIFY',
      from: 'scscf1',
      alter: body(/state="active" event="created"/, 'state="terminated" event="deactivated"'),
    },
  ],
  ['REG-14', 'without Route', 'watched', { message: 'SUBSCRIBE', from: 'ue1', set: { Route: null } }],
  ['REG-14', 'without Route', 'message', { message: 'MESSAGE', from: 'ue1', set: { Route: null } }],
  [
    'AKA-44',
    'nobody behind it agrees',
    'secured',
    { message: 'INVITE', from: 'pcscf1', to: 'scscf1', set: { 'Proxy-Require': 'sec-agree' } },
  ],
];

/** Planted in a running lab. */
const planted: readonly Demand<FaultLine>[] = [
  [
    'REG-27',
    'the default identity is',
    'proxyWatches',
    { change: 'SUBSCRIBE', from: 'pcscf1', set: { 'Request-URI': 'tel:+15550100001', To: '<tel:+15550100001>' } },
  ],
  [
    'REG-04',
    'between < and >',
    'registered',
    {
      change: 'REGISTER',
      from: 'ue1',
      nth: 'every',
      set: { 'Contact."+sip.instance"': 'urn:gsma:imei:35622410-483840-0' },
    },
  ],
  [
    'REG-11',
    'without username',
    'registered',
    { change: 'REGISTER', from: 'ue1', set: { 'Authorization.username': null } },
  ],
  [
    'REG-11',
    'with realm example.org',
    'registered',
    { change: 'REGISTER', from: 'ue1', set: { 'Authorization.realm': 'example.org' } },
  ],
  [
    'REG-11',
    'without realm, uri, nonce or response',
    'registered',
    { change: 'REGISTER', from: 'ue1', set: { 'Authorization.uri': null } },
  ],
  [
    'REG-12',
    'challenged was AKAv1-MD5',
    'registered',
    { change: 'REGISTER', from: 'ue1', nth: 2, set: { 'Authorization.algorithm': 'AKAv2-MD5' } },
    'AKA-32',
  ],
  [
    'REG-12',
    'offered was auth',
    'registered',
    { change: 'REGISTER', from: 'ue1', nth: 2, set: { 'Authorization.qop': 'auth-int' } },
    'AKA-31',
  ],
  [
    'REG-20',
    'that it had used before',
    'registered',
    {
      change: 'REGISTER',
      from: 'pcscf1',
      nth: 'every',
      set: { 'P-Charging-Vector': `icid-value="a";orig-ioi="Type 1${home}"` },
    },
  ],
  [
    'REG-20',
    'without icid-value',
    'registered',
    { change: 'REGISTER', from: 'pcscf1', nth: 'every', set: { 'P-Charging-Vector': `orig-ioi="Type 1${home}"` } },
  ],
  [
    'REG-45',
    'without the Contact that was registered',
    'registered',
    { change: '200 REGISTER', from: 'scscf1', set: { Contact: '<sip:x@192.0.2.4>;expires=600' } },
  ],
];

function text(search: RegExp | string, replacement: string): (record: MessageRecord) => Partial<MessageRecord> {
  return ({ bytes }) => ({ bytes: Buffer.from(bytes.toString('latin1').replace(search, replacement), 'latin1') });
}

/** A parameter of every entry of Security-Client as it was in the first REGISTER. */
function ofFirst(name: string) {
  return (record: MessageRecord, records: readonly MessageRecord[]): Partial<MessageRecord> => {
    const first = records.find(({ fromNode, summary }) => fromNode === 'ue1' && summary.startsWith('REGISTER'))!;
    const [, value] = new RegExp(`Security-Client: [^\\r]*?${name}=(\\d+)`).exec(first.bytes.toString('latin1'))!;
    const [line] = /Security-Client: .*/.exec(record.bytes.toString('latin1')) ?? ['none']; // behind the P-CSCF
    return text(line, line.replaceAll(new RegExp(`${name}=\\d+`, 'g'), `${name}=${value}`))(record);
  };
}

function withImei(record: MessageRecord): Partial<MessageRecord> {
  const [, imei] = /imei:([\d-]+)/.exec(record.bytes.toString('latin1'))!;
  return text(/(pub-gruu="[^"]*;gr=)[^"]*"/, `$1urn:gsma:imei:${imei}"`)(record);
}

/** The copies of a SIP message on the hops behind the first one get what that one gets. */
function throughout(records: readonly TraceRecord[], edit: Edit): readonly TraceRecord[] {
  const changed = edited(records, edit);
  const [chosen] = changed.filter((record) => !records.includes(record));
  const { alter } = edit;
  if (chosen?.kind !== 'message' || chosen.protocol !== 'sip' || alter === undefined) return changed;
  const original = records.find((record) => record.kind === 'message' && record.id === chosen.id) as MessageRecord;
  const messages = records.filter((record) => record.kind === 'message');
  return changed.map((record) =>
    record.kind === 'message' && record.id > chosen.id && idOf(record) === idOf(original)
      ? { ...record, ...alter(record, messages) }
      : record,
  );
}

/** Call-ID, CSeq and what it is. */
function idOf({ bytes }: MessageRecord): string {
  const text = bytes.toString('latin1');
  const isResponse = text.startsWith('SIP/2.0 ');
  return (
    [/^Call-ID: .*$/m, /^CSeq: .*$/m].map((line) => line.exec(text)?.[0]).join() + (isResponse ? text.slice(8, 11) : '')
  );
}

function expectAccused(findings: readonly Finding[], rule: string, words: string, besides: readonly string[]): void {
  const own = findings.filter((each) => each.rule === rule).map(({ sentence }) => sentence);
  expect(own.filter((sentence) => sentence.includes(words))).not.toEqual([]);
  const others = findings.filter((each) => each.rule !== rule);
  expect(others.filter((each) => !besides.includes(each.rule)).map((each) => `${each.rule}: ${each.sentence}`)).toEqual(
    [],
  );
  expect(new Set(others.map((each) => each.rule))).toEqual(new Set(besides));
}

describe('a demand of a rule', () => {
  it.each(recorded)('%s: … %s, is broken in a trace of %s', async (rule, words, flow, edit, ...besides) => {
    const { facts, records, findings } = await goodRun(flow, rules);
    expect(findings).toEqual([]);
    expectAccused(judge(facts, throughout(records, edit), rules).findings, rule, words, besides);
  });

  it.each(planted)('%s: … %s, is broken in a running lab of %s', async (rule, words, flow, fault, ...besides) => {
    expectAccused((await play(flows[flow], rules, fault)).findings, rule, words, besides);
  });
});

/** What one node has done wrong is not laid at the door of those who can do nothing about it. */
const consequences: readonly Demand<FaultLine>[] = [
  ['REG-10', 'with Path', 'registered', { change: 'REGISTER', from: 'ue1', set: { Path: '<sip:192.0.2.77;lr>' } }],
  ['CX-MAR', 'MAR of scscf1', 'registered', { change: 'MAR', set: { 'SIP-Number-Auth-Items': 0 } }],
  ['CX-67', 'Session-Id', 'registered', { change: 'UAA', set: { 'Session-Id': 'other;1;2' } }],
  [
    'SIP-51',
    'sip:other@192.0.2.9',
    'call',
    { change: 'BYE', from: 'ue1', set: { 'Request-URI': 'sip:other@192.0.2.9' } },
  ],
];

describe('a breach', () => {
  it.each(consequences)(
    'of %s (%s) is laid on nobody else in a running lab of %s',
    async (rule, words, flow, fault, ...besides) => {
      expectAccused((await play(flows[flow], rules, fault)).findings, rule, words, besides);
    },
  );

  it.each([
    ['REG-42, SIP-30', { change: '401 REGISTER', from: 'scscf1', set: { 'To.tag': null } }, ['scscf1']],
    [
      'AKA-10, REG-42',
      { change: 'MAA', set: { 'SIP-Auth-Data-Item.Confidentiality-Key': '0x00' } },
      ['hss1', 'scscf1'],
    ],
  ] as const)('of %s is of who made the message, and not of who passed it on', async (_, fault, culprits) => {
    const { findings } = await play(flows.registered, rules, fault);
    expect(new Set(findings.map(({ node }) => node))).toEqual(new Set(culprits));
  });
});
