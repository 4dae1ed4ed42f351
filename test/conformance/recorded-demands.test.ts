/** Of rules with several demands each one by itself: a trace that breaks it accuses this rule, in these words, and no other. */
import { rules } from '../../src/conformance/index.js';
import type { MessageRecord } from '../../src/environment/index.js';
import { flags, mandatory } from './avp-edits.js';
import { body, octets, text } from './body-edits.js';
import { type Demand, expectAccused, throughout } from './demands.js';
import { type Edit, judge } from './faulted.js';
import { goodRun } from './proof.js';

const home = 'ims.mnc001.mcc001.3gppnetwork.org';

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
  ['CX-60', 'with the M bit', 'registered', { message: 'CER', alter: mandatory(269) }], // Product-Name
  [
    'CX-67',
    'has not the Proxy-Info of its request',
    'registered',
    { message: 'UAR', set: { 'Proxy-Info.Proxy-Host': 'agent.example.org', 'Proxy-Info.Proxy-State': '0x01' } },
  ],
  ['CX-MAA', 'asked were 1', 'severalVectors', { message: 'MAR', set: { 'SIP-Number-Auth-Items': 1 } }],
  [
    'CX-SAR',
    'names no identity at all',
    'registered',
    { message: 'SAR', nth: 2, set: { 'User-Name': null, 'Public-Identity': null } },
    'REG-72',
  ],
  ['CX-PPR', 'that takes an RTR', 'pushed', { message: 'PPR', alter: identitiesSwapped }],
  [
    'SH-RESULT',
    'without Vendor-Id 10415',
    'subscriberData',
    { message: 'UDA', set: { 'Result-Code': null, ...experimental(1, 5102) } },
  ],
  [
    'SH-RESULT',
    'that belongs into SNA',
    'subscriberData',
    { message: 'UDA', set: { 'Result-Code': null, ...experimental(10415, 5106) } },
  ],
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
  [
    'AKA-43',
    'was challenged',
    'secured',
    { message: 'REGISTER', from: 'ue1', nth: 2, alter: text(/username="[^"]*"/, `username="other@${home}"`) },
    'AKA-31',
    'AKA-35',
    'REG-24',
  ],
  [
    'REG-44',
    'it has to answer 403',
    'secured',
    { message: 'REGISTER', from: 'ue1', nth: 3, alter: text(/(Contact: <sip:)[^@]*/, '$1other') },
    'REG-45',
    'REG-46',
  ],
  [
    'REG-46',
    'the new contact replaces it',
    'secured',
    { message: 'REGISTER', from: 'ue1', nth: 3, alter: text(/(Contact: <sip:)[^@]*/, '$1other') },
    'REG-44',
    'REG-45',
  ],
  [
    'AKA-53',
    'they end 30 s after it',
    'secured',
    { message: '200 REGISTER', from: 'pcscf1', to: 'ue1', nth: 2, set: { 'Contact.expires': 0 } },
    'REG-25',
    'REG-26',
    'SIP-47',
  ],
  [
    'AKA-56',
    'is behind a NAT',
    'secured',
    { message: 'REGISTER', from: 'ue1', alter: text(/(Via: SIP\/2.0\/UDP )198\.51\.100\.1:/, '$110.9.9.9:') },
  ],
  [
    'CALL-16',
    'that ends here',
    'call',
    { message: 'INVITE', from: 'scscf1', set: { 'P-Preferred-Service': 'urn:urn-7:3gpp-service.ims.icsi.mmtel' } },
  ],
  [
    'CALL-81',
    'with the REGISTER of the UE, which no criterion asks for',
    'told',
    { message: 'SAA', alter: octets('<IncludeRegisterRequest/>', '<ExcludeRegisterRequest/>') },
  ],
  [
    'CALL-81',
    'with the 200 to the UE, which no criterion asks for',
    'told',
    { message: 'SAA', alter: octets('<IncludeRegisterResponse/>', '<ExcludeRegisterResponse/>') },
  ],
  [
    'CALL-23',
    'of which there is no rtpmap',
    'call',
    { message: '183 INVITE', from: 'ue2', alter: body(/(m=audio \d+ RTP\/\w+)/, '$1 123') },
  ],
  [
    'REG-20',
    'with 2 Path values after 0',
    'registered',
    { message: 'REGISTER', from: 'pcscf1', set: { Path: '<sip:a@192.0.2.1;lr>, <sip:b@192.0.2.2;lr>' } },
    'REG-31',
  ],
  [
    'CALL-13',
    'from a visited network it is of type 1',
    'call',
    { message: 'INVITE', from: 'pcscf1', to: 'scscf1', alter: text(/orig-ioi="Type 1/, 'orig-ioi="') },
  ],
  [
    'CALL-13',
    'without term-ioi',
    'call',
    { message: '180 INVITE', from: 'pcscf1', to: 'scscf1', alter: text(/;term-ioi="[^"]*"/, '') },
  ],
  [
    'CALL-16',
    'with the P-Asserted-Service of a UE',
    'call',
    {
      message: 'INVITE',
      from: 'ue1',
      alter: text(/\r\nMax-Forwards/, '\r\nP-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mmtel\r\nMax-Forwards'),
    },
  ],
  [
    'SIP-10',
    'with 3 octets behind its body',
    'call',
    { message: 'BYE', from: 'ue1', alter: ({ bytes }) => ({ bytes: Buffer.concat([bytes, Buffer.from('abc')]) }) },
  ],
  [
    'SIP-42',
    'it lacks lr',
    'call',
    { message: 'INVITE', from: 'pcscf1', to: 'scscf1', alter: text(/(Record-Route: <[^>]*);lr/, '$1') },
  ],
  [
    'SIP-44',
    'they have to be the',
    'call',
    { message: '183 INVITE', from: 'scscf1', to: 'icscf1', set: { 'Via[2]': null } },
  ],
  [
    'SIP-56',
    'its caller does not support 100rel',
    'call',
    { message: 'INVITE', from: 'ue1', alter: text(/100rel/g, 'x') },
  ],
  [
    'SIP-70',
    'with History-Info of a UE',
    'call',
    {
      message: 'INVITE',
      from: 'ue1',
      alter: text(/\r\nMax-Forwards/, '\r\nHistory-Info: <sip:a@b>;index=1\r\nMax-Forwards'),
    },
  ],
];

/** A parameter of every entry of Security-Client as it was in the first REGISTER. */
function ofFirst(name: string) {
  return (record: MessageRecord, records: readonly MessageRecord[]): Partial<MessageRecord> => {
    const first = records.find(({ fromNode, summary }) => fromNode === 'ue1' && summary.startsWith('REGISTER'))!;
    const [, value] = new RegExp(`Security-Client: [^\\r]*?${name}=(\\d+)`).exec(first.bytes.toString('latin1'))!;
    const [line] = /Security-Client: .*/.exec(record.bytes.toString('latin1')) ?? ['none']; // behind the P-CSCF
    return text(line, line.replaceAll(new RegExp(`${name}=\\d+`, 'g'), `${name}=${value}`))(record);
  };
}

function experimental(vendor: number, code: number) {
  return { 'Experimental-Result.Vendor-Id': vendor, 'Experimental-Result.Experimental-Result-Code': code };
}

/** The first two identities of User-Data that are not barred, in the other order. */
function identitiesSwapped({ bytes }: MessageRecord): Partial<MessageRecord> {
  const document = bytes.toString('latin1');
  const all = document.match(/<PublicIdentity>.*?<\/PublicIdentity>/gs) ?? [];
  const [first, second] = all.filter((each) => !each.includes('<BarringIndication>1'));
  if (first === undefined || second === undefined) throw new Error('there are no two identities');
  const swapped = document.replace(first, '<first/>').replace(second, first).replace('<first/>', second);
  return { bytes: Buffer.from(swapped, 'latin1') };
}

function withImei(record: MessageRecord): Partial<MessageRecord> {
  const [, imei] = /imei:([\d-]+)/.exec(record.bytes.toString('latin1'))!;
  return text(/(pub-gruu="[^"]*;gr=)[^"]*"/, `$1urn:gsma:imei:${imei}"`)(record);
}

describe('a demand of a rule', () => {
  it.each(recorded)('%s: … %s, is broken in a trace of %s', async (rule, words, flow, edit, ...besides) => {
    const { facts, records, findings } = await goodRun(flow, rules);
    expect(findings).toEqual([]);
    expectAccused(judge(facts, throughout(records, edit), rules).findings, rule, words, besides);
  });
});
