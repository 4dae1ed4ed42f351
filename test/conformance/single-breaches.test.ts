/**
 * Breaches that the tables of the rules reach together with others of the same rule: each of them by itself, in these words, of
 * the node that did it.
 */
import { rules } from '../../src/conformance/index.js';
import { application, firstNumberHighest, overlong, profile } from './avp-edits.js';
import { body, text } from './body-edits.js';
import { expectAccused, throughout } from './demands.js';
import { type Edit, judge } from './faulted.js';
import type { FlowName } from './flows.js';
import { goodRun } from './proof.js';

const home = 'ims.mnc001.mcc001.3gppnetwork.org';
const temporary = `sip:001010000000001@${home}`;
const inTheClear = { message: 'INVITE', from: 'ue1', alter: () => ({ protection: undefined }) } as const;
const notify = { message: 'NOTIFY', from: 'scscf1' } as const;
const telling = { message: 'REGISTER', from: 'scscf1' } as const;
const granted = { message: '200 REGISTER', from: 'scscf1' } as const;
const refused = '<DefaultHandling>1</DefaultHandling>';

const broken: readonly [rule: string, node: string, words: string, flow: FlowName, edit: Edit, ...besides: string[]][] =
  [
    [
      'AKA-24',
      'hss1',
      'each has to be higher than the one before',
      'severalVectors',
      { message: 'MAA', alter: firstNumberHighest },
    ],
    ['AKA-24', 'scscf1', 'they have an order', 'severalVectors', { message: 'MAA', alter: firstNumberHighest }],
    ['AKA-52', 'ue1', 'it has security associations', 'secured', inTheClear],
    ['AKA-52', 'pcscf1', 'it has to be dropped or refused', 'secured', inTheClear],
    [
      'CX-UAA',
      'hss1',
      'the I-CSCF has to know where the user is',
      'registered',
      { message: 'UAA', nth: 2, set: { 'Server-Name': null } },
    ],
    ['CX-HEAD', 'hss1', 'has an AVP whose length does not fit', 'registered', { message: 'UAA', alter: overlong }],
    ['SH-HEAD', 'hss1', 'has an AVP whose length does not fit', 'subscriberData', { message: 'SNA', alter: overlong }],
    ['CX-67', 'hss1', 'the request is of 16777216', 'registered', { message: 'UAA', alter: application(16_777_217) }],
    [
      'REG-45',
      'scscf1',
      'it has no value of gr',
      'gruus',
      { ...granted, nth: -1, alter: text(/(pub-gruu="[^"]*;gr)=[^"]*"/, '$1"') },
    ],
    [
      'REG-45',
      'scscf1',
      'the public GRUU of a device stays',
      'gruus',
      { ...granted, nth: -1, alter: text(/(pub-gruu="[^"]*;gr=)/, '$1x') },
    ],
    [
      'REG-91',
      'scscf1',
      'with a body that is no document',
      'watched',
      { ...notify, alter: body(/[\s\S]+/, 'nothing') },
    ],
    ['REG-91', 'scscf1', 'it begins with 0', 'watched', { ...notify, alter: body('version="0"', 'version="3"') }],
    [
      'REG-91',
      'scscf1',
      'is barred',
      'watched',
      { ...notify, alter: body('aor="tel:+15550100001"', `aor="${temporary}"`) },
    ],
    [
      'REG-17',
      'ue1',
      'its default identity is',
      'watched',
      {
        message: 'SUBSCRIBE',
        from: 'ue1',
        alter: text(new RegExp(`sip:\\+15550100001@${home}`, 'g'), 'tel:+15550100001'),
      },
      'SIP-30',
    ],
    [
      'REG-31',
      'icscf1',
      'without having asked the HSS who serves the user',
      'registered',
      { message: 'UAR', set: { 'Public-Identity': `sip:other@${home}` } },
      'REG-30',
    ],
    [
      'REG-45',
      'scscf1',
      'it had received',
      'registered',
      { ...granted, alter: text(/(P-Charging-Vector: icid-value=")/, '$1x') },
    ],
    ['REG-45', 'scscf1', 'without term-ioi', 'registered', { ...granted, alter: text(/;term-ioi="?[^";\r]*"?/, '') }],
    [
      'REG-04',
      'ue1',
      'an IMEI has to be written 12345678-123456-0',
      'registered',
      { message: 'REGISTER', from: 'ue1', nth: 2, alter: text(/(urn:gsma:imei:)[\d-]+/, '$11-2-3') },
    ],
    [
      'REG-04',
      'ue1',
      'the device has to stay the same',
      'registered',
      { message: 'REGISTER', from: 'ue1', nth: 2, alter: text(/(urn:gsma:imei:)[\d-]+/, '$112345678-123456-0') },
    ],
    ['CALL-80', 'scscf1', 'without icid-value', 'told', { ...telling, alter: text(/icid-value=[^;]*;/, '') }],
    ['CALL-80', 'scscf1', 'that is not barred', 'told', { ...telling, set: { To: `<${temporary}>` } }, 'SIP-30'],
    [
      'CALL-80',
      'scscf1',
      'which no filter criterion names',
      'told',
      { ...telling, set: { 'Request-URI': 'sip:other@example.org' } },
    ],
    [
      'CALL-81',
      'scscf1',
      'without the service information',
      'toldOfOneCriterion',
      { message: 'SAA', alter: profile(refused, `${refused}<ServiceInfo>a</ServiceInfo>`) },
    ],
    [
      'CALL-81',
      'scscf1',
      'without the REGISTER of the UE',
      'toldOfOneCriterion',
      { message: 'SAA', alter: profile(refused, `${refused}<Extension><IncludeRegisterRequest/></Extension>`) },
    ],
    [
      'CALL-81',
      'scscf1',
      'without the 200 to the UE',
      'toldOfOneCriterion',
      { message: 'SAA', alter: profile(refused, `${refused}<Extension><IncludeRegisterResponse/></Extension>`) },
    ],
    [
      'CALL-82',
      'scscf1',
      'its default handling goes on',
      'requiredServerSilent',
      { message: 'SAA', alter: profile(refused, '<DefaultHandling>0</DefaultHandling>') },
    ],
  ];

describe('one breach of a rule', () => {
  it.each(broken)('%s: of %s, … %s, is found in a trace of %s', async (rule, node, words, flow, edit, ...besides) => {
    const { facts, records, findings } = await goodRun(flow, rules);
    expect(findings).toEqual([]);
    const found = judge(facts, throughout(records, edit), rules).findings;
    expectAccused(found, rule, words, besides);
    expect(found.filter(({ sentence }) => sentence.includes(words)).map((each) => each.node)).toContain(node);
  });
});
