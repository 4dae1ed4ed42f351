/** Of rules with several demands each one by itself: a fault in a running lab that breaks it accuses this rule, in these words, and no other. */
import { rules } from '../../src/conformance/index.js';
import { type Demand, expectAccused } from './demands.js';
import { type FaultLine, play } from './faulted.js';
import { flows } from './flows.js';

const home = 'ims.mnc001.mcc001.3gppnetwork.org';

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

describe('a demand of a rule', () => {
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
